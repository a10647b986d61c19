"""Unwraps a payload into single events, each with its envelopes."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from ._base import EnvelopeKind, EventEnvelope
from ._documents import (
    MAX_NESTING,
    TOO_NESTED,
    Budget,
    Sealed,
    UnreadableError,
    read_documents,
)

Members = Mapping[str, Any]


class Layer(NamedTuple):
    """One envelope: its kind, its content, and its own members."""

    kind: EnvelopeKind
    content: object
    facts: dict[str, Any]
    """``id``, ``account``, ``region`` and ``time`` where it has them, as received."""
    rest: dict[str, Any]
    """Its other members."""


class Found(NamedTuple):
    """The content of a payload's innermost envelope."""

    content: object
    layers: tuple[Layer, ...]
    """The envelopes, from the outermost one."""
    reason: str | None = None
    """Why it could not be read further."""


def unwrap(
    value: object, budget: Budget, layers: tuple[Layer, ...] = (), depth: int = 0
) -> Iterator[Found]:
    """Yield every record in a value: parsed JSON, or text that contains JSON.

    Raises:
        TooManyError: There are more records than are read.
    """
    content, inner, reason = _inspect(value, budget, depth)
    budget.spend_record()
    if inner is None:
        yield Found(content, layers, reason)
        return
    for item in inner:
        if isinstance(item, Layer):
            around = (*_without_encoding(layers, item.kind), item)
            yield from unwrap(item.content, budget, around, depth + 1)
        else:
            yield from unwrap(item, budget, layers, depth + 1)


def _inspect(
    value: object, budget: Budget, depth: int
) -> tuple[object, Iterator[object] | None, str | None]:
    """Return a value, the values nested in it or None, and why it cannot be read."""
    if isinstance(value, Sealed):
        return value.content, None, value.reason
    if depth >= MAX_NESTING:
        return value, None, TOO_NESTED
    if isinstance(value, (str, bytes)):
        try:
            return value, iter(read_documents(value, budget)), None
        except UnreadableError as error:
            return value, None, str(error)
    return value, _items_of(value) or open_envelopes(members_of(value)), None


def _items_of(value: object) -> Iterator[object] | None:
    return iter(cast("list[object]", value)) if isinstance(value, list) else None


def _without_encoding(layers: tuple[Layer, ...], kind: EnvelopeKind) -> tuple[Layer, ...]:
    """Drop an envelope that only encodes the one of the same kind inside."""
    return layers[:-1] if layers and layers[-1].kind == kind and not layers[-1].facts else layers


def envelope_of(layers: tuple[Layer, ...]) -> EventEnvelope:
    """Return the envelope of an event, with the inner ones nested."""
    envelope: EventEnvelope | None = None
    for layer in reversed(layers):
        facts = {**_NO_FACTS, **layer.facts}
        if envelope is not None:
            for name in ("account", "region", "time"):
                facts[name] = getattr(envelope, name) or facts[name]
        members = {**layer.rest, **facts, "kind": layer.kind, "inner": envelope}
        envelope = EventEnvelope.model_validate(members)
    return envelope or EventEnvelope()


_NO_FACTS: dict[str, Any] = {"account": None, "region": None, "time": None, "id": None}


def open_envelopes(value: Members) -> Iterator[object] | None:
    """Return the envelopes in a value; None where it is not an envelope."""
    for name in ("Records", "records", "Messages"):
        if isinstance(value.get(name), list):
            return _records(value, name)
    if isinstance(value.get("logEvents"), list):
        return _log_events(value)
    layer = _single(value)
    return None if layer is None else iter((layer,))


