"""Every operation of both models: random valid requests, and every constraint broken once."""

from __future__ import annotations

import base64
import json
import random
import re
import string
from typing import Any
from urllib.parse import urlencode

import aiohttp
import botocore.session
import pytest

from smsreg.emulator import Emulator

SERVICES = ("pinpoint-sms-voice-v2", "socialmessaging")
SESSION = botocore.session.get_session()
MODELS = {name: SESSION.get_service_model(name) for name in SERVICES}
OPERATIONS = [(name, op) for name in SERVICES for op in MODELS[name].operation_names]
LETTERS = string.ascii_letters + string.digits


# --- values from shapes


def _letters(alphabet: str = LETTERS, start: str = "") -> Any:
    def make(chance: random.Random, low: int, high: int) -> str:
        size = chance.randint(max(low, len(start) + 1), max(len(start) + 1, min(high, low + 12)))
        return (start + "".join(chance.choices(alphabet, k=size)))[: max(size, low)]

    return make


def _fixed(*values: str) -> Any:
    def make(chance: random.Random, *_: int) -> str:
        return chance.choice(values)

    return make


PHONES = _fixed("+12065550100", "+14255550123", "+447700900123", "+4915112345678", "14155550100")
PATTERNS: dict[str, Any] = {
    r"[A-Z]{2}": _fixed("US", "GB", "DE", "IN", "FR", "XX"),
    r"\+?[1-9][0-9]{1,18}": PHONES,
    r"\+[1-9]\d{1,14}": _fixed("+12065550100"),
    r"\+[({\s\[]?[1-9][0-9(){}\s\[\],.-]{1,38}": _fixed("+12065550100", "+1 (206) 555-0100"),
    r"[0-9]{0,2}\.[0-9]{1,5}": _fixed("0.5", "1.00", ".00001"),
    r"s3://([a-z0-9\.-]{3,63})/(.+)": _fixed("s3://bucket/file.png"),
    r"(https://|s3://).+": _fixed("https://example.com/a.png", "s3://bucket/a.png"),
    r"https://\S+": _fixed("https://example.com"),
    r"https://(.*)s3(.*).amazonaws.com/(.*)": _fixed("https://b.s3.us-east-1.amazonaws.com/k?x=1"),
    r"arn:\S+": _letters(LETTERS, "arn:aws:iam::123456789012:role/"),
    r"arn:[A-Za-z0-9_:/-]+": _letters(LETTERS, "arn:aws:sms-voice:us-east-1:1:pool/"),
    r"arn:.*": _letters(LETTERS, "arn:aws:social-messaging:us-east-1:1:waba/"),
    r"arn:.*:[a-z-]+([/:](.*))?": _fixed("arn:aws:sns:us-east-1:123456789012:topic"),
    r"arn:.*:iam::\d{12}:role\/[a-zA-Z0-9+=,.@\-_]+": _fixed("arn:aws:iam::123456789012:role/r"),
    r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key/.+|alias/.+)": _fixed(
        "arn:aws:kms:us-east-1:123456789012:key/k"
    ),
    r".*(^waba-.*$)|(^arn:.*:waba/[0-9a-zA-Z]+$).*": _letters(LETTERS, "waba-"),
    r".*(^phone-number-id-.*$)|(^arn:.*:phone-number-id/[0-9a-zA-Z]+$).*": _letters(
        LETTERS, "phone-number-id-"
    ),
    r"([A-Za-z0-9_-]*|UNSET_DEFAULT_TEMPLATE)": _fixed("", "code-verification-en", "other"),
    r"([A-Za-z0-9_:/-]+|UNSET_DEFAULT_POOL_FOR_NOTIFY)": _fixed("UNSET_DEFAULT_POOL_FOR_NOTIFY"),
    r"([a-z0-9][a-z0-9.-]*[a-z0-9]|UNSET_RCS_MEDIA_CONFIGURATION)": _fixed("bucket"),
    r"(arn:\S+|UNSET_RCS_MEDIA_CONFIGURATION)": _fixed("arn:aws:iam::123456789012:role/r"),
    r"[a-z0-9][a-z0-9.-]*[a-z0-9]": _fixed("bucket-1"),
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}": _fixed("2026-12-24"),
    r"[0-9]+": _letters(string.digits),
    r"\+?[0-9]{1,15}": _fixed("206", "+1206", "55"),
    r"[A-Z_]+": _letters(string.ascii_uppercase),
    r"[A-Za-z0-9]+": _letters(),
    r"[A-Za-z0-9_]+": _letters(LETTERS + "_"),
    r"[A-Za-z0-9_\.]+": _letters(LETTERS + "_."),
    r"[A-Za-z0-9_-]+": _letters(LETTERS + "_-"),
    r"[A-Za-z0-9_ -]+": _letters(LETTERS + "_ -"),
    r"[A-Za-z0-9_:/-]+": _letters(LETTERS + "_:/-"),
    r"[A-Za-z0-9_:/-]*": _letters(LETTERS + "_:/-"),
    r"[A-Za-z0-9_:/\+-]+": _letters(LETTERS + "_:/+-"),
    r"[/\.:A-Za-z0-9+_-]+": _fixed("true", "false", "US", "ACTIVE", "SMS", "2026-01-01", "7"),
    r"[!-~]+": _letters(LETTERS + "!~"),
    r"[ \S]+": _letters(LETTERS),
    r"\S+": _letters(LETTERS + "é"),
    r"[\S]+": _letters(LETTERS),
    r".+": _letters(LETTERS + " é"),
    r".*": _letters(LETTERS + " é"),
    r"(?!\s*$)[\s\S]+": _letters(LETTERS + " é"),
    r"(?!\s)^[\s\S]+(?<!\s)": _letters(LETTERS),
}

