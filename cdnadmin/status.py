"""Every state that pages show, in one place: its tone, its word, and whether somebody works on it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Status:
    tone: str  # success, info, warning, error, neutral (waiting) or off
    label: str
    live: bool = False


# model: state → status. Waiting (nobody works on it yet) is another thing than in progress.
STATUSES: dict[str, dict[str, Status]] = {
    "operation": {
        "pending": Status("neutral", "Waiting for a worker"),
        "running": Status("info", "Running", live=True),
        "waiting": Status("info", "Waiting", live=True),
        "succeeded": Status("success", "Done"),
        "failed": Status("error", "Failed"),
        "cancelled": Status("neutral", "Stopped"),
    },
    "distribution": {
        "creating": Status("info", "Being created", live=True),
        "in_progress": Status("info", "Reaching the edges", live=True),
        "deployed": Status("success", "Live"),
        "disabled": Status("off", "Disabled"),
        "failed": Status("error", "Failed"),
        "gone": Status("off", "Deleted at AWS"),
    },
    "originaccess": {
        "there": Status("success", "At CloudFront"),
        "gone": Status("off", "Deleted at AWS"),
    },
    "changeplan": {
        "draft": Status("neutral", "Draft"),
        "applying": Status("info", "Being applied", live=True),
        "applied": Status("success", "Applied"),
        "conflict": Status("warning", "Needs a decision"),
        "failed": Status("error", "Failed"),
        "discarded": Status("off", "Discarded"),
    },
    "requestrow": {
        "queued": Status("neutral", "Waiting for its turn"),
        "sending": Status("info", "Being sent", live=True),
        "in_progress": Status("info", "Reaching the edges", live=True),
        "completed": Status("success", "Every edge has it"),
        "failed": Status("error", "Failed"),
        "stopped": Status("error", "Not sent"),
    },
    "invalidationbatch": {
        "sending": Status("info", "Being sent", live=True),
        "in_progress": Status("info", "Reaching the edges", live=True),
        "completed": Status("success", "Every edge has it"),
        "failed": Status("error", "Failed"),
    },
    "assetversion": {
        "uploading": Status("info", "Uploading", live=True),
        "publishing": Status("info", "Publishing", live=True),
        "ready": Status("success", "Ready"),
        "deleting": Status("info", "Being deleted", live=True),
        "failed": Status("error", "Failed"),
    },
    "upload": {
        "receiving": Status("info", "Uploading", live=True),
        "received": Status("info", "Publishing", live=True),
        "finished": Status("success", "Finished"),
        "aborted": Status("neutral", "Stopped"),
    },
}


def status_of(thing: Any) -> Status:
    """The status of a row, by its model and its `state` or `status`."""
    meta = getattr(type(thing), "_meta", None)
    model = str(meta.model_name) if meta else type(thing).__name__.lower()
    value = str(getattr(thing, "state", "") or getattr(thing, "status", ""))
    return STATUSES[model].get(value, Status("neutral", value))
