"""One thing that the doctor found."""

from __future__ import annotations

from dataclasses import dataclass

from distributions.doctor.sorts import SORTS, Sort


@dataclass(frozen=True)
class Finding:
    """`subject` tells two of a sort apart at the same place: a Sid, a pattern, a host name. `details`: a text to copy, as a
    statement or a list of permissions. `mend` "": nothing is mended from here.
    """

    code: str
    sentence: str
    subject: str = ""
    details: str = ""
    mend: str = ""

    @property
    def sort(self) -> Sort:
        return SORTS[self.code]
