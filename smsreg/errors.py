"""Every exception that this package raises.

    SmsregError
    ├── InvalidRequestError
    ├── ServiceError
    │   └── ThrottlingError
    ├── TransportError
    │   ├── ConnectError
    │   ├── CallTimeoutError
    │   └── InvalidResponseError
    ├── OutcomeUnknownError
    ├── CredentialsError
    ├── ConfigurationError
    ├── ClientClosedError
    ├── UnsupportedOperationError
    ├── PaginationError
    ├── RegistrationError
    ├── InvalidEventError
    └── WaiterError
        ├── WaiterTimeoutError
        ├── WaiterFailedError
        └── ActionRequiredError

The exceptions that a service models (``ConflictException`` and so on) are subclasses of
:class:`ServiceError`, and live in the service's package. Cancellation is never wrapped.

Facts are attributes, so no message needs to be parsed. Messages contain neither the caller's data
nor control characters. All errors can be pickled.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from smsreg._redact import Withheld
from smsreg._text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from typing_extensions import Self

    class ClientError(Exception):
        """The type of botocore's class of this name, as botocore ships no types."""

        response: dict[str, Any]

        def __init__(self, error_response: Mapping[str, Any], operation_name: str) -> None: ...

else:
    from botocore.exceptions import ClientError


class _Structure(Protocol):
    """A model inside an error's response."""

    @classmethod
    def from_boto(cls, mapping: Mapping[str, Any], /) -> Self: ...


StructureT = TypeVar("StructureT", bound=_Structure)

__all__ = [
    "ActionRequiredError",
    "CallTimeoutError",
    "ClientClosedError",
    "ConfigurationError",
    "ConnectError",
    "CredentialsError",
    "InvalidEventError",
    "InvalidRequestError",
    "InvalidResponseError",
    "OutcomeUnknownError",
    "PaginationError",
    "RegistrationError",
    "ServiceError",
    "SmsregError",
    "ThrottlingError",
    "TransportError",
    "UnsupportedOperationError",
    "WaiterError",
    "WaiterFailedError",
    "WaiterTimeoutError",
]


def _word(text: str, hidden: Withheld) -> str:
    """Make a code safe to print; one of letters only is the service's own and has no secret."""
    return text if text.replace("_", "").isalpha() and text.isascii() else hidden.hide(text)


def _restore(
    cls: type[SmsregError], args: tuple[Any, ...], state: dict[str, Any], cause: SmsregError | None
) -> SmsregError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    error.__cause__ = cause
    return error


class SmsregError(Exception):
    """The root of the tree: ``except SmsregError`` catches whatever this package raises."""

    operation_name: str | None = None
    """The service's name of the operation that was called, where there was one."""
    client_token: str | None = None
    """The ClientToken that the call carried: call again with it to repeat and not to duplicate."""
    attempts: int = 0
    """How many attempts were made to send the request."""
    next_token: str | None = None
    """In a listing that failed part-way: the token to resume from, as ``next_token=``."""

    def __reduce__(self) -> tuple[Callable[..., SmsregError], tuple[Any, ...]]:
        cause = self.__cause__ if isinstance(self.__cause__, SmsregError) else None
        return _restore, (type(self), self.args, self.__dict__.copy(), cause)


class InvalidRequestError(SmsregError, ValueError):
    """The request breaks a rule of the service and was not sent.

    Attributes:
        problems: Each as (path of the member, what is wrong with it). Paths have the names that
            the caller writes: attributes at every depth (``tags[0].value``), and boto3's names
            (``Tags[0].Value``) in errors of ``from_boto``. The offending values are left out, as
            they may be personal.
    """

    def __init__(self, operation_name: str | None, problems: Iterable[tuple[str, str]]) -> None:
        self.operation_name: str | None = operation_name
        self.problems: list[tuple[str, str]] = [
            (escape(path), escape(message)) for path, message in problems
        ]
        lines = [f"  {path or 'request'}: {message}" for path, message in self.problems]
        subject = f"{operation_name} was not sent" if operation_name else "invalid value"
        super().__init__("\n".join([f"{subject}, {len(lines)} problem(s):", *lines]))


