"""`python -m cdnadmin.sandbox`: as `manage.py sandbox`, without the dashboard's own settings and start-up time."""

from __future__ import annotations

import argparse
from pathlib import Path

from cdnadmin.sandbox.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="cdnadmin.sandbox")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--propagation", type=float, default=2.0, help="seconds to deploy a change")
    given = parser.parse_args()
    serve(data=given.data, port=given.port, propagation_seconds=given.propagation, host=given.host)


if __name__ == "__main__":
    main()
