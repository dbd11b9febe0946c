"""What the distributions' pages take from people; the rules are the services'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from cdnadmin.accounts.models import AwsAccount
from distributions.models import Distribution, SigningKey
from distributions.services.deletion import CLEANED_BY_DEFAULT, CLEANUPS
from distributions.services.distributions import PRICE_CLASSES

NEW_BUCKET = "+"
HTTP_VERSIONS = (
    ("http2and3", "HTTP/1.1, HTTP/2 and HTTP/3"),
    ("http2", "HTTP/1.1 and HTTP/2"),
    ("http3", "HTTP/1.1 and HTTP/3"),
    ("http1.1", "HTTP/1.1 alone"),
)
ACCESS_MODELS = (
    (Distribution.AccessModel.OAC, "Origin access control (recommended)"),
    (Distribution.AccessModel.OAI, "Origin access identity, by bucket policy (the older way)"),
    (Distribution.AccessModel.OAI_ACL, "Origin access identity, object by object (needs a bucket with ACLs)"),
    (Distribution.AccessModel.PUBLIC_ACL, "Public objects, without any identity (the oldest; everyone can go past CloudFront)"),
)
ACCESS_MODEL_HELP = (
    "With the first two the bucket’s policy lets CloudFront in, and nobody else. Object by object each file says so itself, by "
    "its ACL. Public objects are the oldest way: everyone can read each file straight from S3, past CloudFront; logs, countries "
    "and signatures are got around. It is for public distributions alone."
)


class CreateDistributionForm(forms.Form):
    """For one account: its buckets are what can be chosen."""

    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="How your team calls it, as in Press kit.",
        error_messages={"required": "Give it a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    preset = forms.ChoiceField(
        label="What it is for", required=False, widget=forms.RadioSelect(attrs={"class": "radio radio-sm radio-primary mt-0.5"})
    )
    kind = forms.ChoiceField(
        label="Who may see the files",
        choices=Distribution.Kind.choices,
        initial="public",
        widget=forms.RadioSelect(attrs={"class": "radio radio-sm radio-primary mt-0.5"}),
    )
    bucket = forms.ChoiceField(label="Bucket")
    new_bucket = forms.CharField(
        label="Name of the new bucket",
        max_length=63,
        required=False,
        help_text="Lower-case letters, digits and hyphens; unique among all of AWS. It is made closed to the public.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    access_model = forms.ChoiceField(
        label="How CloudFront reaches the bucket", choices=ACCESS_MODELS, initial="oac", help_text=ACCESS_MODEL_HELP
    )
    algorithm = forms.ChoiceField(
        label="Signing key",
        choices=SigningKey.Algorithm.choices,
        initial=SigningKey.Algorithm.ECDSA_P256,
        help_text="For private ones. The account's key of this kind is used again; where there is none, one is made here.",
    )
    price_class = forms.ChoiceField(label="Edges", choices=PRICE_CLASSES, initial="PriceClass_All")
    default_root_object = forms.CharField(
        label="Default root object", max_length=255, required=False, help_text="What / shows, as in index.html."
    )
    aliases = forms.CharField(
        label="Host names of your own",
        required=False,
        help_text="One a line, as in media.example.org. They need a certificate, and a CNAME record to the distribution's domain.",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    certificate_arn = forms.CharField(
        label="Certificate",
        max_length=200,
        required=False,
        help_text="Of ACM in us-east-1, covering these names.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "arn:aws:acm:us-east-1:…"}),
    )
    comment = forms.CharField(label="Comment", max_length=128, required=False, help_text="Kept at CloudFront with it.")
    tags = forms.CharField(
        label="Tags",
        required=False,
        help_text="One a line, as in team=press.",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    http_version = forms.ChoiceField(label="HTTP versions", choices=HTTP_VERSIONS, required=False, initial="http2and3")
    without_ipv6 = forms.BooleanField(
        label="Without IPv6",
        required=False,
        help_text="Signatures bound to an IPv4 address need it so: a viewer who comes by IPv6 is refused otherwise.",
    )
    web_acl_id = forms.CharField(
        label="Web ACL (WAF)",
        max_length=255,
        required=False,
        help_text="ARN of a web ACL of WAF, made for CloudFront (us-east-1).",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    logging_bucket = forms.CharField(
        label="Access logs into the bucket",
        max_length=255,
        required=False,
        help_text="Standard logs. The bucket must have its ACLs on: CloudFront writes into it by one.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    logging_prefix = forms.CharField(label="Prefix of the logs", max_length=255, required=False, help_text="As in press-kit/.")
    starts_disabled = forms.BooleanField(
        label="Begin disabled", required=False, help_text="Nobody can open anything through it until it is enabled."
    )

    FOLDED = (
        "access_model",
        "algorithm",
        "price_class",
        "default_root_object",
        "aliases",
        "certificate_arn",
        "comment",
        "tags",
        "http_version",
        "without_ipv6",
        "web_acl_id",
        "logging_bucket",
        "logging_prefix",
        "starts_disabled",
    )

    def __init__(
        self,
        *args: Any,
        account: AwsAccount,
        buckets: Sequence[str],
        presets: Sequence[tuple[str, str]] = (),
        certificates: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        """`certificates` are those of ACM as (ARN, label); where none is known, an ARN can be typed."""
        super().__init__(*args, **kwargs)
        preset = self.fields["preset"]
        assert isinstance(preset, forms.ChoiceField)  # noqa: S101
        preset.choices = list(presets)
        if certificates:
            self._offer_certificates(list(certificates))
        default = account.default_bucket.name if account.default_bucket else ""
        field = self.fields["bucket"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [*((name, name) for name in buckets), (NEW_BUCKET, "Make a new bucket")]
        field.initial = default if default in buckets else (buckets[0] if buckets else NEW_BUCKET)

    def _offer_certificates(self, certificates: list[tuple[str, str]]) -> None:
        """A list to choose from, with what was typed or carried over among it."""
        given = str(self["certificate_arn"].value() or "")
        if given and given not in dict(certificates):
            certificates.append((given, given))
        self.fields["certificate_arn"].widget = forms.Select(choices=[("", "None: CloudFront’s own domain name"), *certificates])

    def clean_tags(self) -> dict[str, str]:
        tags: dict[str, str] = {}
        for line in self.cleaned_data["tags"].splitlines():
            key, equals, value = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not key or not equals:
                raise forms.ValidationError(f"“{line.strip()}” is no tag: write key=value.")
            if key in tags:
                raise forms.ValidationError(f"“{key}” stands here twice.")
            tags[key] = value
        return tags

    @property
    def makes_bucket(self) -> bool:
        return bool(self.cleaned_data["bucket"] == NEW_BUCKET)

    @property
    def bucket_name(self) -> str:
        return str(self.cleaned_data["new_bucket" if self.makes_bucket else "bucket"]).strip()

    @property
    def folded_errors(self) -> bool:
        return any(name in self.errors for name in self.FOLDED)


class DeleteDistributionForm(forms.Form):
    typed_name = forms.CharField(
        label="Its name", widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}), required=False
    )
    cleanup = forms.MultipleChoiceField(
        choices=CLEANUPS,
        initial=CLEANED_BY_DEFAULT,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox checkbox-sm"}),
    )
