"""What all events have in common: lenient members, and the envelope that they came in."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import (
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from typing_extensions import Self

from smsreg._json import encodable
from smsreg._public import publish
from smsreg._runtime.models.base import ResultStructure

from ._fields import EventTime

EnvelopeKind = Literal["raw", "eventbridge", "sns", "sqs", "firehose", "cloudwatch-logs"]
"""How an event came: by itself (``raw``), or in an envelope of this service."""

ENVELOPE = "smsreg:envelope"
"""Where a model takes its envelope from: no payload has a member of this name."""


class EventStructure(ResultStructure):
    """A structure inside events: one member that cannot be read spoils no other.

    Such a member reads as None, and ``model_extra`` has what came, under the name in the payload.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(coerce_numbers_to_str=True)

    @classmethod
    def _members(cls, members: dict[str, Any]) -> dict[str, Any]:
        """Return the members as the fields have them; a structure of another form overrides it."""
        return members

    @model_validator(mode="wrap")
    @classmethod
    def _set_aside(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(value, Mapping):
            return handler(value)
        given = encodable(cast("object", value))
        members = cls._members(dict(cast("Mapping[str, Any]", given)))
        try:
            return handler(members)
        except ValidationError as error:
            wrong: set[Any] = {step for detail in error.errors() for step in detail["loc"][:1]}
        wrong |= {name for name, field in cls.model_fields.items() if field.alias in wrong}
        event = handler({_key(name): members[name] for name in members.keys() - wrong})
        extra = event.__pydantic_extra__
        if extra is not None:
            aside = {_key(name): members[name] for name in members.keys() & wrong}
            extra.update((name, member) for name, member in aside.items() if member is not None)
        return event


def _key(name: object) -> str:
    """Return a key as text that can be encoded."""
    return str(name).encode("utf-8", "backslashreplace").decode()


class EventEnvelope(EventStructure):
    """How an event came, and what the envelope says of it; None where that is unknown.

    Where one envelope is inside of another, as an SNS notification in an SQS message, this is the
    outer one, which was received and is acknowledged; ``inner`` is the next. ``account``,
    ``region`` and ``time`` are the event's own: from the innermost envelope that has them.

    Other members, such as ``detail-type`` on EventBridge and ``receiptHandle`` of SQS, are kept
    under their names in ``model_extra``.
    """

    kind: EnvelopeKind = "raw"
    """The service that delivered the event; ``raw`` where the payload is the event itself."""

    account: str | None = None
    """The AWS account that the event is from, 12 digits."""

    region: str | None = None
    """The AWS Region that the event is from."""

    time: EventTime | None = None
    """When the service handed the event over, in UTC. The event has times of its own."""

    id: str | None = None
    """Id of what was delivered: of the EventBridge event, SNS message, SQS message, Firehose
    record or log event. To a Lambda function's ``batchItemFailures`` it is the item's identifier.
    """

    inner: "EventEnvelope | None" = None
    """The envelope inside of this one."""


class BaseEvent(EventStructure):
    """What every event has.

    The payload is kept whole: members that are not known are in ``model_extra``.
    """

    envelope: Annotated[EventEnvelope, Field(alias=ENVELOPE)] = EventEnvelope()
    """How the event came."""

    def to_boto(self) -> dict[str, Any]:
        """Return the event in the form of its payload, without the envelope."""
        members = super().to_boto()
        del members[ENVELOPE]
        return members


class UnknownEvent(BaseEvent, defer_build=True):
    """What is none of the other events: of another kind, newer than this package, or broken.

    An SNS ``SubscriptionConfirmation`` is one, with the whole of it in ``content``; nothing is
    fetched or confirmed.
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"content"})

    content: Any = None
    """What the record held, as far as it could be read: parsed JSON, or text, or bytes."""

    reason: str | None = None
    """Why it is none of the other events, without any of the content."""


publish("smsreg.events", EventEnvelope, UnknownEvent)
