"""Everything between an empty database and a dashboard that can be opened; harmless to repeat."""

from __future__ import annotations

import json
from argparse import ArgumentParser

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.urls import reverse


class Command(BaseCommand):
    help = "Migrate, make the sandbox's account, and answer the first administrator's one-time path, as one line of JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sandbox-url", default=settings.SANDBOX_URL, help="where a sandbox answers; empty: no account for it")
        parser.add_argument("--without-link", action="store_true", help="print no link: what is printed here is kept in a log")

    def handle(self, *args: object, sandbox_url: str, without_link: bool, **options: object) -> None:
        from cdnadmin.accounts.services.aws_accounts import ensure_sandbox_account
        from cdnadmin.accounts.services.people import ensure_first_administrator

        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(f"DATABASE_URL: the database can't be opened. {error}") from None
        call_command("migrate", interactive=False, verbosity=1, stdout=self.stderr)
        if sandbox_url:
            ensure_sandbox_account(url=sandbox_url)
        if without_link:
            return
        token = ensure_first_administrator()
        path = reverse("invitation_accept", args=[token]) if token else ""
        self.stdout.write(json.dumps({"first_administrator": path}))
