"""A round over ListDistributions, a hundred a call, that goes on where it was put off."""

from __future__ import annotations

from collections.abc import Iterator

from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws.distributions import DistributionPage
from cdnadmin.errors import AwsError
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import record_progress
from distributions.budget import Background, BudgetSpent

MARKER = "list_marker"


class Round:
    """Iterate over its pages. `is_whole`: it began at the beginning, so that what it has not shown at its end is not listed.

    Put off by AWS or by the budget, its marker stays in the operation, and the next Round goes on there.
    """

    def __init__(self, operation: Operation, work: Background) -> None:
        self._operation, self._work = operation, work
        self._marker: str = operation.data.get(MARKER, "")
        self.is_whole = not self._marker

    def __iter__(self) -> Iterator[DistributionPage]:
        while True:
            try:
                page = self._page()
            except (AwsError, BudgetSpent):
                record_progress(self._operation, data={MARKER: self._marker})
                raise
            yield page
            if not page.next_marker:
                break
            self._marker = page.next_marker
        if self._operation.data.get(MARKER):
            record_progress(self._operation, data={MARKER: ""})

    def _page(self) -> DistributionPage:
        page = page_after(self._work, self._marker)
        if page is None:
            # From the beginning.
            self._marker, self.is_whole = "", True
            page = page_after(self._work, "")
        assert page is not None  # noqa: S101  (only a marker can be outdated)
        return page


def page_after(work: Background, marker: str) -> DistributionPage | None:
    """One call. None where the distribution that the marker names was deleted meanwhile."""
    work.calls.take()
    try:
        return aws_distributions.list_distributions_page(work.connection, marker=marker)
    except AwsError as error:
        if error.code == "InvalidArgument" and marker:
            return None
        raise
