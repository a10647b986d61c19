"""The error reader returns what aiobotocore's parser returns, wherever that parser succeeds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.parsers import create_parser
from botocore.loaders import Loader
from botocore.model import ServiceModel

from smsreg._runtime.aws.error_reader import _reader, read_error
from tests.support.known import known_clients

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADERS = {"x-amzn-requestid": "r-1", "content-type": "application/x-amz-json-1.0"}
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**70, 1.5, 1e308, float("inf"), float("nan"), "", "x", "0"),
    *("\u202e\x1b\x00", "\U0001f600", "\ud83d", "2026-11-26T00:00:00Z", "Zg==", "x" * 100_000),
    *([], [[]], [None], ["a", 1], [{}], [{"a": None}], {}, {"a": 1}, {"message": "inner"}),
)
"""Values that are invalid for most members of an error, and valid for some."""

KINDS = {
    "text": {"type": "string"},
    "number": {"type": "integer"},
    "long": {"type": "long"},
    "amount": {"type": "double"},
    "flag": {"type": "boolean"},
    "time": {"type": "timestamp"},
    "iso": {"type": "timestamp", "timestampFormat": "iso8601"},
    "bytes": {"type": "blob"},
    "texts": {"type": "list", "member": {"shape": "text"}},
    "numbers": {"type": "list", "member": {"shape": "number"}},
    "map": {"type": "map", "key": {"shape": "text"}, "value": {"shape": "text"}},
    "document": {"type": "structure", "document": True, "members": {}},
    "choice": {
        "type": "structure",
        "union": True,
        "members": {"a": {"shape": "text"}, "b": {"shape": "texts"}},
    },
    "tree": {
        "type": "structure",
        "members": {"name": {"shape": "text"}, "children": {"shape": "trees"}},
    },
    "trees": {"type": "list", "member": {"shape": "tree"}},
    "nested": {
        "type": "structure",
        "members": {"texts": {"shape": "texts"}, "code": {"shape": "text"}},
    },
}
MEMBERS: dict[str, dict[str, Any]] = {
    **{f"{kind}Exception": {kind: {"shape": kind}} for kind in KINDS},
    "RenamedException": {"text": {"shape": "text", "locationName": "renamed"}},
    "HeaderException": {
        "text": {"shape": "text", "location": "header", "locationName": "x-text"},
        "status": {"shape": "number", "location": "statusCode"},
        "number": {"shape": "number"},
    },
    "CodeException": {"code": {"shape": "text"}, "Code": {"shape": "text"}},
    "EmptyException": {},
}


def future_service(protocol: str) -> ServiceModel:
    """A service whose errors have members of every type."""
    errors = {
        name: {"type": "structure", "exception": True, "members": members}
        for name, members in MEMBERS.items()
    }
    return ServiceModel(
        {
            "metadata": {
                "protocol": protocol,
                "protocols": [protocol],
                "serviceId": "Tomorrow",
                "apiVersion": "2030-01-01",
                "endpointPrefix": "tomorrow",
                "jsonVersion": "1.0",
            },
            "operations": {
                "Act": {
                    "name": "Act",
                    "http": {"method": "POST", "requestUri": "/"},
                    "errors": [{"shape": name} for name in MEMBERS],
                }
            },
            "shapes": {**KINDS, **errors},
        },
        service_name="tomorrow",
    )


def installed(name: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(name, "service-2"), service_name=name)


SERVICES = {
    **{client.service_name: installed(client.service_name) for client in known_clients()},
    **{f"{protocol} of tomorrow": future_service(protocol) for protocol in ("json", "rest-json")},
}
SHAPES = [(service, shape.name) for service in SERVICES for shape in SERVICES[service].error_shapes]


async def by_botocore(
    model: Any, code: str, status: int, headers: dict[str, str], body: bytes
) -> dict[str, Any]:
    """Parse an error as an aiobotocore client does: code, message, metadata and members.

    The members are parsed by the shape of the code; if the parser fails on it, there are none.
    """
    parser = create_parser(model.service_model.resolved_protocol)
    response = {
        "status_code": status,
        "headers": headers,
        "body": body,
        "context": {"operation_name": model.name},
    }
    parsed: dict[str, Any] = await parser.parse(response, model.output_shape)
    shape = model.service_model.shape_for_error_code(code)
    if shape is not None:
        try:
            parsed.update(await parser.parse(response, shape))
        except Exception:  # noqa: BLE001 -- it raises anything
            parsed.update({})
    parsed["Error"]["Code"] = code
    return parsed


def valid(shape: Any, depth: int = 0) -> Any:
    """A value of a shape, in wire format."""
    if shape.type_name == "structure":
        members = shape.members.items() if depth < 4 else ()
        if shape.is_tagged_union:
            members = list(members)[:1]
        return {
            member.serialization.get("name", name): valid(member, depth + 1)
            for name, member in members
        }
    if shape.type_name == "list":
        return [valid(shape.member, depth + 1), valid(shape.member, depth + 1)]
    if shape.type_name == "map":
        return {"key": valid(shape.value, depth + 1)}
    other = {"boolean": True, "timestamp": 1_700_000_000.5, "blob": "Zg==", "string": "some text"}
    return other.get(shape.type_name, 7)


def corrupted(value: Any) -> Iterator[Any]:
    """Replace each part of a value by an odd one in turn."""
    yield from ODD
    if isinstance(value, dict):
        for name, member in value.items():
            yield {n: m for n, m in value.items() if n != name}
            yield from ({**value, name: odd} for odd in corrupted(member))
    if isinstance(value, list):
        yield from ([odd, *value[1:]] for odd in corrupted(value[0]))


def contents(shape: Any) -> Iterator[dict[str, Any]]:
    """Yield contents of an error's body, without its code."""
    good = valid(shape)
    yield good
    yield {**good, "OfTomorrow": {"a": [1, None]}, "message": "lower", "Message": "upper"}
    yield {"Message": "upper", "ofTomorrow": None}
    for content in corrupted(good):
        if isinstance(content, dict):
            yield content
    for name in ("message", "Message"):
        yield from ({name: odd} for odd in ODD)
        yield from ({**good, name: odd} for odd in ODD)


