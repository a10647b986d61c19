"""The services' wire protocols: routing of requests, encoding of responses and errors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast
from urllib.parse import parse_qsl

from smsreg.emulator.core.errors import ServiceFault, common_error
from smsreg.emulator.core.safe_json import parse
from smsreg.emulator.http.routes import Routes, labels_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smsreg.emulator.core.service_model import Doc, Json, Operation, ServiceModel, Shape


@dataclass(frozen=True, slots=True)
class WireResponse:
    """An HTTP response: status, headers and body."""

    status: int
    headers: dict[str, str]
    body: bytes


class WireProtocol(Protocol):
    """The interface of a protocol that the server uses."""

    model: ServiceModel
    rest: bool

    def route(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Operation:
        """The operation that a request is for; raises ServiceFault where there is none."""
        ...

    def decode(self, operation: Operation, target: str, body: bytes) -> Doc:
        """The request by member names, its values in wire form."""
        ...

    def respond(self, operation: Operation, document: Doc, request_id: str) -> WireResponse:
        """Encode a successful response."""
        ...

    def refuse(self, fault: ServiceFault, request_id: str) -> WireResponse:
        """Encode an error response."""
        ...


class AwsJson:
    """awsJson1_0: one path, the operation in X-Amz-Target."""

    rest = False

    def __init__(self, model: ServiceModel) -> None:
        self.model = model
        compact = model.target_prefix.lower()
        self._namespace = f"com.amazonaws.{compact}"
        self._content = f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.0')}"

    def route(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Operation:
        """Route by the target header; this protocol only uses POST to the root."""
        prefix, _, name = headers.get("x-amz-target", "").partition(".")
        operation = self.model.operation(name) if prefix == self.model.target_prefix else None
        if operation is None or method != "POST" or target != "/":
            raise common_error("UnknownOperationException", "The operation is not known")
        return operation

    def decode(self, operation: Operation, target: str, body: bytes) -> Doc:
        """The body is the request."""
        return _json_object(body)

    def respond(self, operation: Operation, document: Doc, request_id: str) -> WireResponse:
        """Encode the output as the body."""
        return WireResponse(200, {"Content-Type": self._content}, _dump(document))

    def refuse(self, fault: ServiceFault, request_id: str) -> WireResponse:
        """The code with its namespace in `__type`, the modelled members next to it."""
        if not fault.modelled:
            body: Doc = {
                "__type": f"com.amazon.coral.service#{fault.code}",
                "message": fault.message,
            }
            return WireResponse(fault.status or 400, {"Content-Type": self._content}, _dump(body))
        body = {"__type": f"{self._namespace}#{fault.code}", "Message": fault.message}
        members: Doc = {
            "Reason": fault.reason,
            "ResourceType": fault.resource_type,
            "ResourceId": fault.resource_id,
            "Fields": [{"Name": f.name, "Message": f.message} for f in fault.fields] or None,
        }
        status = fault.status or 400
        if fault.code == "InternalServerException":
            members["RequestId"] = request_id
            status = fault.status or 500
        body.update({key: value for key, value in members.items() if value is not None})
        return WireResponse(status, {"Content-Type": self._content}, _dump(body))


class RestJson:
    """restJson1: real methods and paths, members in the query string and in the body."""

    rest = True

    def __init__(self, model: ServiceModel) -> None:
        self.model = model
        self._routes = Routes(model.routes())

    def route(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Operation:
        """Route by method and path."""
        path = target.partition("?")[0]
        name = self._routes.find(method, path)
        operation = self.model.operation(name) if name else None
        if operation is None:
            if self._routes.has(path):
                raise common_error("MethodNotAllowedException", "Not for this method", 405)
            raise common_error("UnknownOperationException", "The operation is not known", 404)
        return operation

    def decode(self, operation: Operation, target: str, body: bytes) -> Doc:
        """Query-string members are text until their shape says otherwise."""
        members = operation.input.members
        in_query = {
            member.wire_name: (name, member.shape)
            for name, member in members.items()
            if member.location == "querystring"
        }
        document = _json_object(body) if body else {}
        request = {
            # A member that belongs in the query string is unknown in the body.
            (f"body.{key}" if key in members and members[key].location else key): value
            for key, value in document.items()
        }
        path, _, query = target.partition("?")
        for key, text in parse_qsl(query, keep_blank_values=True):
            if key not in in_query:
                request[f"query.{key}"] = text
                continue
            name, shape = in_query[key]
            if shape.kind == "list" and shape.element is not None:
                request.setdefault(name, []).append(_from_text(shape.element, text))
            else:
                request[name] = _from_text(shape, text)
        return {**request, **labels_of(operation.path, path)}

    def respond(self, operation: Operation, document: Doc, request_id: str) -> WireResponse:
        """Encode the output as the body; no output of this service has members elsewhere."""
        return WireResponse(200, {"Content-Type": "application/json"}, _dump(document))

    def refuse(self, fault: ServiceFault, request_id: str) -> WireResponse:
        """The code in a header, the message in the body, the status from the model."""
        status = fault.status
        if status is None:
            status = self.model.status_of(fault.code)
        headers = {"Content-Type": "application/json", "x-amzn-errortype": fault.code}
        return WireResponse(status, headers, _dump(self._members(fault)))

    def _members(self, fault: ServiceFault) -> Doc:
        """The message, and the other members that the model has for the error."""
        fields = [{"path": field.name, "message": field.message} for field in fault.fields]
        others: Doc = {
            "resourceId": fault.resource_id,
            "resourceType": fault.resource_type,
            "fieldList": fields or None,
        }
        known = self.model.members_of(fault.code)
        members = {k: v for k, v in others.items() if v is not None and k in known}
        return {"message": fault.message, **members}


_LONGEST_NUMBER = 19  # digits of a long; Python would parse any number of them, slowly


def _from_text(shape: Shape, text: str) -> Json:
    if shape.kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if shape.kind in ("integer", "long"):
        try:
            return int(text) if len(text) <= _LONGEST_NUMBER else text
        except ValueError:
            return text
    return text


def _json_object(body: bytes) -> Doc:
    if not body:
        # Every SDK sends at least {}; the real service refuses an empty body too.
        raise common_error("SerializationException", "The body is not a JSON object")
    try:
        document = parse(body)
    except ValueError:
        raise common_error("SerializationException", "The body is not JSON") from None
    if not isinstance(document, dict):
        raise common_error("SerializationException", "The body is not a JSON object")
    return cast("Doc", document)


_ENCODER = json.JSONEncoder(separators=(",", ":"))


def _dump(document: Doc) -> bytes:
    return _ENCODER.encode(document).encode("ascii")
