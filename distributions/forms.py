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
ACCESS_MODELS = (
    (Distribution.AccessModel.OAC, "Origin access control (recommended)"),
    (Distribution.AccessModel.OAI, "Origin access identity, by bucket policy (the older way)"),
    (Distribution.AccessModel.OAI_ACL, "Origin access identity, object by object (the oldest; needs a bucket with ACLs)"),
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
    access_model = forms.ChoiceField(label="How CloudFront reaches the bucket", choices=ACCESS_MODELS, initial="oac")
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
        help_text="ARN of an ACM certificate in us-east-1 that covers these names.",
    )
    comment = forms.CharField(label="Comment", max_length=128, required=False, help_text="Kept at CloudFront with it.")

    FOLDED = ("access_model", "algorithm", "price_class", "default_root_object", "aliases", "certificate_arn", "comment")

    def __init__(self, *args: Any, account: AwsAccount, buckets: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        default = account.default_bucket.name if account.default_bucket else ""
        field = self.fields["bucket"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [*((name, name) for name in buckets), (NEW_BUCKET, "Make a new bucket")]
        field.initial = default if default in buckets else (buckets[0] if buckets else NEW_BUCKET)

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