def code_locations(code: str) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Yield the headers and members for each location where an error's code may be."""
    spelt = f"com.amazonaws.service#{code}:http://internal.amazon.com/coral/#x"
    yield {}, {"__type": code}
    yield {}, {"__type": spelt}
    yield {}, {"code": spelt}
    yield {}, {"Code": code, "code": ""}
    yield {"x-amzn-errortype": spelt}, {}
    yield {"x-amzn-errortype": "OfAProxy"}, {"__type": spelt, "code": "Other", "Code": "Other"}
    yield {"x-amzn-errortype": code, "x-amzn-query-error": "Older;Sender"}, {"__type": code}


def exact(value: Any) -> Any:
    """Return a value with the types of all its parts."""
    if isinstance(value, dict):
        return {name: exact(member) for name, member in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return type(value), repr(value)


@pytest.mark.parametrize(("service", "name"), SHAPES)
async def test_every_error_is_read_as_by_botocore(service: str, name: str) -> None:
    model = SERVICES[service].operation_model(SERVICES[service].operation_names[0])
    shape = SERVICES[service].shape_for_error_code(name)
    count = 0
    for content in contents(shape):
        for headers, code in list(code_locations(name))[: None if count < 30 else 1]:
            received = {**HEADERS, **headers, "x-text": "in a header"}
            # The shape may itself have one of the members that can contain a code.
            body = json.dumps({**content, **code}).encode()
            expected = await by_botocore(model, name, 400, received, body)
            found = read_error(model, 400, received, body)
            assert exact(found) == exact(expected)
            count += 1
    assert count > 2 * len(ODD)


@pytest.mark.parametrize("status", [400, 429, 500, 503])
@pytest.mark.parametrize("service", SERVICES)
async def test_other_codes_are_read_as_by_botocore(service: str, status: int) -> None:
    model = SERVICES[service].operation_model(SERVICES[service].operation_names[0])
    bodies = [json.dumps({"message": odd, "Reason": odd}).encode() for odd in ODD]
    bodies += [b'{"message": %s}' % (b"[" * depth + b"]" * depth) for depth in (1, 2, 150)]
    bodies += [b'{"message": %s}' % (b"9" * digits) for digits in (20, 4300)]
    bodies += [b'{"message": "1", "message": 1e999}', b" \r\n\t{}\n", b'{"a": -0, "message": -0.0}']
    bodies += [rb'{"message": "\ud83d\ude00"}', rb'{"\ud83d": 1, "message": "\udc00\ud83d x"}']
    for body in bodies:
        for headers in (HEADERS, {}):
            received = {**headers, "x-amzn-errortype": "OfTomorrowException"}
            expected = await by_botocore(model, "OfTomorrowException", status, received, body)
            assert exact(read_error(model, status, received, body)) == exact(expected)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("odd", [odd for odd in ODD if not isinstance(odd, str)], ids=repr)
async def test_codes_that_are_no_strings(service: str, odd: Any) -> None:
    """botocore fails on some members; without them it parses the rest."""
    name = SERVICES[service].error_shapes[0].name
    model = SERVICES[service].operation_model(SERVICES[service].operation_names[0])
    content = {**valid(SERVICES[service].shape_for_error_code(name)), "message": "no"}
    for code in ("__type", "code", "Code"):
        odd_codes = {**dict.fromkeys(("__type", "code", "Code"), odd), code: f"ns#{name}"}
        headers = {**HEADERS, "x-amzn-errortype": name}
        expected = await by_botocore(model, name, 400, headers, json.dumps(content).encode())
        for received, codes in ((HEADERS, odd_codes), (headers, {"__type": odd})):
            body = json.dumps({**content, **codes}).encode()
            found = read_error(model, 400, received, body)
            found["ResponseMetadata"]["HTTPHeaders"] = headers
            assert exact(found) == exact(expected)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b" ",
            b"[]",
            b"null",
            b"7",
            b'"x"',
            b"<html></html>",
            b"{",
            b'{"a": 1}x',
            b"{'a': 1}",
        ),
        *(b"\xef\xbb\xbf{}", b'{"message": "\xff"}', b'{"message": "\n"}', b'{"a":' * 9000),
        *(b'{"a": %s}' % (b"9" * 5000), b"\x00", b"x" * 1_000_000),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_a_body_that_is_no_object(service: str, body: bytes) -> None:
    model = SERVICES[service].operation_model(SERVICES[service].operation_names[0])
    name = SERVICES[service].error_shapes[0].name
    for headers, code in ((HEADERS, "503"), ({"x-amzn-errortype": f"{name}:http://x"}, name)):
        assert read_error(model, 503, headers, body) == {
            "Error": {"Code": code, "Message": ""},
            "ResponseMetadata": {
                "RequestId": headers.get("x-amzn-requestid"),
                "HTTPStatusCode": 503,
                "HTTPHeaders": headers,
            },
        }


def test_most_errors_are_read_directly() -> None:
    """All services' errors are read directly; shapes that no service has are left to botocore."""
    direct = {
        (service, shape.name)
        for service in SERVICES
        for shape in SERVICES[service].error_shapes
        if _reader(shape) is not None
    }
    plain = {
        "textException",
        "textsException",
        "nestedException",
        "CodeException",
        "EmptyException",
    }
    tomorrow = {name for service, name in SHAPES if service.endswith("of tomorrow")}
    assert {name for service, name in direct if service.endswith("of tomorrow")} == plain < tomorrow
    assert {(s, n) for s, n in SHAPES if not s.endswith("of tomorrow")} < direct
