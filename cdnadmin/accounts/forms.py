"""Forms of people, AWS accounts and buckets. The rules are the services'; a form says where they were broken."""

from __future__ import annotations

from typing import Any

from django import forms

from cdnadmin.accounts.models import AwsAccount, Role
from cdnadmin.errors import CdnadminError

# Regions where S3 buckets are made most; CloudFront itself is global.
REGIONS = (
    ("us-east-1", "US East (N. Virginia), us-east-1"),
    ("us-east-2", "US East (Ohio), us-east-2"),
    ("us-west-2", "US West (Oregon), us-west-2"),
    ("ca-central-1", "Canada (Central), ca-central-1"),
    ("eu-central-1", "Europe (Frankfurt), eu-central-1"),
    ("eu-west-1", "Europe (Ireland), eu-west-1"),
    ("eu-west-2", "Europe (London), eu-west-2"),
    ("eu-west-3", "Europe (Paris), eu-west-3"),
    ("eu-north-1", "Europe (Stockholm), eu-north-1"),
    ("eu-south-1", "Europe (Milan), eu-south-1"),
    ("ap-south-1", "Asia Pacific (Mumbai), ap-south-1"),
    ("ap-southeast-1", "Asia Pacific (Singapore), ap-southeast-1"),
    ("ap-southeast-2", "Asia Pacific (Sydney), ap-southeast-2"),
    ("ap-northeast-1", "Asia Pacific (Tokyo), ap-northeast-1"),
    ("sa-east-1", "South America (São Paulo), sa-east-1"),
)


def attach_error(form: forms.Form, error: CdnadminError) -> None:
    """Put a service's error next to the field it names, or above the buttons."""
    field = getattr(error, "field", None)
    form.add_error(field if field in form.fields else None, error.message)


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(label="Name", max_length=120, required=False)
    role = forms.ChoiceField(
        label="Role",
        choices=Role.choices,
        initial=Role.EDITOR,
        help_text="Viewers watch; staff also share; editors also upload; administrators do everything.",
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=Role.choices)


class WelcomeForm(forms.Form):
    """What a person fills in behind their one-time link."""

    email = forms.EmailField(label="E-mail address", help_text="You log in with it.")
    name = forms.CharField(
        label="Your name", max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        help_text="10 characters or more.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, asks_email: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_email:
            del self.fields["email"]


class AwsAccountForm(forms.Form):
    label = forms.CharField(label="Label", max_length=80, help_text="How your team calls it.")
    region = forms.ChoiceField(label="Region of new buckets", choices=REGIONS, initial="us-east-1")
    credentials = forms.ChoiceField(
        label="Credentials",
        choices=AwsAccount.Credentials.choices,
        initial="static",
        help_text="An access key is its id and its secret, below. This machine's own needs neither.",
    )
    access_key_id = forms.CharField(
        label="Access key id",
        max_length=128,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    secret_access_key = forms.CharField(
        label="Secret access key",
        required=False,
        help_text="Encrypted at once, and shown to nobody afterwards.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )
    endpoint_url = forms.CharField(label="Endpoint", max_length=200, required=False, help_text="Empty: AWS itself.")
    viewer_base = forms.CharField(
        label="How viewers reach a distribution",
        max_length=120,
        initial="https://{domain}",
        help_text="{domain} stands for the distribution's domain name.",
    )

    FOLDED = ("endpoint_url", "viewer_base")
