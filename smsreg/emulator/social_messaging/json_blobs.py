"""JSON documents that travel to Meta inside blobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from smsreg.emulator.core.safe_json import parse
from smsreg.emulator.social_messaging.accounts import wrong

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc


def read_object(content: bytes, member: str) -> Doc:
    """The JSON object in a blob, or InvalidParametersException."""
    try:
        document = parse(content)
    except ValueError:
        msg = f"{member}: it is not JSON"
        raise wrong(msg) from None
    if not isinstance(document, dict):
        msg = f"{member}: it is not a JSON object"
        raise wrong(msg)
    return cast("Doc", document)


def text_of(document: Doc, key: str, member: str, longest: int) -> str:
    """A text that an object must have."""
    value = document.get(key)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        msg = f"{member}: {key} must be a text of 1 to {longest} characters"
        raise wrong(msg)
    return value