def _records(batch: Members, name: str) -> Iterator[Layer]:
    """Open the records of a Lambda function's event, a Firehose batch or an SQS response."""
    stream = _arn_facts(batch.get("deliveryStreamArn"))
    region = batch.get("region", stream.get("region"))
    rest = _without(batch, name, "region", "timestamp")
    for record in cast("list[object]", batch[name]):
        members = members_of(record)
        layer = _single(members)
        if layer is not None:
            yield layer
        elif isinstance(members.get("data"), str):
            facts = {
                **stream,
                "region": region,
                "id": members.get("recordId"),
                "time": members.get("approximateArrivalTimestamp", batch.get("timestamp")),
            }
            own = _without(members, "data", "recordId", "approximateArrivalTimestamp")
            yield Layer("firehose", members["data"], facts, {**rest, **own})
        elif "eventSource" in members:  # of another service
            yield Layer("raw", Sealed(record), {}, rest)
        else:
            yield Layer("firehose", record, {**stream, "region": region}, rest)


def _log_events(batch: Members) -> Iterator[Layer]:
    """Open the batch of a CloudWatch Logs subscription filter."""
    owner = {"account": batch.get("owner")}
    rest = _without(batch, "logEvents", "owner")
    for event in cast("list[object]", batch["logEvents"]):
        members = members_of(event)
        if "message" in members:
            facts = {**owner, "id": members.get("id"), "time": members.get("timestamp")}
            own = _without(members, "message", "id", "timestamp")
            yield Layer("cloudwatch-logs", members["message"], facts, {**rest, **own})
        else:
            yield Layer("cloudwatch-logs", event, owner, rest)


def _single(value: Members) -> Layer | None:
    """Open an envelope with a single record."""
    notification = members_of(value.get("Sns"))
    if notification:
        return _sns(notification, _without(value, "Sns"))
    if "Message" in value:
        return _sns(value, {})
    for body, message_id in (("body", "messageId"), ("Body", "MessageId")):
        if body in value and message_id in value:
            return _sqs(value, body, message_id)
    if "detail" in value and "detail-type" in value:
        facts = {name: value.get(name) for name in _NO_FACTS}
        return Layer("eventbridge", value["detail"], facts, _without(value, "detail", *facts))
    logs = members_of(value.get("awslogs"))
    if "data" in logs:
        return Layer("cloudwatch-logs", logs["data"], {}, {})
    return None


def _sns(value: Members, around: dict[str, Any]) -> Layer:
    """Open an SNS message. A subscription confirmation is not opened."""
    facts = {
        **_arn_facts(value.get("TopicArn")),
        "id": value.get("MessageId"),
        "time": value.get("Timestamp"),
    }
    if "Message" not in value or value.get("Type", "Notification") != "Notification":
        return Layer("sns", Sealed(value), facts, around)
    rest = _without(value, "Message", "MessageId", "Timestamp")
    return Layer("sns", value["Message"], facts, {**around, **rest})


def _sqs(value: Members, body: str, message_id: str) -> Layer:
    """Open an SQS message, in the form of Lambda or of the API."""
    attributes = members_of(value.get("attributes", value.get("Attributes")))
    queue = _arn_facts(value.get("eventSourceARN"))
    facts = {
        "account": queue.get("account"),
        "region": value.get("awsRegion", queue.get("region")),
        "id": value[message_id],
        "time": attributes.get("SentTimestamp"),
    }
    return Layer("sqs", value[body], facts, _without(value, body, message_id, "awsRegion"))


def _arn_facts(arn: object) -> dict[str, Any]:
    """Return the Region and account of an ARN."""
    parts = arn.split(":", _ARN_PARTS) if isinstance(arn, str) else []
    if len(parts) <= _ARN_PARTS or parts[0] != "arn":
        return {}
    return {"region": parts[3] or None, "account": parts[4] or None}


_ARN_PARTS = 5


def members_of(value: object) -> Members:
    """Return a mapping unchanged, and an empty one for anything else."""
    return cast("Members", value) if isinstance(value, Mapping) else {}


def _without(members: Members, *names: str) -> dict[str, Any]:
    return {name: member for name, member in members.items() if name not in names}
