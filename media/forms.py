"""What the library's pages take from people; rules live in the services."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

PRIVATE_LINK_CHOICES = ((900, "15 minutes"), (3600, "1 hour"), (21_600, "6 hours"), (86_400, "1 day"), (604_800, "7 days"))
EXPIRY_CHOICES = (("1", "1 day"), ("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("custom", "A time of my own"))


class BeginUploadForm(forms.Form):
    distribution = forms.CharField(max_length=12, error_messages={"required": "Choose where the file goes."})
    file_name = forms.CharField(max_length=4096, strip=False)
    size = forms.IntegerField(min_value=0)
    content_type = forms.CharField(max_length=255, required=False)
    title = forms.CharField(max_length=255, required=False)


class RenameForm(forms.Form):
    title = forms.CharField(max_length=255, label="Title", error_messages={"required": "Give it a title."})


class DeleteForm(forms.Form):
    typed_title = forms.CharField(
        label="Its title, to be sure",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"}),
    )


class PrivateLinkForm(forms.Form):
    seconds = forms.TypedChoiceField(label="Opens for", choices=PRIVATE_LINK_CHOICES, coerce=int, initial=3600)


class ShareLinkForm(forms.Form):
    expiry = forms.ChoiceField(label="Ends after", choices=EXPIRY_CHOICES, initial="7")
    expires_at = forms.DateTimeField(
        label="Ends at",
        required=False,
        help_text="In UTC.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    message = forms.CharField(
        label="Message",
        required=False,
        max_length=500,
        help_text="Shown above the player to whoever opens the link.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("expiry") == "custom" and not found.get("expires_at") and "expires_at" not in self.errors:
            self.add_error("expires_at", "Say when the link ends.")
        return found

    def ends_at(self) -> datetime:
        """The end that was chosen, by preset or by hand."""
        chosen = self.cleaned_data["expiry"]
        if chosen == "custom":
            at: datetime = self.cleaned_data["expires_at"]
            return at
        return timezone.now() + timedelta(days=int(chosen))
