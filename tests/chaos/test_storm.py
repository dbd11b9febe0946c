"""Workers killed at random over uploads and creations: everything ends, and nothing is there twice at AWS."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from cdnadmin.accounts.models import Bucket, Role, User
from cdnadmin.accounts.services.aws_accounts import ensure_sandbox_account
from cdnadmin.accounts.services.buckets import create_bucket
from cdnadmin.operations.models import Operation
from tests.chaos.asked import MIB, Demand
from tests.chaos.evidence import Evidence
from tests.chaos.rig import Rig, running_rig
from tests.chaos.storm import Blow, Storm
from tests.chaos.waits import Waits

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]

RUNNING_AGAIN_SECONDS = 60.0
WHOLE_STORM_SECONDS = 300.0


@pytest.fixture
def administrator() -> User:
    return User.objects.create_user("ada@example.org", "a long pass phrase", name="Ada", role=Role.ADMINISTRATOR)


def new_bucket(rig: Rig) -> Bucket:
    account = ensure_sandbox_account(url=rig.url)
    return create_bucket(actor=None, account=account, name="a-storm")


def table(seed: int, storm: Storm, evidence: Evidence, seconds: float) -> str:
    demand, waits = storm.demand, storm.waits
    sent, asked = evidence.bytes_sent, demand.bytes_asked
    parts = sum(size > 16 * MIB for size in demand.sizes)
    rows = {
        "seed": seed,
        "worker killed (SIGKILL, its group)": storm.kills,
        "broker": ", ".join(f"{blow.value} (round {number})" for number, blow in storm.blows.items()) or "left alone",
        "uploads": f"{demand.uploads}: {parts} in parts, {demand.sizes.count(0)} empty",
        "completed objects at S3": sum(evidence.by_operation[name] for name in ("PutObject", "CompleteMultipartUpload")),
        "transfers begun / given up": f"{evidence.by_operation['CreateMultipartUpload']} / "
        f"{evidence.by_operation['AbortMultipartUpload']}",
        "bytes that S3 took": f"{sent / MIB:.1f} MiB for {asked / MIB:.1f} MiB ({sent / asked:.3f})",
        "creations": demand.creations,
        "distributions created at CloudFront": evidence.by_operation["CreateDistribution"],
        "public keys / key groups / OACs made": " / ".join(
            str(evidence.by_operation[name]) for name in ("CreatePublicKey", "CreateKeyGroup", "CreateOriginAccessControl")
        ),
        "interrupted while held": len(waits.seconds),
        "running again after, at most": f"{waits.longest:.1f} s",
        "failed": Operation.objects.filter(state=Operation.State.FAILED).count(),
        "alarms in the logs": sum("ERROR" in line or "CRITICAL" in line for line in storm.rig.said),
        "the whole": f"{seconds:.0f} s",
    }
    return "\n" + "\n".join(f"  {name:<38} {value}" for name, value in rows.items())


def survive(storm: Storm, *, seed: int, settle_seconds: float) -> float:
    """Storm, calm, evidence; answers how long it took."""
    began = time.monotonic()
    storm.rig.be_as_slow_as_aws()
    try:
        storm.rage()
        storm.settle(seconds=settle_seconds)
    finally:
        print("\n".join(line for line in storm.rig.said if "ERROR" in line or "CRITICAL" in line))
        unfinished = Operation.objects.exclude(state=Operation.State.SUCCEEDED)
        print("\n".join(f"{one.state} {one.title}, {one.step}, start {one.attempt}: {one.note}" for one in unfinished))
    storm.rig.answer_at_once()
    seconds = time.monotonic() - began
    evidence = Evidence(storm.rig, storm.demand)
    print(table(seed, storm, evidence, seconds))
    evidence.check()
    assert len(storm.waits.seconds) >= storm.kills // 4, "hardly a kill met work: this proves nothing"
    assert storm.waits.longest < RUNNING_AGAIN_SECONDS
    return seconds


@pytest.mark.chaos
def test_twenty_kills_over_fifty_uploads_and_ten_creations(administrator: User, tmp_path: Path) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
    print(f"\nCHAOS_SEED={seed}")
    with running_rig(tmp_path / "var", propagation=1.0) as rig:
        demand = Demand(administrator, new_bucket(rig), seed, uploads=50, creations=10)
        rng = random.Random(f"{seed} blows")
        flushed, killed = rng.sample(range(2, 18), 2)
        blows = {flushed: Blow.FLUSH, killed: Blow.KILL_BROKER}
        storm = Storm(rig, demand, seed, kills=20, blows=dict(sorted(blows.items())))
        assert survive(storm, seed=seed, settle_seconds=150) < WHOLE_STORM_SECONDS


def test_two_kills_over_four_uploads_and_two_creations(administrator: User, tmp_path: Path) -> None:
    with running_rig(tmp_path / "var", propagation=0.3, lease_seconds=2) as rig:
        demand = Demand(administrator, new_bucket(rig), 7, uploads=4, creations=2)
        storm = Storm(rig, demand, 7, kills=2, waits=Waits(soonest_seconds=0.5))
        survive(storm, seed=7, settle_seconds=40)
