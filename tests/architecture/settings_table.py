"""The table of docs/settings.md, from `cdnadmin.env.VARIABLES`; `python -m tests.architecture.settings_table` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cdnadmin.env import BASE_DIR, DEVELOPMENT_SECRET, VARIABLES, Variable

PAGE = BASE_DIR / "docs" / "settings.md"
BEGIN, END = "<!-- table: cdnadmin.env.VARIABLES -->", "<!-- end of table -->"


def _default(variable: Variable[Any]) -> str:
    value = variable.default
    if value == DEVELOPMENT_SECRET:
        return "for development only"
    if isinstance(value, Path):
        return f"`{value.relative_to(BASE_DIR)}`"
    if isinstance(value, bool):
        return f"`{int(value)}`"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{value}`" if value not in ("", ()) else "empty"


def table() -> str:
    rows = [f"| `{variable.name}` | {_default(variable)} | {variable.about} |" for variable in VARIABLES.values()]
    return "\n".join(["| variable | without it | what it is |", "| --- | --- | --- |", *rows])


def written() -> str:
    """The table as the page has it."""
    return PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip()


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(f"{text.split(BEGIN)[0]}{BEGIN}\n{table()}\n{END}{text.split(END)[1]}", encoding="utf-8")
