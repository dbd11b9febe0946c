"""The paths that somebody wants fetched anew."""

from __future__ import annotations

from django import forms

EXAMPLE = "/press/logo.png"


class InvalidationForm(forms.Form):
    paths = forms.CharField(
        label="Paths",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocapitalize": "off", "placeholder": EXAMPLE}),
        help_text="One a line, each with a slash at the front. A * may stand last, as in /press/*, and counts as one path.",
        error_messages={"required": "Enter at least one path, as in /press/logo.png or /press/*."},
    )
