"""The forms of origins and behaviors in a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from cdnadmin.errors import InvalidInput
from distributions.configuration.behavior_edits import BehaviorValues
from distributions.configuration.edits import custom_origin, s3_origin
from distributions.configuration.fields import items_of
from distributions.configuration.presets import CACHING_OPTIMIZED
from distributions.mirror import access_of

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}
PROTOCOLS = (("https-only", "HTTPS only"), ("match-viewer", "As the viewer comes"), ("http-only", "HTTP only"))
VIEWER_PROTOCOLS = (
    ("redirect-to-https", "HTTP is redirected to HTTPS"),
    ("https-only", "HTTPS only"),
    ("allow-all", "HTTP and HTTPS"),
)
METHODS = (("read", "GET and HEAD"), ("options", "GET, HEAD and OPTIONS"), ("all", "All: also PUT, POST, PATCH and DELETE"))


class _OriginForm(forms.Form):
    id = forms.CharField(label="Name", max_length=128, help_text="How behaviors name it.", widget=forms.TextInput(attrs=_PLAIN))
    path = forms.CharField(
        label="Path",
        required=False,
        max_length=255,
        help_text="Put before what viewers ask for, as in /video. Empty: from the top.",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    headers = forms.CharField(
        label="Headers sent to it",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="One a line, as in X-Origin-Verify: a secret. Values are not shown again: a name alone keeps the value it has.",
    )

    def clean_headers(self) -> list[tuple[str, str]]:
        lines = [line for line in self.cleaned_data["headers"].splitlines() if line.strip()]
        return [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]


class S3OriginForm(_OriginForm):
    domain = forms.CharField(
        label="Bucket",
        help_text="One of this account by its name; another by its host name, as in media.s3.eu-central-1.amazonaws.com.",
        widget=forms.TextInput(attrs={**_PLAIN, "list": "bucket-names"}),
    )
    access = forms.ChoiceField(label="How CloudFront comes")
    field_order = ["id", "domain", "path", "access", "headers"]

    def __init__(self, *args: Any, accesses: list[tuple[str, str]], host_of: Callable[[str], str], **kwargs: Any) -> None:
        """`host_of`: the host name of a bucket that was named without one."""
        super().__init__(*args, **kwargs)
        self._host_of = host_of
        field = self.fields["access"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        current = self.initial.get("access", "")
        here = [] if not current or current in dict(accesses) else [(current, f"{current.partition(':')[2]} (as it is)")]
        field.choices = [*here, *accesses]

    @classmethod
    def initial_of(cls, origin: dict[str, Any]) -> dict[str, Any]:
        model, id = access_of(origin)
        return {**_initial(origin), "access": f"{model}:{id}" if id else "open"}

    @classmethod
    def initial_like(cls, main: dict[str, Any]) -> dict[str, Any]:
        """A new one comes as the main origin does: an access control or identity may serve any number of buckets."""
        model, id = access_of(main)
        return {"access": f"{model}:{id}" if id else "open"}

    def build(self, existing: dict[str, Any] | None) -> dict[str, Any]:
        data = self.cleaned_data
        model, _, id = data["access"].partition(":")
        domain = self._host_of(data["domain"])
        if ".s3" not in domain:
            raise InvalidInput("A bucket’s host name has .s3 in it. For another server make a custom origin.", field="domain")
        return s3_origin(
            id=data["id"].strip(),
            domain=domain,
            path=data["path"].strip(),
            oac_id=id if model == "oac" else "",
            oai_id=id if model == "oai" else "",
            headers=data["headers"],
            existing=existing,
        )


class CustomOriginForm(_OriginForm):
    domain = forms.CharField(
        label="Server", help_text="Its host name, as in www.example.org.", widget=forms.TextInput(attrs=_PLAIN)
    )
    protocol_policy = forms.ChoiceField(label="Protocol", choices=PROTOCOLS)
    http_port = forms.IntegerField(label="HTTP port", initial=80, min_value=1, max_value=65535)
    https_port = forms.IntegerField(label="HTTPS port", initial=443, min_value=1, max_value=65535)
    read_timeout = forms.IntegerField(label="Seconds to wait for an answer", initial=30, min_value=1, max_value=120)
    keepalive_timeout = forms.IntegerField(label="Seconds to keep a connection", initial=5, min_value=1, max_value=120)
    field_order = ["id", "domain", "path", "protocol_policy", "http_port", "https_port"]

    @classmethod
    def initial_of(cls, origin: dict[str, Any]) -> dict[str, Any]:
        custom = origin.get("CustomOriginConfig") or {}
        return {
            **_initial(origin),
            "protocol_policy": custom.get("OriginProtocolPolicy", "https-only"),
            "http_port": custom.get("HTTPPort", 80),
            "https_port": custom.get("HTTPSPort", 443),
            "read_timeout": custom.get("OriginReadTimeout", 30),
            "keepalive_timeout": custom.get("OriginKeepaliveTimeout", 5),
        }

    def build(self, existing: dict[str, Any] | None) -> dict[str, Any]:
        data = self.cleaned_data
        names = ("protocol_policy", "http_port", "https_port", "read_timeout", "keepalive_timeout", "headers")
        return custom_origin(
            id=data["id"].strip(),
            domain=data["domain"].strip(),
            path=data["path"].strip(),
            existing=existing,
            **{name: data[name] for name in names},
        )


def _initial(origin: dict[str, Any]) -> dict[str, Any]:
    names = [item["HeaderName"] for item in items_of(origin.get("CustomHeaders") or {})]
    return {"id": origin["Id"], "domain": origin["DomainName"], "path": origin.get("OriginPath", ""), "headers": "\n".join(names)}


# A hundred years: more CloudFront does not take.
MOST_SECONDS = 3_153_600_000


class BehaviorForm(forms.Form):
    """One behavior; the default one has no pattern, and times of its own show only where it has the older form."""

    pattern = forms.CharField(
        label="Path pattern",
        max_length=255,
        help_text="As in /hls/* or *.m3u8. The first behavior that fits answers.",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    target = forms.ChoiceField(label="Origin")
    protocol = forms.ChoiceField(label="How viewers come", choices=VIEWER_PROTOCOLS)
    methods = forms.ChoiceField(label="Methods", choices=METHODS)
    compress = forms.BooleanField(label="Compress text on its way", required=False)
    cache_policy = forms.ChoiceField(
        label="Cache policy", required=False, help_text="How long copies stay at the edges, and what tells them apart."
    )
    request_policy = forms.ChoiceField(
        label="Origin request policy", required=False, help_text="What of a request the origin gets to see."
    )
    headers_policy = forms.ChoiceField(
        label="Response headers policy", required=False, help_text="Headers added to answers: CORS, security."
    )
    min_ttl = forms.IntegerField(label="Least seconds in the cache", min_value=0, max_value=MOST_SECONDS)
    default_ttl = forms.IntegerField(label="Usual seconds in the cache", min_value=0, max_value=MOST_SECONDS)
    max_ttl = forms.IntegerField(label="Most seconds in the cache", min_value=0, max_value=MOST_SECONDS)
    key_groups = forms.MultipleChoiceField(
        label="Signatures by keys of",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox checkbox-sm"}),
        help_text="With any, every request needs a signature.",
    )
    signers = forms.CharField(
        label="Signatures by AWS accounts",
        required=False,
        help_text="The older way: account ids of 12 digits, or self, with spaces between.",
        widget=forms.TextInput(attrs=_PLAIN),
    )

    def __init__(
        self, *args: Any, offered: dict[str, list[tuple[str, str]]], is_default: bool, legacy: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if is_default:
            del self.fields["pattern"]
        if not legacy:
            for name in ("min_ttl", "default_ttl", "max_ttl"):
                del self.fields[name]
        none = {
            "cache_policy": "Times of its own (older form)" if legacy else None,
            "request_policy": "None",
            "headers_policy": "None",
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            current = self.initial.get(name) or []
            missing = [id for id in ([current] if isinstance(current, str) else current) if id and id not in dict(choices)]
            empty = none.get(name)
            field.choices = [*([("", empty)] if empty else []), *((id, f"{id} (as it is)") for id in missing), *choices]

    @classmethod
    def initial_of(cls, values: BehaviorValues, pattern: str | None, *, is_new: bool = False) -> dict[str, Any]:
        """A new one begins as a copy of the default one; where that has times of its own, with AWS's usual policy."""
        return {
            "pattern": pattern or "",
            "target": values.target_origin_id,
            "protocol": values.viewer_protocol_policy,
            "methods": values.methods,
            "compress": values.compress,
            "cache_policy": values.cache_policy_id or (CACHING_OPTIMIZED if is_new else ""),
            "request_policy": values.origin_request_policy_id,
            "headers_policy": values.response_headers_policy_id,
            "key_groups": list(values.key_group_ids),
            "signers": " ".join(values.trusted_signers),
            # Left out, they are these.
            "min_ttl": 0 if values.min_ttl is None else values.min_ttl,
            "default_ttl": 86_400 if values.default_ttl is None else values.default_ttl,
            "max_ttl": 31_536_000 if values.max_ttl is None else values.max_ttl,
        }

    def values(self) -> BehaviorValues:
        data = self.cleaned_data
        return BehaviorValues(
            target_origin_id=data["target"],
            viewer_protocol_policy=data["protocol"],
            methods=data["methods"],
            compress=data["compress"],
            cache_policy_id=data["cache_policy"],
            origin_request_policy_id=data["request_policy"],
            response_headers_policy_id=data["headers_policy"],
            key_group_ids=tuple(data["key_groups"]),
            trusted_signers=tuple(data["signers"].split()),
            min_ttl=data.get("min_ttl"),
            default_ttl=data.get("default_ttl"),
            max_ttl=data.get("max_ttl"),
        )
