"""Everything between an empty database and a dashboard that can be opened; harmless to repeat."""

from __future__ import annotations

import json
from argparse import ArgumentParser

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.urls import reverse


class Command(BaseCommand):
    help = "Migrate, make the sandbox's account, and answer the first administrator's one-time path, as one line of JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sandbox-url", default="", help="where a sandbox answers; empty: make no account for it")

    def handle(self, *args: object, sandbox_url: str, **options: object) -> None:
        from cdnadmin.accounts.services.aws_accounts import ensure_sandbox_account
        from cdnadmin.accounts.services.people import ensure_first_administrator

        call_command("migrate", interactive=False, verbosity=1, stdout=self.stderr)
        if sandbox_url:
            ensure_sandbox_account(url=sandbox_url)
        token = ensure_first_administrator()
        path = reverse("invitation_accept", args=[token]) if token else ""
        self.stdout.write(json.dumps({"first_administrator": path}))
