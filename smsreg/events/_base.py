"""The base of all events: lenient members, and the envelope of the delivery."""

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
"""How an event was delivered: without an envelope (``raw``), or in one of this service."""

ENVELOPE = "smsreg:envelope"
"""The key of the envelope in a model's input: no payload has a member of this name."""


class EventStructure(ResultStructure):
    """A structure inside events: a member that cannot be read does not affect the others.

    Such a member is None, and ``model_extra`` has its original value, under the payload's name.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(coerce_numbers_to_str=True)

    @classmethod
    def _members(cls, members: dict[str, Any]) -> dict[str, Any]:
        """Return the members by the fields' aliases; structures of another form override this."""
        return members

    @model_validator(mode="wrap")
    @classmethod
    def _set_aside(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(value, Mapping):
            return handler(value)
        content = encodable(cast("object", value))
        members = cls._members(dict(cast("Mapping[str, Any]", content)))
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
    """The envelope of an event, with the facts that it states; None where one is unknown.

    Where envelopes are nested, as an SNS notification in an SQS message, this is the outer one,
    which was received and is acknowledged; ``inner`` is the next. ``account``, ``region`` and
    ``time`` are the event's own: from the innermost envelope that has them.

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
    """When the service delivered the event, in UTC. The event has times of its own."""

    id: str | None = None
    """Id of the delivery: of the EventBridge event, SNS message, SQS message, Firehose
    record or log event. To a Lambda function's ``batchItemFailures`` it is the item's identifier.
    """

    inner: "EventEnvelope | None" = None
    """The envelope inside this one."""


class BaseEvent(EventStructure):
    """The members of every event.

    The payload is kept whole: members that are not known are in ``model_extra``.
    """

    envelope: Annotated[EventEnvelope, Field(alias=ENVELOPE)] = EventEnvelope()
    """The envelope of the event."""

    def to_boto(self) -> dict[str, Any]:
        """Return the event in the form of its payload, without the envelope."""
        members = super().to_boto()
        del members[ENVELOPE]
        return members


class UnknownEvent(BaseEvent, defer_build=True):
    """A record that is none of the other events: another kind, newer than this package, or broken.

    An SNS ``SubscriptionConfirmation`` is one, complete in ``content``; nothing is fetched or
    confirmed.
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"content"})

    content: Any = None
    """The content of the record, as far as it could be read: parsed JSON, text or bytes."""

    reason: str | None = None
    """Why it is none of the other events, without any of the content."""


publish("smsreg.events", EventEnvelope, UnknownEvent)
