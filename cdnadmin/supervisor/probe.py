"""`python -m cdnadmin.supervisor.probe`: whether the web server of this container is ready. Docker's health check.

It asks under the name that people use, since production answers to no other.
"""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from cdnadmin.env import PORT, PUBLIC_URL
from cdnadmin.supervisor.ports import HOST

PATH = "/health/ready/"


def ready(environ: Mapping[str, str]) -> bool:
    """True when /health/ready/ answers 200 on this machine's PORT within four seconds."""
    port = int(str(PORT.read(environ)))
    host = urlsplit(str(PUBLIC_URL.read(environ))).netloc or f"localhost:{port}"
    line = http.client.HTTPConnection(HOST, port, timeout=4)
    try:
        line.request("GET", PATH, headers={"Host": host})
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


if __name__ == "__main__":
    sys.exit(0 if ready(os.environ) else 1)
