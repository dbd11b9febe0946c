"""Settings that AWS answers and botocore's model does not have, found in the raw XML by the model itself."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from cdnadmin.aws.distributions import refuse_unknown
from cdnadmin.aws.unknown_fields import UNKNOWN_FIELDS, note_unknown_fields
from cdnadmin.errors import AwsError

NS = 'xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"'
CONFIG = """<CallerReference>x</CallerReference>{top}<Origins><Quantity>2</Quantity><Items>
<Origin><Id>a</Id>{origin}</Origin><Origin><Id>b</Id>{origin}</Origin></Items></Origins><Comment/>"""


def found(operation: str, body: str, status: int = 200) -> list[str] | None:
    model = botocore.session.Session().get_service_model("cloudfront").operation_model(operation)
    parsed: dict[str, Any] = {}
    note_unknown_fields(model, {"status_code": status, "body": body.encode()}, parsed)
    return parsed.get(UNKNOWN_FIELDS)


def distribution(outside: str = "", **given: str) -> str:
    config = CONFIG.format(**{"top": "", "origin": "", **given})
    return f"<Distribution {NS}><Id>E1</Id>{outside}<DistributionConfig>{config}</DistributionConfig></Distribution>"


@pytest.mark.parametrize("operation", ["GetDistribution", "UpdateDistribution", "CreateDistribution", "CreateDistributionWithTags"])
def test_what_the_model_does_not_have_is_named_by_its_path(operation: str) -> None:
    assert found(operation, distribution()) == []
    assert found(operation, distribution(top="<New><Deep>1</Deep></New>")) == ["DistributionConfig/New"]
    # Two origins have it: it is one setting.
    assert found(operation, distribution(origin="<New/>")) == ["DistributionConfig/Origins/Items/Origin/New"]


def test_paths_are_the_same_where_the_answer_is_the_configuration_alone() -> None:
    config = CONFIG.format(top="<New/>", origin="")
    assert found("GetDistributionConfig", f"<DistributionConfig {NS}>{config}</DistributionConfig>") == ["DistributionConfig/New"]
    old = f"<StreamingDistributionConfig {NS}><CallerReference>x</CallerReference><New/></StreamingDistributionConfig>"
    assert found("GetStreamingDistributionConfig", old) == ["StreamingDistributionConfig/New"]


@pytest.mark.parametrize("operation", ["GetStreamingDistribution", "UpdateStreamingDistribution", "CreateStreamingDistribution"])
def test_streaming_distributions_are_looked_through_too(operation: str) -> None:
    config = "<StreamingDistributionConfig><New/></StreamingDistributionConfig>"
    assert found(operation, f"<StreamingDistribution {NS}>{config}</StreamingDistribution>") == ["StreamingDistributionConfig/New"]


def test_what_an_update_does_not_write_back_is_no_loss() -> None:
    assert found("GetDistribution", distribution(outside="<NewCounter>3</NewCounter>")) == []


def test_errors_and_what_is_no_xml_are_left_to_botocore() -> None:
    assert found("GetDistribution", "<ErrorResponse><Error/></ErrorResponse>", 404) is None
    assert found("GetDistribution", "not xml") is None
    assert found("ListDistributions", "<DistributionList><New/></DistributionList>") is None


def test_a_refusal_names_the_settings_and_what_to_do() -> None:
    refuse_unknown(())
    with pytest.raises(AwsError) as refused:
        refuse_unknown(("DistributionConfig/Origins/Items/Origin/New", "DistributionConfig/Other"))
    assert refused.value.code == "UnknownFields"
    assert "(Origins/Items/Origin/New, Other)" in refused.value.message
    assert "Nothing was changed." in refused.value.message
    assert not refused.value.retryable
