"""What the page of a successor takes; the rules are the service's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms


class SuccessionForm(forms.Form):
    name = forms.CharField(
        label="Name of the successor",
        max_length=80,
        error_messages={"required": "Give it a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    aliases = forms.MultipleChoiceField(
        label="Host names that move to it",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox checkbox-sm"}),
        error_messages={"invalid_choice": "“%(value)s” is none of its host names."},
    )
    certificate_arn = forms.CharField(
        label="Certificate",
        max_length=200,
        required=False,
        help_text="Of ACM in us-east-1, covering the host names that move. RTMP needed none.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "arn:aws:acm:us-east-1:…"}),
    )
    retire = forms.BooleanField(label="Retire the old one afterwards: disable it, then delete it", required=False)
    typed_name = forms.CharField(
        label="Its name", widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}), required=False
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        aliases: Sequence[str],
        certificates: Sequence[tuple[str, str]] = (),
        can_retire: bool = True,
        **kwargs: Any,
    ) -> None:
        """`aliases`: the old one's. `certificates` are those of ACM as (ARN, label); where none is known, one can be typed."""
        super().__init__(*args, **kwargs)
        field = self.fields["aliases"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        field.choices = [(alias, alias) for alias in aliases]
        if certificates:
            self.fields["certificate_arn"].widget = forms.Select(choices=[("", "None"), *certificates])
        if not aliases:
            del self.fields["aliases"], self.fields["certificate_arn"]
        if not can_retire:
            del self.fields["retire"], self.fields["typed_name"]