class ServiceError(SmsregError, ClientError):
    """The service responded with an error; botocore's ``ClientError`` catches it as well.

    An error that the service models arrives as its own subclass, any other code as this class.

    Attributes:
        code: The service's error code, such as ``ConflictException``.
        message: The service's message, with control characters spelled out and without the personal
            data of the request, however it is quoted. ``response`` has the original.
        operation_name: The service's name of the operation.
        request_id: The id that AWS Support asks for; None where the response has none.
        http_status: The status of the HTTP response.
        attempts: How many attempts were made.
        client_token: The ClientToken that was sent, for the operations that have one.
        response: The parsed response, in the form of botocore's ``ClientError.response``.
    """

    def __init__(
        self,
        response: Mapping[str, Any],
        operation_name: str,
        *,
        attempts: int = 1,
        client_token: str | None = None,
        withheld: Iterable[str] | Withheld = (),
    ) -> None:
        error: Mapping[str, Any] = response.get("Error") or {}
        metadata: Mapping[str, Any] = response.get("ResponseMetadata") or {}
        hidden = withheld if isinstance(withheld, Withheld) else Withheld(withheld)
        self.code: str = _word(str(error.get("Code") or "Unknown"), hidden)
        self.message: str = hidden.hide(str(error.get("Message") or ""))
        self._members: dict[str, Any] = {
            name: _word(value, hidden) if isinstance(value, str) else hidden.hide_in(value)
            for name, value in response.items()
            if name not in {"Error", "ResponseMetadata"}
        }
        self.http_status: int | None = metadata.get("HTTPStatusCode")
        request_id = metadata.get("RequestId")
        self.request_id: str | None = None if request_id is None else escape(str(request_id))
        # What botocore's constructor sets, which also formats a message.
        vars(self).update(response=response, operation_name=operation_name)
        self.attempts = attempts
        self.client_token = client_token
        self.args: tuple[Any, ...] = (self._describe(),)

    def _describe(self) -> str:
        text = f"{self.code} from {self.operation_name}"
        if self.message:
            text += f": {self.message}"
        facts = [f"HTTP {self.http_status}"] if self.http_status else []
        if self.request_id:
            facts.append(f"request id {self.request_id}")
        return f"{text} ({', '.join(facts)})" if facts else text

    def _member(self, name: str) -> str | None:
        """A modelled string member of the error, made safe to print."""
        value = self._members.get(name)
        return None if value is None else escape(str(value))

    def _structures(self, name: str, structure: type[StructureT]) -> list[StructureT]:
        """A modelled list of structures; items that do not fit are left out."""
        found: list[StructureT] = []
        for item in self._members.get(name) or ():
            with contextlib.suppress(InvalidRequestError):
                found.append(structure.from_boto(item))
        return found


class ThrottlingError(ServiceError):
    """The service refused the call because of too many calls; nothing was done."""


class TransportError(SmsregError):
    """No usable response was received."""


class ConnectError(TransportError):
    """No connection was established, so the request was not sent.

    Attributes:
        untrusted: Whether that is because TLS failed, as with a certificate that is not accepted;
            another attempt would fail the same way.
    """

    untrusted: bool = False


class CallTimeoutError(TransportError, TimeoutError):
    """The call timed out before a response was received.

    Attributes:
        sent: Whether the request was handed to a connection, so that the call may have been
            carried out. False means that nothing was sent and it is safe to call again.
    """

    sent: bool = False

    def __init__(self, reason: str, *, sent: bool = False) -> None:
        self.sent = sent
        super().__init__(reason)


class InvalidResponseError(TransportError):
    """The response is not in this service's protocol.

    Attributes:
        http_status: The HTTP status; None where the response could not be read as HTTP.
        request_id: The service's request id, or None.
    """

    def __init__(
        self, reason: str, *, http_status: int | None = None, request_id: str | None = None
    ) -> None:
        self.http_status = http_status
        self.request_id: str | None = None if request_id is None else escape(request_id)
        super().__init__(escape(reason))


