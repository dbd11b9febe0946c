"""Every component of the interface on one page, for who builds on it.

A specimen is a partial in templates/styleguide/. Its source is shown below what it draws, so that what is
copied is what was seen; a comment on its first line is its note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import engines
from django.utils import timezone
from django.views.decorators.http import require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from cdnadmin.operations.models import Operation
from cdnadmin.status import STATUSES

SECTIONS = (
    ("foundations", "Foundations"),
    ("buttons", "Buttons and dialogs"),
    ("forms", "Forms"),
    ("states", "States and feedback"),
    ("content", "Content"),
)
_PARTIAL = re.compile(r"{% partialdef ([\w-]+) %}\n(?:{# (.*?) #}\n)?(.*?){% endpartialdef %}", re.DOTALL)


@dataclass(frozen=True)
class Specimen:
    """`code` is what a developer copies; `template` draws it."""

    name: str
    note: str
    code: str
    template: str

    @property
    def title(self) -> str:
        return self.name.replace("-", " ").capitalize()

    @property
    def lines(self) -> int:
        return self.code.count("\n") + 1


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    specimens: list[Specimen]


class SampleForm(forms.Form):
    """One field of each sort."""

    name = forms.CharField(label="Name", help_text="People see it in lists.")
    comment = forms.CharField(label="Comment", required=False)
    region = forms.ChoiceField(label="Region", choices=[("us-east-1", "US East (N. Virginia)"), ("eu-west-1", "Europe (Ireland)")])
    message = forms.CharField(label="Message", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    notify = forms.BooleanField(label="Tell me when it is live", required=False, help_text="By e-mail, once.")
    ends = forms.DateTimeField(
        label="Ends", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), help_text="In UTC."
    )
    kind = forms.ChoiceField(
        label="Who may see the files",
        choices=[("private", "Private"), ("public", "Public")],
        initial="private",
        widget=forms.RadioSelect(attrs={"class": "radio radio-sm radio-primary mt-0.5"}),
    )
    file = forms.FileField(label="Captions", required=False, help_text="WebVTT, at most 1 MB.")


@require_safe
@permitted(Action.MANAGE_PEOPLE)
def show(request: PersonRequest) -> HttpResponse:
    context = {"sections": [_section(*each) for each in SECTIONS], **_samples(request)}
    return render(request, "styleguide/page.html", context)


def _section(name: str, title: str) -> Section:
    file = f"styleguide/{name}.html"
    return Section(name, title, list(_specimens(file)))


def _specimens(file: str) -> Iterator[Specimen]:
    # Not the partial's own source: Django keeps that with DEBUG alone.
    source: str = engines["django"].get_template(file).template.source  # type: ignore[attr-defined]
    for name, note, code in _PARTIAL.findall(source):
        yield Specimen(name, note, code.strip(), f"{file}#{name}")


def _samples(request: HttpRequest) -> dict[str, object]:
    """What the specimens show."""
    refused = SampleForm({"region": "us-east-1", "kind": "private"}, prefix="refused")
    refused.add_error("comment", "At most 128 characters.")
    conflicting = SampleForm({"name": "Press kit", "region": "us-east-1", "kind": "private"}, prefix="conflicting")
    conflicting.add_error(None, "Press kit is being changed by someone else. Wait until that has ended.")
    return {
        "form": SampleForm(prefix="sample"),
        "refused": refused,
        "conflicting": conflicting,
        "statuses": STATUSES,
        "operations": _operations(),
        "page": Paginator(range(240), 50).get_page(request.GET.get("page", "2")),
        "now": timezone.now(),
        "earlier": timezone.now() - timedelta(minutes=6),
        "cards": [{"picture": "", "tile": tile, "asset": {"type": type}} for tile, type in enumerate(_TYPES)],
        "private": {"is_private": True},
        "public": {"is_private": False},
    }


_TYPES = ("video", "audio", "image", "other", "video", "video")


def _operations() -> list[Operation]:
    """One in each state, never saved."""
    common = {"kind": "publish_asset", "target": "asset:abcdefghjkmn", "title": "Publish Harbour cut 4", "step": "send"}
    state = Operation.State
    return [
        Operation(**common, state=state.PENDING),
        Operation(**common, state=state.RUNNING, done=412, total=630, note="41.2 of 63.0 GB"),
        Operation(**{**common, "step": "verify"}, state=state.RUNNING),
        Operation(**common, state=state.WAITING, note="S3 answers slowly. Trying again in 8 s."),
        Operation(**common, state=state.RUNNING, done=412, total=630, cancel_requested=True),
        Operation(**common, state=state.SUCCEEDED, note="63.0 GB, compared with what S3 has"),
        Operation(
            **common,
            state=state.FAILED,
            error_message="S3 refuses to store the file: the account may not write to this bucket.",
            error_code="AccessDenied",
            request_id="4442587FB7D0A2F9",
        ),
        Operation(**common, state=state.CANCELLED, note="Stopped by Petra Tanner"),
    ]
