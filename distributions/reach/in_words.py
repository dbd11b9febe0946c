"""A statement of a bucket policy in the words of people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from distributions.reach.conditions import listed
from distributions.reach.statements import SERVICE

_IDENTITY = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity "
_VERBS = {
    "s3:getobject": "read",
    "s3:getobjectversion": "read old versions of",
    "s3:getobjectacl": "read the ACLs of",
    "s3:putobject": "write",
    "s3:putobjectacl": "change the ACLs of",
    "s3:deleteobject": "delete",
    "s3:listbucket": "list",
    "s3:*": "do everything with",
    "*": "do everything with",
}
_ALL = {"*", "s3:*"}


def explain_statement(statement: Any) -> str:
    """ "Lets CloudFront read press-kit/* for the distribution E1." A sentence, whatever the statement is."""
    if not isinstance(statement, Mapping) or statement.get("Effect") not in {"Allow", "Deny"}:
        return "Says nothing that S3 would understand."
    denies = statement["Effect"] == "Deny"
    terms = [
        _term(operator, key, [_text(value) for value in listed(values)], denies)
        for operator, keys in _mapping(statement.get("Condition")).items()
        for key, values in _mapping(keys).items()
    ]
    does = f"{_does(statement)} {_what(statement)}"
    if does.endswith(" with everything"):
        does = does.removesuffix(" with everything")
    if denies:
        does = f"to {re.sub('everything$', 'anything', does)}"
    return f"{'Forbids' if denies else 'Lets'} {_who(statement)} {does}{''.join(f' {term}' for term in terms)}."


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _and(words: list[str]) -> str:
    known = list(dict.fromkeys(words))
    return f"{', '.join(known[:-1])} and {known[-1]}" if len(known) > 1 else "".join(known)


def _who(statement: Mapping[str, Any]) -> str:
    but = "Principal" not in statement
    wanted = statement.get("Principal", statement.get("NotPrincipal"))
    if wanted == "*":
        names = ["everybody"]
    else:
        names = [_name(kind, str(value)) for kind, values in _mapping(wanted).items() for value in listed(values)] or [
            "nobody known"
        ]
    return f"everybody but {_and(names)}" if but else _and(names)


def _name(kind: str, value: str) -> str:
    if value == "*" and kind == "AWS":
        return "everybody"
    if value == SERVICE and kind == "Service":
        return "CloudFront"
    if kind == "Service":
        return f"the service {value}"
    if kind == "CanonicalUser":
        return f"the canonical user {value[:8]}…"
    if kind == "Federated":
        return f"whoever signs in by {value}"
    if value.startswith(_IDENTITY):
        return f"the origin access identity {value.removeprefix(_IDENTITY)}"
    if account := re.fullmatch(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?", value):
        return f"the account {account[1]}"
    return value


def _does(statement: Mapping[str, Any]) -> str:
    """Verbs, to be followed by what they are done to."""
    if "Action" not in statement:
        return f"do everything but {_and([str(action) for action in listed(statement.get('NotAction', []))])} with"
    actions = [str(action) for action in listed(statement["Action"])]
    if any(action.lower() in _ALL for action in actions):
        return _VERBS["*"]
    return _and([_VERBS.get(action.lower(), f"do {action} with") for action in actions])


def _what(statement: Mapping[str, Any]) -> str:
    but = "Resource" not in statement
    places = [_place(str(item)) for item in listed(statement.get("Resource", statement.get("NotResource", [])))]
    if "everything" in places:
        places = ["everything"]
    return f"everything but {_and(places)}" if but else _and(places)


def _place(resource: str) -> str:
    name = resource.removeprefix("arn:aws:s3:::")
    bucket, slash, key = name.partition("/")
    if resource == "*" or key == "*" or name == "*":
        return "everything"
    if slash:
        return key
    return "everything" if bucket.endswith("*") else "the bucket"


def _term(operator: str, key: str, values: list[str], denies: bool) -> str:
    """One condition, as the end of the sentence; what a Deny is not to hold for begins with "unless"."""
    name, operator_name = key.lower(), operator.removesuffix("IfExists")
    negated = operator_name.startswith(("StringNot", "ArnNot", "NotIp"))
    joined = _or(values)
    if name == "aws:securetransport" and operator_name == "Bool":
        if denies:
            return "unless by HTTPS" if values == ["false"] else "by HTTPS"
        return "by HTTPS" if values == ["true"] else "by plain HTTP"
    # Forbidding what is not so lets what is so: said the other way round.
    link = "unless " if negated and denies else "except " if negated else ""
    if name == "aws:sourcearn":
        return f"{link}for {_or([_source(value) for value in values])}"
    if name == "aws:sourceaccount":
        return f"{link}for the account {joined}"
    if name == "aws:sourceip":
        return f"{link}from {joined}"
    if name == "s3:prefix":
        return f"{link}under “{'” or “'.join(values)}”"
    if operator_name == "Null":
        return f"{'where there is no' if values == ['true'] else 'where there is a'} {key}"
    return f"where {key} is by {operator} “{'” or “'.join(values)}”"


def _or(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _source(arn: str) -> str:
    found = re.fullmatch(r"arn:aws:cloudfront::(\d{12}):(?:streaming-)?distribution/(.+)", arn)
    if found is None:
        return arn
    return f"every distribution of the account {found[1]}" if found[2] == "*" else f"the distribution {found[2]}"
