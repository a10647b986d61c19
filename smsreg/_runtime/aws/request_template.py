# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# botocore ships no types.
"""Request templates: the endpoint of an operation, and the shared parts of its requests."""

from __future__ import annotations

import binascii
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import prepare_request_dict

from smsreg._runtime.aws.exchange import Prepared, head_of
from smsreg._runtime.aws.sigv4 import Form, host_of

SECURITY_TOKEN = "X-Amz-Security-Token"  # noqa: S105 -- a header
_PLAIN = frozenset({"string", "boolean", "integer", "long"})


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class RequestTemplate:
    """The endpoint of an operation, and the shared parts of its requests.

    Attributes:
        model: botocore's model of the operation.
        endpoint: The endpoint.
        headers: Headers of all its requests.
        service: The name to sign for.
        region: The region to sign for.
        serializer: Serializes parameters to a request.
    """

    model: Any
    endpoint: str
    headers: dict[str, str]
    service: str
    region: str
    serializer: Any
    _pattern: Prepared | None = field(default=None, init=False)
    _plain: bool = field(init=False)
    _blobs: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        model = self.model
        members: dict[str, Any] = {} if model.input_shape is None else model.input_shape.members
        self._blobs = frozenset(
            name for name, member in members.items() if member.type_name == "blob"
        )
        self._plain = (
            model.service_model.resolved_protocol == "json"
            and model.endpoint is None
            and is_plain(model.input_shape, blobs=self._blobs)
        )

    def request(self, params: dict[str, Any], token: str | None) -> Prepared:
        """Return the request of a call.

        Args:
            params: The members of the request, by the service's names.
            token: The session token of temporary credentials.
        """
        pattern = self._pattern
        if pattern is not None and pattern.headers.get(SECURITY_TOKEN) == token:
            return pattern._replace(body=self._written(params))
        request = self.serializer.serialize_to_request(params, self.model)
        prepare_request_dict(request, endpoint_url=self.endpoint)
        headers = self.headers.copy()
        for name, value in request["headers"].items():
            headers[name] = value.decode() if isinstance(value, bytes) else value
        prepared = prepare(request["method"], request["url"], headers, token)
        prepared = prepared._replace(body=request["body"])
        if self._plain:  # all but the body is the same every time
            self._pattern = prepared._replace(body=b"")
        return prepared

    def _written(self, params: dict[str, Any]) -> bytes:
        """Serialize a body as botocore does, without escaping each character of base64."""
        if self._blobs.isdisjoint(params):
            return json.dumps(params).encode()
        members = (
            b"%s: %s" % (json.dumps(name).encode(), self._member(name, value))
            for name, value in params.items()
        )
        return b"{%s}" % b", ".join(members)

    def _member(self, name: str, value: Any) -> bytes:
        if name in self._blobs:
            return b'"%s"' % binascii.b2a_base64(value, newline=False)
        return json.dumps(value).encode()


def prepare(method: str, url: str, headers: dict[str, str], token: str | None) -> Prepared:
    """Prepare the requests that share all but their bodies and the headers of a single attempt.

    Args:
        method: The HTTP method.
        url: The whole URL.
        headers: Their headers, without those that a signature adds.
        token: The session token of temporary credentials.
    """
    if token:
        headers = {**headers, SECURITY_TOKEN: token}
    sent = {**headers, "Accept-Encoding": "identity"}
    parts = urlsplit(url)
    return Prepared(
        method=method,
        url=url,
        origin=f"{parts.scheme}://{parts.netloc}",
        headers=sent,
        body=b"",
        form=Form.of(method, url, headers),
        head=head_of(method, url, host_of(url, sent), sent),
    )


def is_plain(
    shape: Any,
    above: frozenset[str] = frozenset(),
    *,
    blobs: frozenset[str] = frozenset(),
) -> bool:
    """Whether botocore's JSON serializer writes the members of a shape unchanged.

    Args:
        shape: The shape.
        above: The names of the enclosing shapes.
        blobs: The names of members that it may write as base64.
    """
    if shape is None or shape.name in above:
        return False
    above |= {shape.name}
    kind = shape.type_name
    if kind == "structure":
        return not shape.is_document_type and all(
            "name" not in member.serialization and (name in blobs or is_plain(member, above))
            for name, member in shape.members.items()
        )
    if kind == "list":
        return is_plain(shape.member, above)
    if kind == "map":
        return is_plain(shape.value, above)
    return kind in _PLAIN
