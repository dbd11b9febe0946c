"""What follows from a change, as a sentence and how grave it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Consequence:
    """`tone`: info, warning (viewers may notice), error (viewers are shut out, or let in)."""

    tone: str
    sentence: str


def info(sentence: str) -> Consequence:
    return Consequence("info", sentence)


def warning(sentence: str) -> Consequence:
    return Consequence("warning", sentence)


def error(sentence: str) -> Consequence:
    return Consequence("error", sentence)
