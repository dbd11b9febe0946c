"""`python -m cdnadmin.supervisor`, which `make run` calls."""

from __future__ import annotations

import sys

from django.core.exceptions import ImproperlyConfigured

from cdnadmin.env import read_environment
from cdnadmin.supervisor.ports import PortTaken
from cdnadmin.supervisor.stages import Ended, StartFailed, Supervisor, lock

WRONG_SETTING = 2


def main() -> int:
    """0 when told to end, 1 when a stage failed, 2 when a setting (a taken port among them) is wrong."""
    supervisor = Supervisor()
    supervisor.install_handlers()
    try:
        held = lock(read_environment().data_dir)
        if held is None:
            raise StartFailed("cdnadmin runs already on this data directory. End that one, or set another DATA_DIR.")
        supervisor.start()
        supervisor.watch()
    except Ended:
        pass
    except (PortTaken, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return WRONG_SETTING
    except StartFailed as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    finally:
        supervisor.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
