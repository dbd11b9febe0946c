"""What people ask for during a storm, and what must have come of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from cdnadmin.accounts.models import Bucket, User
from distributions.models import Distribution
from distributions.services.distributions import NewDistribution, create_distribution
from media.models import Upload
from media.services.uploads import complete_upload
from tests.integration.media.conftest import make_distribution, receive

MIB = 1 << 20
EMPTY_ONE_IN, LARGE_ONE_IN = 10, 6


def bytes_of(seed: str, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


@dataclass
class Demand:
    """Uploads and creations, handed in bit by bit, as people would. The same seed asks for the same."""

    person: User
    bucket: Bucket
    seed: int
    uploads: int
    creations: int
    made: list[Distribution] = field(default_factory=list)
    uploaded: dict[int, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.seed} demand")
        # Two that uploads may go to before the first creation has ended; CloudFront need not know them for that.
        self.homes = [make_distribution(self.bucket, kind=kind, name=f"Home {kind}") for kind in ("public", "private")]
        self.sizes = [self._size(number) for number in range(self.uploads)]
        self.rng.shuffle(self.sizes)

    def _size(self, number: int) -> int:
        """Bytes: one in ten is empty, one in six so large that it goes in 3 to 8 parts of 8 MiB."""
        if number % EMPTY_ONE_IN == 0:
            return 0
        if number % LARGE_ONE_IN == 1:
            return self.rng.randint(16 * MIB + 1, 60 * MIB)
        return self.rng.randint(1, 2 * MIB)

    def ask(self, *, of_rounds: int) -> None:
        """This round's share of what is left, when `of_rounds` rounds are left, this one counted."""
        for _ in range(-(-(self.creations - len(self.made)) // of_rounds)):
            self._create(len(self.made))
        for _ in range(-(-(self.uploads - len(self.uploaded)) // of_rounds)):
            self._upload(len(self.uploaded))

    def _create(self, number: int) -> None:
        kind = Distribution.Kind.PRIVATE if number % 2 else Distribution.Kind.PUBLIC
        wanted = NewDistribution(name=f"Site {number}", bucket=self.bucket, kind=kind)
        self.made.append(create_distribution(actor=self.person, wanted=wanted))

    def _upload(self, number: int) -> None:
        at_cloudfront = Distribution.objects.filter(pk__in=[one.pk for one in self.made]).exclude(arn="")
        where = self.rng.choice([*self.homes, *at_cloudfront.order_by("pk")])
        seed, size = f"{self.seed} file {number}", self.sizes[number]
        upload: Upload = receive(self.person, where, bytes_of(seed, size), name=f"file {number}.bin")
        complete_upload(upload=upload)
        self.uploaded[upload.version_id] = (seed, size)

    @property
    def bytes_asked(self) -> int:
        return sum(self.sizes)
