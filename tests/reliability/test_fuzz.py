"""Mutated responses to every operation raise exceptions of the package's tree, and no others."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from smsreg import RetryPolicy
from smsreg._runtime.aws.error_reader import read_error
from smsreg._runtime.aws.response_reader import read_success
from smsreg._runtime.retry.classify import failure_of
from smsreg.errors import InvalidResponseError, ServiceError, SmsregError
from tests.support.scripts import raw
from tests.support.server import Server

from .samples import READ, REST_READ, SMS, SOCIAL, Client, via

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel

    from .conftest import Connect

pytestmark = pytest.mark.sampled

CASES = 20_000
WHOLE = 150
"""Cases for each path that go through a client and a server."""

ODD = (
    None,
    True,
    False,
    0,
    -1,
    2**70,
    1.5,
    1e308,
    "",
    "x",
    "\x1b\ud800",
    [],
    [[]],
    {},
    {"a": 1},
    "NaN",
)


def contents(rng: random.Random, shape: Any) -> Any:
    """A valid value of a shape, in wire format."""
    kind = shape.type_name
    if kind == "structure":
        return {
            member.serialization.get("name", name): contents(rng, member)
            for name, member in shape.members.items()
        }
    if kind == "list":
        return [contents(rng, shape.member) for _ in range(rng.randint(0, 2))]
    if kind == "map":
        return {"key": contents(rng, shape.value)}
    return {
        "string": lambda: rng.choice([*shape.enum, "text"]) if kind == "string" else "",
        "boolean": lambda: True,
        "timestamp": lambda: 1_700_000_000.5,
        "blob": lambda: b64encode(b"blob").decode(),
    }.get(kind, lambda: 7)()


def wrong_type(rng: random.Random, value: Any) -> Any:
    """Replace one part of a JSON value with an odd value."""
    if rng.random() < 0.3 or not value or not isinstance(value, (dict, list)):
        return rng.choice(ODD)
    if isinstance(value, list):
        at = rng.randrange(len(value))
        return [*value[:at], wrong_type(rng, value[at]), *value[at + 1 :]]
    key = rng.choice(list(value))
    return {**value, key: wrong_type(rng, value[key])}


def mutated(rng: random.Random, body: bytes) -> bytes:
    """Flip bits, cut, duplicate or insert bytes, several times."""
    data = bytearray(body)
    for _ in range(rng.randint(1, 4)):
        at, to = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
        how = rng.randrange(5)
        if how == 0 and data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        elif how == 1:
            del data[at:]
        elif how == 2:
            del data[at:to]
        elif how == 3:
            data[to:to] = data[at:to]
        else:
            data[at:at] = rng.choice(
                [b"\x00", b"[", b"{", b'"', b"\\ud800", b"1e999", b"NaN", b",,"]
            )
    return bytes(data)


def mutated_responses(
    rng: random.Random, service: ServiceModel, model: OperationModel
) -> Iterator[tuple[int, dict[str, str], bytes]]:
    """Mutated responses to one operation: successes and errors."""
    while True:
        headers = {"x-amzn-requestid": "request-1", "date": "Mon, 01 Jan 2024 00:00:00 GMT"}
        if rng.random() < 0.5:
            status = rng.choice([200, 200, 200, 201, 204, 206, 299])
            value = contents(rng, model.output_shape) if model.output_shape else {}
        else:
            status = rng.choice(
                [300, 304, 400, 403, 404, 409, 413, 418, 429, 500, 503, 511, 599, 999]
            )
            modelled = rng.choice(service.error_shapes)
            value = {"__type": f"com.amazonaws#{modelled.name}", "message": "m\x1b\n"}
            value |= contents(rng, modelled)
            if rng.random() < 0.3:
                headers["x-amzn-errortype"] = rng.choice(
                    [modelled.name, "", ":", "#", "a:b#c", "\x85"]
                )
            if rng.random() < 0.3:
                headers["x-amz-retry-after"] = rng.choice(["5", "-1", "9" * 5000, "x", ""])
            if rng.random() < 0.3:
                headers["date"] = rng.choice(["", "x", "Mon, 99 Jan 2024", "1" * 99])
        if rng.random() < 0.5:
            value = wrong_type(rng, value)
        body = json.dumps(value).encode()
        yield status, headers, body if rng.random() < 0.3 else mutated(rng, body)


def service_of(client_type: type[Client]) -> ServiceModel:
    name = client_type.service_name
    return ServiceModel(Loader().load_service_model(name, "service-2"), service_name=name)


def check(error: SmsregError) -> None:
    assert str(error).replace("\n", "").isprintable()
    assert repr(error).isprintable()


@pytest.mark.parametrize("client_type", [SMS, SOCIAL])
@pytest.mark.parametrize("part", range(4))
async def test_fuzzing_of_every_operation(client_type: type[Client], part: int) -> None:
    service = service_of(client_type)
    operations = {operation.name: operation for operation in client_type.operations.values()}
    known = client_type._errors()
    models = [service.operation_model(name) for name in service.operation_names]
    rng = random.Random(part)  # noqa: S311 -- the same cases on every run
    sources = [mutated_responses(rng, service, model) for model in models]
    cases = CASES // 8
    read = refused = errors = 0
    for number in range(cases):
        model, source = models[number % len(models)], sources[number % len(models)]
        status, headers, body = next(source)
        try:
            if status < 300:
                result = read_success(operations[model.name], status, headers, body)
            else:
                parsed = read_error(model, status, headers, body)
        except InvalidResponseError as error:
            check(error)
            refused += 1
            continue
        if status < 300:
            repr(result)
            result.to_boto()
            read += 1
            continue
        failure = failure_of(ClientError(parsed, model.name), model.name, known)
        assert failure is not None
        assert isinstance(failure.error, ServiceError)
        for name in dir(type(failure.error)):
            if not name.startswith("_"):
                getattr(failure.error, name)
        check(failure.error)
        errors += 1
    assert read + refused + errors == cases
    assert min(read, refused, errors) > cases / 20


FUZZED = (READ, REST_READ, *via("ordinary", "session", "borrowed", of=(READ, REST_READ)))


@pytest.mark.parametrize("sample", FUZZED, ids=str)
async def test_fuzzing_through_the_whole_client(sample: Any, connect: Connect) -> None:
    service = service_of(sample.client_type)
    model = service.operation_model(sample.name)
    rng = random.Random(sample.path)  # noqa: S311 -- the same cases on every run
    source = mutated_responses(rng, service, model)
    raised = 0
    async with (
        Server(raw(b"")) as server,
        connect(sample, server.url, retry=RetryPolicy.none(), timeout=2) as client,
    ):
        for _ in range(WHOLE):
            status, headers, body = next(source)
            if "location" in headers:
                continue
            lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            data = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
            if rng.random() < 0.3:
                data = mutated(rng, data)
            server.scripts[:] = [raw(data, then="end")]
            try:
                await sample.call(client)
            except SmsregError as error:
                check(error)
                raised += 1
    assert WHOLE / 4 < raised < WHOLE
