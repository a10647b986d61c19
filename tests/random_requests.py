"""Random valid requests for every operation, in wire format, and how to send them."""

from __future__ import annotations

import base64
import json
import random
import re
import string
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import botocore.session
from yarl import URL

if TYPE_CHECKING:
    import aiohttp

SERVICES = ("pinpoint-sms-voice-v2", "socialmessaging", "endusermessaging")
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
    r"[A-Za-z0-9_ -]*[A-Za-z0-9_-][A-Za-z0-9_ -]*": _letters(LETTERS + "_-"),
    r"[\x21-\x7E]+": _letters(LETTERS + "!~"),
    r"[\x21-\x22\x24-\x7E]+": PHONES,
    r"[\s\S]*\S[\s\S]*": _fixed("Your code is {{code}}.", "{{code}}"),
    r"([\s\S]*\S[\s\S]*)?": _fixed("Your code is {{code}}.", ""),
    r"\S(?:[\s\S]*\S)?": _letters(LETTERS),
    r"\S*": _fixed("", "sign_in"),
    r"(\S{2,35})?": _fixed("", "en"),
    r"[A-Za-z0-9]*": _letters(),
    r"[A-Za-z0-9_-]*": _letters(LETTERS + "_-"),
    r"[A-Za-z0-9]+": _letters(),
    r"[A-Za-z0-9_]+": _letters(LETTERS + "_"),
    r"[A-Za-z0-9_\.]+": _letters(LETTERS + "_."),
    r"[A-Za-z0-9_-]+": _letters(LETTERS + "_-"),
    r"[A-Za-z0-9_ -]+": _letters(LETTERS + "_ -"),
    r"[A-Za-z0-9_:/-]+": _letters(LETTERS + "_:/-"),
    r"[A-Za-z0-9_:/-]*": _letters(LETTERS + "_:/-"),
    r"[A-Za-z0-9_:/+-]+": _fixed("+12065550100", "EXAMPLE", "phone-0123"),
    r"[A-Za-z0-9_:/\+-]+": _letters(LETTERS + "_:/+-"),
    r"[/\.:A-Za-z0-9+_-]+": _fixed("true", "false", "US", "ACTIVE", "SMS", "2026-01-01", "7"),
    r"[!-~]+": _letters(LETTERS + "!~"),
    r"[ \S]+": _letters(LETTERS),
    r"\S+": _letters(LETTERS + "é"),
    r"[\S]+": _letters(LETTERS),
    r".+": _letters(LETTERS + " é"),
    r".*": _letters(LETTERS + " é"),
    r"(?!\s*$)[\s\S]+": _letters(LETTERS + " é", "x"),
    r"(?!\s)^[\s\S]+(?<!\s)": _letters(LETTERS),
}

GOOD_JSON = (
    {"name": "hello", "language": "en", "category": "UTILITY", "components": []},
    {"version": "7.0", "screens": []},
    {"messaging_product": "whatsapp", "to": "+1", "type": "text", "text": {"body": "x"}},
    {"action": "connect"},
)


ALSO_KNOWN_AS = {
    "PhoneNumberId": ("OriginationIdentity", "ResourceId", "originationIdentity"),
    "RegistrationId": ("ResourceId", "registrationId"),
    "PoolId": ("OriginationIdentity",),
    "SenderId": ("OriginationIdentity",),
    "RcsAgentId": ("OriginationIdentity",),
    "PoolArn": ("OriginationIdentity",),
    "arn": ("resourceArn",),
}


class Generator:
    """Random valid values; strings seen in responses are reused for members of the same name."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # a reproducible sequence
        self.seen: dict[str, list[str]] = {
            "RegistrationType": ["US_TOLL_FREE_REGISTRATION", "US_TEN_DLC_BRAND_REGISTRATION"],
            "registrationType": ["US_TOLL_FREE_REGISTRATION", "US_TEN_DLC_BRAND_REGISTRATION"],
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
                names |= {"ResourceArn", "resourceArn", name.removesuffix("Arn") + "Id"}
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


# --- requests in wire format


async def send(http: aiohttp.ClientSession, url: str, service: str, name: str, params: Any) -> Any:
    """Send a request; return the status, the error code (None for success) and the document."""
    model = MODELS[service]
    operation = model.operation_model(name)
    if service == "pinpoint-sms-voice-v2":
        target = f"{model.metadata['targetPrefix']}.{name}"
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"}
        async with http.post(f"{url}/", data=json.dumps(params), headers=headers) as response:
            document = await response.json(content_type=None)
            code = document.get("__type", "").rpartition("#")[2] or None
            return response.status, code, document
    query: dict[str, Any] = {}
    body: dict[str, Any] = {}
    path = operation.http["requestUri"]
    for key, value in params.items():
        member = operation.input_shape.members.get(key)
        location = None if member is None else member.serialization.get("location")
        if location == "querystring":
            # A list is repeated once per item; anything but text is sent as JSON.
            plain = isinstance(value, (str, list))
            query[member.serialization.get("name", key)] = value if plain else json.dumps(value)
        elif location == "uri":
            text = quote(value, safe="")
            path = path.replace(f"{{{key}}}", text).replace(f"{{{key}+}}", text)
        else:
            body[key] = value
    in_body = any("location" not in m.serialization for m in operation.input_shape.members.values())
    address = URL(f"{url}{path}?{urlencode(query, doseq=True)}", encoded=True)
    data = json.dumps(body) if in_body or body else None
    # The credential scope distinguishes the services' paths; the signature is left out.
    headers = {"Authorization": f"Credential=emulator/20260101/us-east-1/{model.signing_name}/"}
    method = operation.http["method"]
    async with http.request(method, address, data=data, headers=headers) as response:
        document = await response.json(content_type=None)
        return response.status, response.headers.get("x-amzn-errortype"), document
