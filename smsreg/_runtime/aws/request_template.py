# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# botocore ships no types.
"""Where the requests of an operation go, and what they are made of."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from botocore.awsrequest import prepare_request_dict

from smsreg._runtime.aws.sigv4 import Form

SECURITY_TOKEN = "X-Amz-Security-Token"  # noqa: S105 -- a header
_PLAIN = frozenset({"string", "boolean", "integer", "long"})


class Prepared(NamedTuple):
    """A request, but for what its signature adds."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    form: Form

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.method}>"  # the rest is the caller's


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class RequestTemplate:
    """Where the requests of an operation go, and what they have in common.

    Attributes:
        model: botocore's model of the operation.
        endpoint: The endpoint.
        headers: Headers that all the requests have.
        service: The name to sign for.
        region: The region to sign for.
        serializer: Makes a request of parameters.
    """

    model: Any
    endpoint: str
    headers: dict[str, str]
    service: str
    region: str
    serializer: Any
    _pattern: Prepared | None = field(default=None, init=False)
    _plain: bool = field(init=False)

    def __post_init__(self) -> None:
        model = self.model
        self._plain = (
            model.service_model.resolved_protocol == "json"
            and model.endpoint is None
            and is_plain(model.input_shape)
        )

    def request(self, params: dict[str, Any], token: str | None) -> Prepared:
        """Make the request of a call.

        Args:
            params: The members of the request, by the service's names.
            token: The session token of temporary credentials.
        """
        pattern = self._pattern
        if pattern is not None and pattern.headers.get(SECURITY_TOKEN) == token:
            method, url, headers, _, form = pattern
            return Prepared(method, url, headers.copy(), json.dumps(params).encode(), form)
        request = self.serializer.serialize_to_request(params, self.model)
        prepare_request_dict(request, endpoint_url=self.endpoint)
        headers = self.headers.copy()
        for name, value in request["headers"].items():
            headers[name] = value.decode() if isinstance(value, bytes) else value
        if token:
            headers[SECURITY_TOKEN] = token
        method, url, body = request["method"], request["url"], request["body"]
        form = Form.of(method, url, headers)
        headers["Accept-Encoding"] = "identity"
        prepared = Prepared(method, url, headers, body, form)
        if self._plain:  # all but the body is the same every time
            self._pattern = prepared._replace(headers=headers.copy())
        return prepared


def is_plain(shape: Any, above: frozenset[str] = frozenset()) -> bool:  # noqa: ANN401 -- botocore's
    """Whether botocore's serializer for JSON writes the members of a shape just as they are."""
    if shape is None or shape.name in above:
        return False
    above |= {shape.name}
    kind = shape.type_name
    if kind == "structure":
        return not shape.is_document_type and all(
            "name" not in member.serialization and is_plain(member, above)
            for member in shape.members.values()
        )
    if kind == "list":
        return is_plain(shape.member, above)
    if kind == "map":
        return is_plain(shape.value, above)
    return kind in _PLAIN
