"""`manage.py sandbox`: a local AWS and edge, for a first run, tests and demos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cdnadmin.env import SANDBOX_PORT, SANDBOX_PROPAGATION_SECONDS


class Command(BaseCommand):
    help = "Run the sandbox: S3, CloudFront and its edge on one port, with the credentials sandbox / sandbox."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=SANDBOX_PORT.default)
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on; its keys are known to everybody")
        parser.add_argument("--data", type=Path, default=settings.DATA_DIR / "sandbox")
        parser.add_argument(
            "--propagation", type=float, default=SANDBOX_PROPAGATION_SECONDS.default, help="seconds to deploy a change"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from cdnadmin.sandbox.server import serve

        self.stderr.write(f"Sandbox at http://127.0.0.1:{options['port']} (region us-east-1, keys sandbox / sandbox)")
        try:
            serve(data=options["data"], port=options["port"], propagation_seconds=options["propagation"], host=options["host"])
        except OSError as error:
            raise CommandError(f"Port {options['port']} can't be listened on: {error.strerror}.") from None
