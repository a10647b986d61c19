"""The query protocol of STS: requests are form parameters, responses XML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from smsreg.emulator.core.errors import ServiceFault, common_error
from smsreg.emulator.http.protocols import WireResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smsreg.emulator.core.service_model import Doc, Operation, ServiceModel

_MOST_PARAMETERS = 100


class AwsQuery:
    """awsQuery: one path, the operation in the parameter Action.

    Only GetCallerIdentity is implemented, which takes no parameters.
    """

    rest = True  # errors of authentication have the status 403

    def __init__(self, model: ServiceModel) -> None:
        self.model = model
        self._namespace: str = model.metadata["xmlNamespace"]

    def route(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Operation:
        """Route by the Action, in the query string or in the body."""
        action = _parameters(target.partition("?")[2], body).get("Action", "")
        operation = self.model.operation(action) if action == "GetCallerIdentity" else None
        if operation is None:
            raise common_error("InvalidAction", "The emulator's STS does GetCallerIdentity only")
        return operation

    def decode(self, operation: Operation, target: str, body: bytes) -> Doc:
        """The parameters without the Action and the API version."""
        parameters = _parameters(target.partition("?")[2], body)
        return {key: text for key, text in parameters.items() if key not in ("Action", "Version")}

    def respond(self, operation: Operation, document: Doc, request_id: str) -> WireResponse:
        """Encode the result in an element named for the operation."""
        members = "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in document.items())
        name = operation.name
        return self._xml(
            200,
            f'<{name}Response xmlns="{self._namespace}"><{name}Result>{members}</{name}Result>'
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
            f"</{name}Response>",
        )

    def refuse(self, fault: ServiceFault, request_id: str) -> WireResponse:
        """Encode who is at fault, the code and the message."""
        status = fault.status or 400
        side = "Sender" if status < 500 else "Receiver"  # noqa: PLR2004  # HTTP's own line
        return self._xml(
            status,
            f'<ErrorResponse xmlns="{self._namespace}"><Error><Type>{side}</Type>'
            f"<Code>{escape(fault.code)}</Code><Message>{escape(fault.message)}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>",
        )

    def _xml(self, status: int, text: str) -> WireResponse:
        return WireResponse(status, {"Content-Type": "text/xml"}, text.encode())


def _parameters(query: str, body: bytes) -> dict[str, str]:
    try:
        text = f"{query}&{body.decode('ascii')}"
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS))
    except ValueError:
        raise common_error("MalformedQueryString", "The parameters cannot be read") from None
