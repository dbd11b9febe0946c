"""What stands in the terminal once everything runs."""

from __future__ import annotations


def box(lines: list[str]) -> str:
    """The lines in a frame; "" makes an empty one."""
    width = max(len(line) for line in lines)
    middle = [f"│  {line:<{width}}  │" for line in lines]
    edge = "─" * (width + 4)
    return "\n".join([f"╭{edge}╮", *middle, f"╰{edge}╯"])


def welcome(*, address: str, first_link: str, sandbox: str, data_dir: str) -> str:
    """`first_link` is the first administrator's one-time link, or "" where one exists."""
    lines = ["cdnadmin runs at", "", f"    {address}/", ""]
    if first_link:
        lines += ["You are its first administrator. Choose your password here (the link works once):", "", f"    {first_link}", ""]
    if sandbox:
        lines += [f"Sandbox (a local AWS)  {sandbox}   key: sandbox / sandbox"]
    lines += [f"Data and logs          {data_dir}", "Ctrl-C ends everything."]
    return box(lines)
