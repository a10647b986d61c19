"""Every operation of all models: random valid requests, and every constraint broken once."""

from __future__ import annotations

import json
import re
from typing import Any

import aiohttp
import pytest

from smsreg.emulator import Emulator
from tests.random_requests import MODELS, OPERATIONS, Generator, fits, send
from tests.support.sampling import ALL_CASES

# --- responses against shapes


def problems_of(  # noqa: C901, PLR0912  # one branch for each constraint
    shape: Any, value: Any, path: str = "response"
) -> list[str]:
    """Return where a response does not match botocore's output shape."""
    meta, kind = shape.metadata, shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            return [f"{path} is no structure"]
        found = [f"{path}.{n} is missing" for n in shape.required_members if value.get(n) is None]
        for name, item in value.items():
            if name not in shape.members:
                found.append(f"{path}.{name} is unknown")
            else:
                found += problems_of(shape.members[name], item, f"{path}.{name}")
        return found
    types = {
        "list": list, "map": dict, "string": str, "blob": str, "boolean": bool,
        "integer": int, "long": int, "timestamp": (int, float), "double": (int, float),
    }  # fmt: skip
    if not isinstance(value, types[kind]) or (kind != "boolean" and isinstance(value, bool)):
        return [f"{path} is no {kind}: {value!r}"]
    size = len(value) if kind in ("list", "map", "string", "blob") else value
    found = []
    if "min" in meta and size < meta["min"]:
        found.append(f"{path} is below the minimum")
    if "max" in meta and size > meta["max"]:
        found.append(f"{path} is above the maximum")
    if kind == "list":
        for index, item in enumerate(value):
            found += problems_of(shape.member, item, f"{path}[{index}]")
    if kind == "map":
        for key, item in value.items():
            found += problems_of(shape.key, key, f"{path} key")
            found += problems_of(shape.value, item, f"{path}.{key}")
    if kind == "string" and shape.enum and value not in shape.enum:
        found.append(f"{path} is not in the enum: {value}")
    if kind == "string" and not fits(shape, value):
        found.append(f"{path} breaks its pattern: {value!r}")
    return found


@pytest.mark.parametrize("seed", range(3 if ALL_CASES else 1))
async def test_valid_requests_get_valid_responses_or_modelled_errors(seed: int) -> None:
    generator = Generator(seed)
    successes: dict[tuple[str, str], int] = {}
    async with (
        Emulator(check_signatures=False, seed=seed, review_seconds=0.0) as emulator,
        aiohttp.ClientSession() as http,
    ):
        generator.learn("id", emulator.whatsapp_account_id)
        generator.learn("id", emulator.whatsapp_phone_number_id)
        plan = [entry for entry in OPERATIONS for _ in range(12)]
        generator.chance.shuffle(plan)
        # Creation first, so that the other operations find resources.
        plan = [entry for entry in OPERATIONS if entry[1].startswith(("Create", "Request"))] + plan
        for service, name in plan:
            operation = MODELS[service].operation_model(name)
            params = generator.structure(operation.input_shape)
            status, code, document = await send(http, emulator.url, service, name, params)
            where = f"{name} {json.dumps(params)[:400]} -> {status} {json.dumps(document)[:400]}"
            assert status < 500, where
            if status == 200:
                assert problems_of(operation.output_shape, document) == [], where
                successes[service, name] = successes.get((service, name), 0) + 1
                generator.learn("", document)
            else:
                errors = {shape.name: shape for shape in operation.error_shapes}
                assert code in errors, where
                shown = {key: value for key, value in document.items() if key != "__type"}
                assert problems_of(errors[code], shown) == [], where
        assert emulator.unexpected == []
    # The test is only meaningful if most requests are accepted.
    assert len(successes) > 0.6 * len(OPERATIONS), sorted(set(OPERATIONS) - set(successes))


def violations(shape: Any, valid: dict[str, Any]) -> list[tuple[str, Any]]:
    """Yield the name of a violation and the invalid request, for each first-level constraint."""
    found: list[tuple[str, Any]] = [("unknown member", {**valid, "Nonsense": 1})]
    for name in shape.required_members:
        found += [(f"missing {name}", {k: v for k, v in valid.items() if k != name})]
    for name, member in shape.members.items():
        found += [(f"{name}: {label}", {**valid, name: v}) for label, v in broken_values(member)]
    return found


def broken_values(  # noqa: C901, PLR0912  # one branch for each kind
    shape: Any,
) -> list[tuple[str, Any]]:
    meta, kind = shape.metadata, shape.type_name
    low, high = meta.get("min"), meta.get("max")
    values: list[tuple[str, Any]] = []
    if kind == "string":
        if shape.enum:
            return [("enum", "NONSENSE"), ("type", ["x"])]
        values.append(("type", ["x"]))
        if high is not None:
            values.append(("too long", "x" * (high + 1)))
        if low:
            values.append(("too short", ""))
        pattern = meta.get("pattern")
        if pattern is not None and low is not None:
            for bad in ("ümläut\n", " ", "\n", "x" * max(low, 1) + "\n"):
                if low <= len(bad) <= (high or 99) and not re.fullmatch(pattern, bad, re.ASCII):
                    values.append(("pattern", bad))
                    break
    elif kind in ("integer", "long"):
        values.append(("type", "many"))
        values += [("too small", low - 1)] if low is not None else []
        values += [("too large", high + 1)] if high is not None else []
    elif kind == "boolean":
        values.append(("type", "perhaps"))
    elif kind == "list":
        values.append(("type", {"a": 1}))
        if low:
            values.append(("too short", []))
        inner = broken_values(shape.member)
        values += [(f"element {label}", [value]) for label, value in inner]
        if high is not None and high <= 20:
            values.append(("too long", [None] * (high + 1)))
    elif kind == "map":
        values.append(("type", [1]))
    elif kind == "blob":
        values += [("type", 5), ("base64", "no base64!")]
        if low:
            values.append(("too short", ""))
    elif kind == "timestamp":
        values += [("type", "yesterday"), ("range", 1e15)]
    elif kind == "structure":
        values += [("type", "x"), ("unknown", {"Nonsense": 1})]
    return values


async def test_each_violated_constraint_is_a_modelled_validation_error() -> None:
    generator = Generator(99)
    count = 0
    async with Emulator(check_signatures=False) as emulator, aiohttp.ClientSession() as http:
        for service, name in OPERATIONS:
            operation = MODELS[service].operation_model(name)
            shape = operation.input_shape
            valid = {
                key: value
                for key, value in generator.structure(shape).items()
                if key in shape.required_members
            }
            for label, params in violations(shape, valid):
                key = label.partition(":")[0]
                member = shape.members.get(key)
                location = None if member is None else member.serialization.get("location")
                if location and label.endswith("type") and member.type_name in ("string", "list"):
                    continue  # everything in a query string or a path is text
                missing = label.partition(" ")[2] if label.startswith("missing ") else key
                there = shape.members.get(missing)
                in_path = there is not None and there.serialization.get("location") == "uri"
                if in_path and not (isinstance(params.get(missing), str) and params[missing]):
                    continue  # that is another path
                status, code, document = await send(http, emulator.url, service, name, params)
                assert (status, code) == (400, "ValidationException"), (name, label, document)
                count += 1
        assert emulator.unexpected == []
    assert count > 1500
