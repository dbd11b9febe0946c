"""The forms of a plan: each edits one part of its configuration; what it does not model stays."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from distributions.configuration.checks import ERROR_CODES, FAILOVER_CODES, RESPONSE_CODES
from distributions.configuration.edits import set_general, set_logging, set_viewers
from distributions.configuration.fields import Config, items_of
from distributions.services.distributions import PRICE_CLASSES

HTTP_VERSIONS = (
    ("http2and3", "HTTP/3, HTTP/2 and HTTP/1.1"),
    ("http2", "HTTP/2 and HTTP/1.1"),
    ("http3", "HTTP/3 and HTTP/1.1"),
    ("http1.1", "HTTP/1.1 alone"),
)
TLS_VERSIONS = (
    "TLSv1.2_2021",
    "TLSv1.3_2025",
    "TLSv1.2_2025",
    "TLSv1.2_2019",
    "TLSv1.2_2018",
    "TLSv1.1_2016",
    "TLSv1_2016",
    "TLSv1",
)
GEO_KINDS = (
    ("none", "Viewers of every country"),
    ("whitelist", "Only of these countries"),
    ("blacklist", "All but of these countries"),
)
_LINES = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class GeneralForm(forms.Form):
    """What holds for the whole of it."""

    PATHS = {
        "Comment": "comment",
        "PriceClass": "price_class",
        "HttpVersion": "http_version",
        "DefaultRootObject": "default_root_object",
        "WebACLId": "web_acl_id",
        "Logging.Bucket": "log_bucket",
        "Logging.Prefix": "log_prefix",
    }

    comment = forms.CharField(label="Comment", max_length=128, required=False, help_text="Kept at CloudFront with it.")
    enabled = forms.BooleanField(label="Enabled: viewers can open its files", required=False)
    default_root_object = forms.CharField(
        label="Default root object", max_length=255, required=False, help_text="What / shows, as in index.html."
    )
    price_class = forms.ChoiceField(label="Edges", choices=PRICE_CLASSES)
    http_version = forms.ChoiceField(label="HTTP versions", choices=HTTP_VERSIONS)
    ipv6 = forms.BooleanField(
        label="IPv6",
        required=False,
        help_text="Turn it off where signatures are bound to IPv4 addresses: viewers by IPv6 are refused then.",
    )
    web_acl_id = forms.CharField(
        label="Web application firewall",
        required=False,
        max_length=300,
        help_text="ARN of a web ACL of AWS WAF (or the id of one of WAF Classic). Empty: none.",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    logging = forms.BooleanField(label="Write access logs to a bucket", required=False)
    log_bucket = forms.CharField(
        label="Bucket of the logs",
        required=False,
        help_text="Its host name, as in logs.s3.amazonaws.com. It must take ACLs.",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    log_prefix = forms.CharField(label="Prefix of the logs", required=False, max_length=256, widget=forms.TextInput(attrs=_PLAIN))
    log_cookies = forms.BooleanField(label="With cookies", required=False)

    @classmethod
    def initial_of(cls, config: Config) -> dict[str, Any]:
        logs = config.get("Logging") or {}
        return {
            "comment": config.get("Comment", ""),
            "enabled": config.get("Enabled", False),
            "default_root_object": config.get("DefaultRootObject", ""),
            "price_class": config.get("PriceClass", "PriceClass_All"),
            "http_version": config.get("HttpVersion", "http2").lower(),
            "ipv6": config.get("IsIPV6Enabled", True),
            "web_acl_id": config.get("WebACLId", ""),
            "logging": logs.get("Enabled", False),
            "log_bucket": logs.get("Bucket", ""),
            "log_prefix": logs.get("Prefix", ""),
            "log_cookies": logs.get("IncludeCookies", False),
        }

    def edit(self, config: Config) -> Config:
        data = self.cleaned_data
        changed = set_general(
            config,
            comment=data["comment"].strip(),
            enabled=data["enabled"],
            price_class=data["price_class"],
            http_version=data["http_version"],
            ipv6=data["ipv6"],
            default_root_object=data["default_root_object"].strip(),
            web_acl_id=data["web_acl_id"].strip(),
        )
        return set_logging(
            changed,
            enabled=data["logging"],
            bucket=data["log_bucket"].strip(),
            prefix=data["log_prefix"].strip(),
            include_cookies=data["log_cookies"],
        )


class ViewersForm(forms.Form):
    """Under which names, with which certificate, from where."""

    PATHS = {
        "Aliases": "aliases",
        "ViewerCertificate.ACMCertificateArn": "certificate",
        "certificate_arn": "certificate",
        "Restrictions.GeoRestriction.Items": "countries",
    }

    aliases = forms.CharField(
        label="Host names of your own",
        required=False,
        widget=_LINES,
        help_text="One a line, as in media.example.org or *.example.org. At most 100.",
    )
    certificate = forms.ChoiceField(label="Certificate", required=False)
    certificate_arn = forms.CharField(
        label="ARN of another certificate",
        required=False,
        max_length=200,
        help_text="Where it is not in the list: an ACM certificate in us-east-1.",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    minimum_protocol_version = forms.ChoiceField(
        label="Oldest TLS version", choices=[(name, name) for name in TLS_VERSIONS], help_text="With a certificate of your own."
    )
    geo_kind = forms.ChoiceField(label="Countries", choices=GEO_KINDS)
    countries = forms.CharField(
        label="Countries named", required=False, widget=_LINES, help_text="Two letters each (ISO 3166), as in DE AT CH."
    )

    def __init__(self, *args: Any, certificates: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["certificate"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        known = dict(certificates)
        current = self.initial.get("certificate", "")
        here = [(current, f"{current} (as it is)")] if current and current not in known else []
        field.choices = [("", "CloudFront’s own, for its own domain name"), *certificates, *here]

    @classmethod
    def initial_of(cls, config: Config) -> dict[str, Any]:
        certificate = config.get("ViewerCertificate") or {}
        geo = (config.get("Restrictions") or {}).get("GeoRestriction") or {}
        version = certificate.get("MinimumProtocolVersion", "")
        return {
            "aliases": "\n".join(items_of(config.get("Aliases") or {})),
            "certificate": certificate.get("ACMCertificateArn", ""),
            "minimum_protocol_version": version if certificate.get("ACMCertificateArn") and version else "TLSv1.2_2021",
            "geo_kind": geo.get("RestrictionType", "none"),
            "countries": " ".join(items_of(geo)),
        }

    def edit(self, config: Config) -> Config:
        data = self.cleaned_data
        return set_viewers(
            config,
            aliases=[alias.lower().rstrip(".") for alias in data["aliases"].split()],
            certificate_arn=data["certificate_arn"].strip() or data["certificate"],
            minimum_protocol_version=data["minimum_protocol_version"],
            geo_kind=data["geo_kind"],
            countries=list(dict.fromkeys(re.split(r"[\s,]+", data["countries"].upper().strip())))
            if data["countries"].strip()
            else [],
        )


class ErrorResponseForm(forms.Form):
    """What viewers get for one error."""

    code = forms.TypedChoiceField(
        label="When the origin or CloudFront answers", choices=[(code, str(code)) for code in ERROR_CODES], coerce=int
    )
    page_path = forms.CharField(
        label="Page shown instead",
        required=False,
        help_text="Its path, as in /errors/404.html. Empty: CloudFront’s own answer.",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    response_code = forms.ChoiceField(
        label="Answered with the status", required=False, choices=[("", "—"), *((str(code), str(code)) for code in RESPONSE_CODES)]
    )
    min_ttl = forms.IntegerField(
        label="Seconds that the error is kept",
        min_value=0,
        max_value=31_536_000,
        initial=10,
        help_text="CloudFront keeps it for 10 unless told otherwise.",
    )

    @classmethod
    def initial_of(cls, error: dict[str, Any]) -> dict[str, Any]:
        return {
            "code": error["ErrorCode"],
            "page_path": error.get("ResponsePagePath", ""),
            "response_code": str(error.get("ResponseCode", "")),
            "min_ttl": error.get("ErrorCachingMinTTL", 10),
        }


class OriginGroupForm(forms.Form):
    """Two origins, the second of which answers where the first fails."""

    id = forms.CharField(label="Name", max_length=128, widget=forms.TextInput(attrs=_PLAIN))
    primary = forms.ChoiceField(label="First origin")
    secondary = forms.ChoiceField(label="Fails over to")
    status_codes = forms.TypedMultipleChoiceField(
        label="When the first answers",
        choices=[(code, str(code)) for code in FAILOVER_CODES],
        coerce=int,
        initial=[500, 502, 503, 504],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox checkbox-sm"}),
        help_text="A connection that fails counts always. Only GET, HEAD and OPTIONS fail over.",
    )

    def __init__(self, *args: Any, origins: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("primary", "secondary"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            field.choices = [(origin, origin) for origin in origins]


class TagsForm(forms.Form):
    tags = forms.CharField(
        label="Tags",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="One a line, as in team = press. At most 50; those that begin with aws: are AWS’s own.",
    )

    def clean_tags(self) -> dict[str, str]:
        tags: dict[str, str] = {}
        for number, line in enumerate(self.cleaned_data["tags"].splitlines(), start=1):
            if not line.strip():
                continue
            key, separator, value = line.partition("=")
            if not separator:
                raise forms.ValidationError(f"Line {number}: write it as name = value.")
            if key.strip() in tags:
                raise forms.ValidationError(f"Line {number}: “{key.strip()}” stands here twice.")
            tags[key.strip()] = value.strip()
        return tags
