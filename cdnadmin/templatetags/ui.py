"""Tags and filters of the interface; built in, so that templates need not load them."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

from cdnadmin.accounts.permissions import may as person_may
from cdnadmin.status import Status
from cdnadmin.status import status_of as find_status

register = template.Library()
_UNITS = ("kB", "MB", "GB", "TB", "PB")


@register.filter
def filesize(value: int | None) -> str:
    """Bytes in SI units, as in "1.4 GB"."""
    if value is None:
        return ""
    if value < 1000:
        return f"{value} B"
    size = float(value)
    for unit in _UNITS:
        size /= 1000
        if size < 999.5 or unit == _UNITS[-1]:
            return f"{size:.1f} {unit}" if size < 99.95 else f"{size:.0f} {unit}"
    return ""


@register.filter
def duration(value: float | None) -> str:
    """Seconds in words, as in "2 min 10 s"."""
    if value is None:
        return ""
    seconds = round(value)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s" if seconds % 60 else f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


@register.simple_tag
def may(user: Any, action: str) -> bool:
    return person_may(user, action)


@register.simple_tag
def status_of(thing: Any) -> Status:
    return find_status(thing)


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget in the house's classes, tied to its help and errors."""
    kind = getattr(field.field.widget, "input_type", "textarea")
    classes = {
        "select": "select w-full",
        "file": "file-input w-full",
        "textarea": "textarea w-full",
        "checkbox": "checkbox checkbox-sm",
        "radio": "radio radio-sm",
    }.get(kind, "input w-full")
    described = [f"{field.auto_id}_help"] if field.help_text else []
    attrs: dict[str, str | bool] = {"class": classes}
    if field.errors:
        described.append(f"{field.auto_id}_error")
        attrs |= {"aria-invalid": "true", "class": f"{classes} {classes.split()[0]}-error"}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)
