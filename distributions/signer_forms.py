"""Whom a behavior shall trust from now on: a key group of the account, or an AWS account."""

from __future__ import annotations

from typing import Any

from django import forms

from cdnadmin.errors import InvalidInput
from distributions.configuration.trust_edits import read_signer


class KeyGroupForm(forms.Form):
    key_group = forms.ChoiceField(label="Key group", error_messages={"required": "Choose a key group."})

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["key_group"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [("", "Choose one"), *choices]


class SignerForm(forms.Form):
    signer = forms.CharField(
        label="AWS account",
        max_length=40,
        help_text="Its 12 digits, or self for this account.",
        error_messages={"required": "Write the account’s 12 digits, or self."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_signer(self) -> str:
        try:
            return read_signer(self.cleaned_data["signer"])
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from None
