# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# These: botocore ships no types, and inferred ones are partly unknown.
"""From the response of a refused call to botocore's dictionary of the error.

An error that consists of strings, lists and structures is read here, from one parse of the body.
botocore's parser reads the others. The dictionaries are the same.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from botocore.parsers import JSONParser, RestJSONParser
from pydantic_core import to_json

from smsreg._json import has_escaped_surrogates, read_json
from smsreg._runtime.aws.response_reader import response_metadata
from smsreg._runtime.models.metadata import REQUEST_ID
from smsreg.errors import InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg._runtime.aws.response_reader import Headers, Parsed

    Read = Callable[[Any], Any]

FIRST_CLIENT_ERROR = 400
ERROR_TYPE = "x-amzn-errortype"
QUERY_ERROR = "x-amzn-query-error"
"""A header with the code that a service had in an older protocol; botocore translates it."""
CODES = ("__type", "code", "Code")
"""Members of an error's body that may hold its code."""

_PARSERS = {"json": JSONParser(), "rest-json": RestJSONParser()}
_readers: WeakKeyDictionary[Any, tuple[Read | None]] = WeakKeyDictionary()
"""The results of ``_reader``, by the shape of an error."""


def read_error(model: Any, status: int, headers: dict[str, str], body: bytes) -> Parsed:
    """Read a response with a status of 300 or above, as botocore does where it can.

    Args:
        model: botocore's model of the operation.
        status: The HTTP status.
        headers: The headers, names in lower case.
        body: The body.

    Raises:
        InvalidResponseError: It is a redirect.
    """
    if status < FIRST_CLIENT_ERROR:
        raise redirected(status, headers.get(REQUEST_ID))
    service = model.service_model
    content = object_in(body)
    code = error_code(headers, content or {}, service.shape_for_error_code) or str(status)
    if content is None:
        parsed = error_without_body(status, headers)
    else:
        shape = service.shape_for_error_code(code)
        read = _reader_of(shape)
        if read is None or QUERY_ERROR in headers or has_escaped_surrogates(body):
            context = {"operation_name": model.name}
            response = {"status_code": status, "headers": headers, "body": body, "context": context}
            parsed = _by_botocore(model, shape, response, content)
        else:
            message = content.get("message", content.get("Message", ""))
            metadata: Parsed = {"HTTPStatusCode": status, "HTTPHeaders": headers}
            if REQUEST_ID in headers:
                metadata["RequestId"] = headers[REQUEST_ID]
            parsed = {"Error": {"Message": message}, "ResponseMetadata": metadata}
            parsed.update(_readable(read, content))
    parsed["Error"]["Code"] = code
    return parsed


def _readable(read: Read, content: Parsed) -> Parsed:
    """Read the members of an error; none where one of them is unreadable."""
    try:
        members: Parsed = read(content)
    except Exception:  # noqa: BLE001 -- unexpected content makes botocore raise anything
        return {}
    return members


def _no_members(_: Parsed) -> Parsed:
    return {}


def _reader_of(shape: Any) -> Read | None:
    if shape is None:
        return _no_members
    known = _readers.get(shape)
    if known is None:
        known = _readers[shape] = (_reader(shape),)
    return known[0]


def _reader(shape: Any, outer: tuple[str, ...] = ()) -> Read | None:
    """Return what reads a value of a shape as botocore's parser does; None for an unusual shape."""
    if shape.serialization or shape.name in outer:
        return None
    if shape.type_name == "string":
        return _as_it_is
    if shape.type_name == "list":
        item = _reader(shape.member, (*outer, shape.name))
        return None if item is None else partial(_read_list, item)
    if shape.type_name == "structure" and not (shape.is_document_type or shape.is_tagged_union):
        members: list[tuple[str, Read]] = []
        for name, member in shape.members.items():
            read = _reader(member, (*outer, shape.name))
            if read is None:
                return None
            members.append((name, read))
        return partial(_read_structure, members)
    return None


def _as_it_is(value: Any) -> Any:
    return value


def _read_list(read: Read, value: Any) -> list[Any]:
    return [None if item is None else read(item) for item in value]


def _read_structure(members: list[tuple[str, Read]], value: Any) -> Parsed:
    return {name: read(member) for name, read in members if (member := value.get(name)) is not None}


def _by_botocore(model: Any, shape: Any, response: Parsed, content: Parsed) -> Parsed:
    """Read an error with botocore's parser."""
    parse = _PARSERS[model.service_model.resolved_protocol].parse
    codes = response
    if any(not isinstance(content.get(name, ""), str) for name in CODES):
        # The parser fails on them; the rest of the error is still read.
        others = {name: value for name, value in content.items() if name not in CODES}
        codes = {**response, "body": to_json(others)}
    parsed = _readable(partial(parse, shape=model.output_shape), codes)
    parsed = parsed or error_without_body(response["status_code"], response["headers"])
    if shape is not None:
        parsed.update(_readable(partial(parse, shape=shape), response))
    return parsed


def error_code(headers: Headers, content: Parsed, known: Callable[[str], Any]) -> str:
    """Return the code of an error: the first modelled one that was sent, else the first one.

    awsJson1_0 and restJson1 allow the same locations, with a namespace before the name and a URI
    after it.

    Args:
        headers: The headers, names in lower case.
        content: The members of the body.
        known: Whether the service models a code.

    Source: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
    """
    first = ""
    for value in (headers.get(ERROR_TYPE), *map(content.get, CODES)):
        if isinstance(value, str):
            code = value.partition(":")[0].rpartition("#")[2].strip()
            if known(code):
                return code
            first = first or code
    return first


def redirected(status: int, request_id: str | None) -> InvalidResponseError:
    """Return the error of a redirect."""
    text = "the server responded with a redirect, and redirects are not followed"
    return InvalidResponseError(text, http_status=status, request_id=request_id)


def object_in(body: bytes) -> Parsed | None:
    """Return the members of a JSON object; None for other bytes."""
    try:
        content = read_json(body, allow_inf_nan=True)
    except ValueError:
        return None
    return cast("Parsed", content) if isinstance(content, dict) else None


def error_without_body(status: int, headers: Headers) -> Parsed:
    """Return the dictionary of an error response whose body is not in the service's protocol."""
    metadata = response_metadata(status, headers)
    return {"Error": {"Code": "", "Message": ""}, "ResponseMetadata": metadata}
