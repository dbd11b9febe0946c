"""What the pages of origin accesses take from people; the rules are the services'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from cdnadmin.accounts.models import AwsAccount
from distributions.models import OriginAccess

_NO_COMPLETION = {"autocomplete": "off"}
TYPES = (
    (OriginAccess.Type.OAC, "Origin access control (recommended)"),
    (OriginAccess.Type.OAI, "Origin access identity (the older form)"),
)


class CreateOriginAccessForm(forms.Form):
    """For one of `accounts`; asked for only where there are several."""

    type = forms.ChoiceField(
        label="Kind",
        choices=TYPES,
        initial=OriginAccess.Type.OAC,
        widget=forms.RadioSelect(attrs={"class": "radio radio-sm radio-primary mt-0.5"}),
    )
    name = forms.CharField(
        label="Name",
        help_text="Up to 64 characters for a control, 128 for an identity, where AWS calls it the comment.",
        error_messages={"required": "Give it a name."},
        widget=forms.TextInput(attrs=_NO_COMPLETION),
    )
    description = forms.CharField(
        label="Description",
        required=False,
        help_text="Kept at CloudFront with a control. An identity has none.",
        widget=forms.TextInput(attrs=_NO_COMPLETION),
    )
    account = forms.ChoiceField(label="AWS account")

    def __init__(self, *args: Any, accounts: Sequence[AwsAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(accounts) > 1:
            self.fields["account"].choices = [(each.public_id, each.label) for each in accounts]  # type: ignore[attr-defined]
        else:
            del self.fields["account"]


class RenameOriginAccessForm(forms.Form):
    """An identity has no description, nor is that of a control known before AWS was read."""

    name = forms.CharField(
        label="Name", error_messages={"required": "Give it a name."}, widget=forms.TextInput(attrs=_NO_COMPLETION)
    )
    description = forms.CharField(label="Description", required=False, widget=forms.TextInput(attrs=_NO_COMPLETION))

    def __init__(self, *args: Any, access: OriginAccess, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"name": access.name, "description": access.description})
        super().__init__(*args, **kwargs)
        if access.is_identity:
            self.fields["name"].help_text = "At AWS this is its comment."
        if access.is_identity or not access.config:
            del self.fields["description"]