class OutcomeUnknownError(SmsregError):
    """The call may have been carried out, and no response says whether it was.

    ``__cause__`` is the last failure. Unless ``safe_to_repeat`` is true, read the resource before
    you call again.

    Attributes:
        likely_done: True where a retry was refused with an error that the effect of the call
            itself leads to, such as a delete that finds nothing to delete.
        safe_to_repeat: True where the same call again cannot have its effect twice: for reads,
            for operations whose repetition changes nothing, and for operations with a ClientToken
            as long as ``client_token`` is passed again.
    """

    def __init__(
        self,
        operation_name: str,
        reason: str,
        *,
        likely_done: bool = False,
        safe_to_repeat: bool = False,
        attempts: int = 1,
    ) -> None:
        self.operation_name: str | None = operation_name
        self.likely_done = likely_done
        self.safe_to_repeat = safe_to_repeat
        self.attempts = attempts
        verdict = "was probably carried out" if likely_done else "may have been carried out"
        super().__init__(f"{operation_name} {verdict}: {escape(reason)}")


class CredentialsError(SmsregError):
    """AWS credentials are missing, unusable or could not be retrieved.

    Credentials are retrieved before a request is signed, so that the request was not sent and it
    is safe to call again.

    Attributes:
        provider: botocore's name of the provider that failed, such as
            ``assume-role-with-web-identity``, ``sso`` or ``custom-process``; None where no
            provider had credentials.
        profile: The profile that was used; None where that is not known.
    """

    def __init__(
        self, reason: str, *, provider: str | None = None, profile: str | None = None
    ) -> None:
        self.provider: str | None = None if provider is None else escape(provider)
        self.profile: str | None = None if profile is None else escape(profile)
        source = [f"provider {self.provider}"] if provider else []
        source += [f"profile {self.profile}"] if profile else []
        super().__init__(escape(reason) + (f" ({', '.join(source)})" if source else ""))


class ConfigurationError(SmsregError, ValueError):
    """A setting is unusable, or the client cannot work as it is set up."""


class ClientClosedError(SmsregError):
    """The client has been closed."""

    def __init__(self, reason: str = "this client has been closed: make a new one") -> None:
        super().__init__(reason)


class UnsupportedOperationError(SmsregError):
    """The installed botocore does not know the operation; the message names the version needed."""


class PaginationError(SmsregError):
    """A listing cannot continue, as the service returned a continuation token for the second time.

    Attributes:
        next_token: The repeated token.
    """


class RegistrationError(SmsregError):
    """A registration cannot proceed with its present draft; nothing was changed.

    Attributes:
        problems: The problems, each with ``field``, ``rule``, ``message`` and
            ``severity``; see ``smsreg.registration.FormProblem``.
    """

    def __init__(self, reason: str, problems: Iterable[Any] = ()) -> None:
        self.problems: list[Any] = list(problems)
        lines = [f"  {escape(str(problem))}" for problem in self.problems]
        super().__init__("\n".join([escape(reason), *lines]))


class InvalidEventError(SmsregError, ValueError):
    """A payload is not an event, or not the single event that was expected.

    The message says what was expected, and contains nothing of the payload.
    """


class WaiterError(SmsregError):
    """The resource did not reach the target status.

    Attributes:
        last: The last description of the resource; None where none was read.
        elapsed: How long the wait took, in seconds.
    """

    def __init__(self, reason: str, *, last: Any = None, elapsed: float = 0.0) -> None:  # noqa: ANN401 -- any description
        self.last = last
        self.elapsed = elapsed
        super().__init__(escape(reason))


class WaiterTimeoutError(WaiterError, TimeoutError):
    """The wait reached its time limit."""


class WaiterFailedError(WaiterError):
    """The resource reached a state from which the target status is unreachable."""


class ActionRequiredError(WaiterError):
    """Action required: a denied registration, a verification to be done.

    Attributes:
        denied_reasons: Why the version was denied, each with ``reason`` and ``short_description``.
        feedback: The reviewers' feedback on the version as a whole, or None.
        field_reasons: The reasons for each rejected field, by its path.
    """

    def __init__(self, reason: str, *, last: Any = None, elapsed: float = 0.0) -> None:  # noqa: ANN401 -- any description
        super().__init__(reason, last=last, elapsed=elapsed)
        self.denied_reasons: list[Any] = []
        self.feedback: str | None = None
        self.field_reasons: dict[str, list[str]] = {}
