"""Every rule of the control plane over boto3, and those of S3 on who reaches what: operation, situation, code, status.

Sources: CloudFront API Reference, each operation's "Errors"; Developer Guide, "Quotas".
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.conftest import start_sandbox
from tests.integration.sandbox import rule_rows_access, rule_rows_config, rule_rows_policies, rule_rows_resources
from tests.integration.sandbox.rule_world import Row, World

ROWS = [*rule_rows_config.ROWS, *rule_rows_resources.ROWS, *rule_rows_policies.ROWS, *rule_rows_access.ROWS]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A sandbox of the table's own, where nothing but the quotas that rows lower stands in anybody's way."""
    process, running = start_sandbox(tmp_path_factory.mktemp("rules"), propagation=0.2)
    made = World(running)
    made.quota(
        **{"public-key": 100, "key-group": 100, "CachePolicy": 100, "OriginRequestPolicy": 100, "ResponseHeadersPolicy": 100}
    )
    yield made
    process.terminate()
    process.wait(timeout=10)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.operation}: {row.situation}")
def test_the_rule_is_kept(world: World, row: Row) -> None:
    with pytest.raises(ClientError) as caught:
        row.bring_about(world)
    response = caught.value.response
    refused = (caught.value.operation_name, response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"])
    assert refused == (row.operation, row.code, row.status), response["Error"]["Message"]
