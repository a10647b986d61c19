"""botocore's table of endpoints is only parsed as far as it is accessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.regions import EndpointResolver

from smsreg._runtime.aws.endpoint_table import endpoint_table

CONTENT = (Path(botocore.__file__).parent / "data" / "endpoints.json").read_bytes()
WHOLE: dict[str, Any] = json.loads(CONTENT)
NAMES = sorted({name for each in WHOLE["partitions"] for name in each["services"]})


def test_all_but_the_services_is_there_at_once() -> None:
    table = endpoint_table(CONTENT)
    assert {**table, "partitions": None} == {**WHOLE, "partitions": None}
    assert len(table["partitions"]) == len(WHOLE["partitions"])
    for partition, whole in zip(table["partitions"], WHOLE["partitions"], strict=True):
        assert {**partition, "services": None} == {**whole, "services": None}


@pytest.mark.parametrize("expected", [(), ("sms-voice", "no-such-service")])
def test_services_are_those_of_the_file(expected: tuple[str, ...]) -> None:
    for partition, whole in zip(
        endpoint_table(CONTENT, expected)["partitions"], WHOLE["partitions"], strict=True
    ):
        services = partition["services"]
        for name in ("sms-voice", "sts", "no-such-service", "sts"):
            assert services.get(name) == whole["services"].get(name)
            assert (name in services) is (name in whole["services"])
        with pytest.raises(KeyError):
            services["no-such-service"]
        assert len(services) == len(whole["services"])
        assert list(services) == list(whole["services"])
        assert dict(services.items()) == whole["services"]


def test_only_accessed_parts_are_parsed() -> None:
    services = endpoint_table(CONTENT, ["sms-voice"])["partitions"][0]["services"]
    assert set(services._found) == {"sms-voice"}
    assert services["sts"]
    assert set(services._found) == {"sms-voice", "sts"}


@pytest.mark.parametrize("name", [*NAMES[::40], "sms-voice", "no-such-service"])
def test_the_resolver_finds_the_same(name: str) -> None:
    ours, botocores = EndpointResolver(endpoint_table(CONTENT)), EndpointResolver(WHOLE)
    for partition in botocores.get_available_partitions():
        assert ours.get_available_endpoints(name, partition, allow_non_regional=True) == (
            botocores.get_available_endpoints(name, partition, allow_non_regional=True)
        )
    for region in ("us-east-1", "us-gov-west-1", "cn-north-1", "eu-nowhere-9", "aws-global"):
        assert ours.construct_endpoint(name, region) == botocores.construct_endpoint(name, region)
        assert ours.get_partition_for_region("us-east-1") == "aws"


@pytest.mark.parametrize(
    "content",
    [{}, {"partitions": []}, {"partitions": [{}]}, {"partitions": 5}, [], {"partitions": [7]}],
)
def test_another_kind_of_file_is_returned_as_it_is(content: object) -> None:
    table = endpoint_table(json.dumps(content).encode())
    without = {"partitions": [{"services": {}}]} if content == {"partitions": [{}]} else content
    assert json.loads(json.dumps(table, default=dict)) == without


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"nonsense"])
def test_invalid_json_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"line|column|utf") as caught:
        endpoint_table(content)
    assert type(caught.value) is ValueError
