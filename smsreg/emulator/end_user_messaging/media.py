"""Media of attributes: validation, and the presigned links to read and write them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

from smsreg.emulator.core.errors import FieldProblem, ServiceFault, common_error, invalid
from smsreg.emulator.core.indexes import Total
from smsreg.emulator.core.scope import Scope

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

PREFIX = "/_media/"
"""The path of the links, on the emulator itself."""
LINK_LIFETIME = 3600
"""Lifetime of a link in seconds, as the service documents it."""
MOST_BYTES = 5 * 1024 * 1024
"""Largest file in bytes, by the model."""
BYTES_KEPT = 64 * 1024 * 1024
"""Largest total of files in bytes per account and Region, which bounds the size of a dump."""
_MAGIC = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}


def type_of(body: bytes) -> str | None:
    """The MIME type by a file's first bytes, or None."""
    return next((name for magic, name in _MAGIC.items() if body.startswith(magic)), None)


def check_media(
    world: World,
    *bodies: bytes,
    kind: str = "DOCUMENT",
    path: str = "",
    instead_of: Doc | None = None,
) -> None:
    """Refuse files that are too large, of a wrong type, or too many."""
    for body in bodies:
        found = type_of(body)
        if found is None or (kind == "IMAGE" and found == "application/pdf"):
            message = "An image is a PNG or JPEG file, a document may also be a PDF file"
            problem = FieldProblem(f"{path}/attachmentBody", message)
            raise invalid("ATTACHMENT_TYPE_NOT_SUPPORTED", message, problem)
        if len(body) > MOST_BYTES:
            raise invalid("MAXIMUM_SIZE_EXCEEDED", f"A file has at most {MOST_BYTES} bytes")
    kept = world.state.table("brand_attributes").total(_SIZES)
    if instead_of is not None:
        kept -= _size(instead_of)
    if kept + sum(map(len, bodies)) > BYTES_KEPT:
        message = f"The emulator keeps {BYTES_KEPT} bytes of media at most"
        raise ServiceFault("ServiceQuotaExceededException", message)


def _size(record: Doc) -> int:
    return record["_media"]["size"] if record["_media"] else 0


_SIZES = Total(frozenset({"_media"}), _size)


def store_media(record: Doc, body: bytes) -> None:
    """Store a validated file with its attribute."""
    text = base64.b64encode(body).decode("ascii")
    record["_media"] = {"type": type_of(body), "size": len(body), "body": text}


def allow_links(world: World) -> None:
    """Create the secret that links are signed with, unless it exists."""
    world.state.singles.setdefault("media", {"secret": world.hex()})


def link(world: World, record: Doc) -> str:
    """A presigned link to an attribute's media.

    inferred: the one link that the model has serves for upload (PUT) and download (GET).
    """
    key = f"{world.scope}/{record['_profile']}/{record['attributeName']}"
    expires = int(world.now()) + LINK_LIFETIME
    sign = _signature(world, key, expires)
    return f"{world.endpoint}{PREFIX}{quote(key)}?Expires={expires}&Signature={sign}"


def _signature(world: World, key: str, expires: int) -> str:
    """The signature, with a secret in the state, which a state file keeps over a restart."""
    secret: str = world.state.singles.get("media", {}).get("secret", "")
    text = f"{key}\n{expires}".encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest() if secret else ""


def scope_of(target: str) -> Scope:
    """The account and the Region that a link names."""
    account, _, rest = unquote(target.partition("?")[0].removeprefix(PREFIX)).partition("/")
    return Scope(account, rest.partition("/")[0])


def follow(world: World, method: str, target: str, body: bytes) -> tuple[str, bytes]:
    """Serve a request to a link; returns the content type and content of the response.

    Raises:
        ServiceFault: The signature is wrong, the link has expired, or there is no file.
    """
    path, _, query = target.partition("?")
    key = unquote(path.removeprefix(PREFIX))
    given = dict(parse_qsl(query))
    expires = given.get("Expires", "")
    fits = expires.isascii() and expires.isdigit() and len(expires) <= _LONGEST_NUMBER
    sign = _signature(world, key, int(expires)) if fits else ""
    if not sign or not hmac.compare_digest(sign.encode(), given.get("Signature", "").encode()):
        raise common_error("SignatureDoesNotMatch", "The link was not made by this emulator", 403)
    if world.now() > int(expires):
        raise common_error("AccessDenied", "Request has expired", 403)
    record = world.state.table("brand_attributes").get(key.removeprefix(f"{world.scope}/"))
    if record is None or (method == "GET" and record["_media"] is None):
        raise common_error("NoSuchKey", "There is no such file", 404)
    if method == "GET":
        return record["_media"]["type"], base64.b64decode(record["_media"]["body"])
    if method != "PUT":
        raise common_error("MethodNotAllowed", "A link takes GET and PUT", 405)
    check_media(world, body, kind=record["attributeType"], instead_of=record)
    store_media(record, body)
    record["updatedAt"] = world.now()
    return "application/xml", b""


_LONGEST_NUMBER = 15