GOOD_JSON = (
    {"name": "hello", "language": "en", "category": "UTILITY", "components": []},
    {"version": "7.0", "screens": []},
    {"messaging_product": "whatsapp", "to": "+1", "type": "text", "text": {"body": "x"}},
    {"action": "connect"},
)


ALSO_KNOWN_AS = {
    "PhoneNumberId": ("OriginationIdentity", "ResourceId"),
    "RegistrationId": ("ResourceId",),
    "PoolId": ("OriginationIdentity",),
    "SenderId": ("OriginationIdentity",),
    "RcsAgentId": ("OriginationIdentity",),
    "PoolArn": ("OriginationIdentity",),
    "arn": ("resourceArn",),
}


class Generator:
    """Random valid values; strings that were seen in answers come back under the same names."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # a walk that repeats
        self.seen: dict[str, list[str]] = {
            "RegistrationType": ["US_TOLL_FREE_REGISTRATION", "US_TEN_DLC_BRAND_REGISTRATION"],
            "OptOutListName": ["Default"],
            "FieldPath": ["companyInfo.companyName", "messagingUseCase.optInType"],
            "SectionPath": ["companyInfo"],
        }

    def learn(self, name: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                self.learn(key, item)
        elif isinstance(value, list):
            for item in value:
                self.learn(name, item)
        elif isinstance(value, str):
            names = {name, *ALSO_KNOWN_AS.get(name, ())}
            if name.endswith("Arn"):
                names |= {"ResourceArn", name.removesuffix("Arn") + "Id"}
            if value.startswith(("waba-", "phone-number-id-")):
                names |= {"id", "originationPhoneNumberId"}
            for known in names:
                bucket = self.seen.setdefault(known, [])
                if value not in bucket:
                    bucket.append(value)
                    del bucket[:-8]

    def value(self, shape: Any, name: str = "") -> Any:  # noqa: PLR0911  # one for each kind
        chance, meta = self.chance, shape.metadata
        low, high = int(meta.get("min", 0)), int(meta.get("max", 40))
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape)
        if kind == "list":
            size = chance.randint(low, min(high, low + 2))
            return [self.value(shape.member, name.removesuffix("s")) for _ in range(size)]
        if kind == "map":
            size = chance.randint(low, min(high, low + 2))
            return {self.value(shape.key): self.value(shape.value) for _ in range(size)}
        if kind == "boolean":
            return chance.random() < 0.5
        if kind == "blob":
            return base64.b64encode(self.blob(low)).decode()
        if kind == "timestamp":
            return chance.choice((1_700_000_000, 1_900_000_000.5))
        if kind in ("integer", "long"):
            return chance.randint(low, min(int(meta.get("max", 50)), low + 50))
        if kind in ("double", "float"):
            return chance.uniform(low, low + 1)
        return self.text(shape, name, low, high)

    def blob(self, low: int) -> bytes:
        if self.chance.random() < 0.5:
            return b"%PDF-1.4 " + b"x" * low
        return json.dumps(self.chance.choice(GOOD_JSON)).encode()

    def text(self, shape: Any, name: str, low: int, high: int) -> str:
        if shape.enum:
            return str(self.chance.choice(shape.enum))
        known = [v for v in self.seen.get(name, ()) if fits(shape, v)]
        if known and self.chance.random() < 0.8:
            return self.chance.choice(known)
        pattern = shape.metadata.get("pattern")
        make = PATTERNS[pattern] if pattern else _letters()
        made = str(make(self.chance, low, high))
        assert fits(shape, made), (shape, made)
        return made

    def structure(self, shape: Any) -> dict[str, Any]:
        names = list(shape.members)
        if shape.is_tagged_union:
            names = [self.chance.choice(names)]
            return {names[0]: self.value(shape.members[names[0]], names[0])}
        return {
            name: self.value(member, name)
            for name, member in shape.members.items()
            if name in shape.required_members
            or (self.chance.random() < 0.4 and name not in ("NextToken", "nextToken"))
        }


def fits(shape: Any, text: str) -> bool:
    meta = shape.metadata
    pattern = meta.get("pattern")
    if not meta.get("min", 0) <= len(text) <= meta.get("max", len(text)):
        return False
    return pattern is None or re.fullmatch(pattern, text, re.ASCII) is not None


# --- answers against shapes


def problems_of(  # noqa: C901, PLR0912  # one branch for each constraint
    shape: Any, value: Any, path: str = "answer"
) -> list[str]:
    """Where a wire answer is not what botocore's output shape says."""
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


