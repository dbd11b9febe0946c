"""`manage.py first_administrator`: the path of a one-time link for the first administrator, while there is none."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.urls import reverse

from cdnadmin.accounts.services.people import ensure_first_administrator


class Command(BaseCommand):
    help = "Print the path of a one-time link that makes its user the first administrator; nothing once there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        token = ensure_first_administrator()
        if token:
            self.stdout.write(reverse("invitation_accept", args=[token]))
