"""What people type, made harmless for the sentences that it is put into."""

from __future__ import annotations

import re
import unicodedata

# They mirror whatever follows them, our own words too: marks, embeddings, overrides, isolates, and the deprecated ones.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]")


def without_controls(text: str, *, keep_lines: bool = False) -> str:
    """The text without characters that turn the direction of writing; other control characters become spaces.

    Zero-width joiners stay: scripts and emoji are made with them. `keep_lines` is for texts of several lines.
    """
    if keep_lines:
        return "\n".join(map(without_controls, re.split(r"\r\n|\r|\n", text)))
    turned = _BIDI.sub("", text)
    return "".join(" " if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} else each for each in turned)