# --- requests as they travel


async def send(http: aiohttp.ClientSession, url: str, service: str, name: str, params: Any) -> Any:
    """Status, error code (None for success) and document."""
    model = MODELS[service]
    operation = model.operation_model(name)
    if service == "pinpoint-sms-voice-v2":
        target = f"{model.metadata['targetPrefix']}.{name}"
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"}
        async with http.post(f"{url}/", data=json.dumps(params), headers=headers) as answer:
            document = await answer.json(content_type=None)
            code = document.get("__type", "").rpartition("#")[2] or None
            return answer.status, code, document
    query: dict[str, str] = {}
    body: dict[str, Any] = {}
    for key, value in params.items():
        member = operation.input_shape.members.get(key)
        if member is not None and member.serialization.get("location") == "querystring":
            text = json.dumps(value) if not isinstance(value, str) else value
            query[member.serialization.get("name", key)] = text
        else:
            body[key] = value
    in_body = any("location" not in m.serialization for m in operation.input_shape.members.values())
    address = f"{url}{operation.http['requestUri']}?{urlencode(query)}"
    data = json.dumps(body) if in_body or body else None
    async with http.request(operation.http["method"], address, data=data) as answer:
        document = await answer.json(content_type=None)
        return answer.status, answer.headers.get("x-amzn-errortype"), document


@pytest.mark.parametrize("seed", range(3))
async def test_valid_requests_get_valid_answers_or_modelled_errors(seed: int) -> None:
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
        # Creation first, so that there is something for the others to find.
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
    # The walk is worth little if most of it is refused.
    assert len(successes) > 0.6 * len(OPERATIONS), sorted(set(OPERATIONS) - set(successes))


def violations(shape: Any, valid: dict[str, Any]) -> list[tuple[str, Any]]:
    """Name of the breach and the broken request, for each constraint of the first level."""
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
                in_query = member is not None and "location" in member.serialization
                if in_query and label.endswith(("type",)) and member.type_name == "string":
                    continue  # everything in a query string is text
                status, code, document = await send(http, emulator.url, service, name, params)
                assert (status, code) == (400, "ValidationException"), (name, label, document)
                count += 1
        assert emulator.unexpected == []
    assert count > 1500
