"""The envelopes in which destinations get events: EventBridge, SNS, Firehose, CloudWatch Logs."""

from __future__ import annotations

import base64
import gzip
import json
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

_NAMES = uuid.UUID("6f0a8f1e-6d3a-4d6e-9c0e-0b6f3f1b7a52")


def event_id(world: World, *parts: object) -> str:
    """An id that is the same for the same event, as a doubled one has."""
    return str(uuid.uuid5(_NAMES, json.dumps([world.scope, *parts], sort_keys=True, default=str)))


def iso_time(at: float, *, fraction: bool = False) -> str:
    """A time as ISO 8601 text in UTC."""
    moment = datetime.fromtimestamp(at, timezone.utc)
    if fraction:
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def to_bus(world: World, source: str, kind: str, detail: Doc, at: float, *resources: str) -> None:
    """Push to the account's default bus of EventBridge."""
    body: Doc = {
        "version": "0",
        "id": event_id(world, kind, detail),
        "detail-type": kind,
        "source": source,
        "account": world.scope.account_id,
        "time": iso_time(at),
        "region": world.scope.region,
        "resources": list(resources),
        "detail": detail,
    }
    world.publish(body)


def to_topic(world: World, arn: str, message: Doc, at: float) -> None:
    """Push to an SNS topic: its notification, as HTTP subscribers get it, without a signature."""
    body: Doc = {
        "Type": "Notification",
        "MessageId": event_id(world, arn, message),
        "TopicArn": arn,
        "Message": json.dumps(message),
        "Timestamp": iso_time(at, fraction=True),
    }
    world.publish(body)


def to_stream(world: World, arn: str, message: Doc, at: float) -> None:
    """Push to a Firehose stream: a batch of one record, as a transforming function gets it."""
    identifier = event_id(world, arn, message)
    record: Doc = {
        "recordId": identifier,
        "approximateArrivalTimestamp": round(at * 1000),
        "data": base64.b64encode(json.dumps(message).encode()).decode(),
    }
    body: Doc = {
        "invocationId": identifier,
        "deliveryStreamArn": arn,
        "region": world.scope.region,
        "records": [record],
    }
    world.publish(body)


def to_logs(world: World, arn: str, message: Doc, at: float) -> None:
    """Push to a log group of CloudWatch Logs: what a subscription filter passes on."""
    event: Doc = {
        "id": event_id(world, arn, message),
        "timestamp": round(at * 1000),
        "message": json.dumps(message),
    }
    data: Doc = {
        "messageType": "DATA_MESSAGE",
        "owner": world.scope.account_id,
        "logGroup": arn.partition(":log-group:")[2].removesuffix(":*"),
        "logStream": "smsreg-emulator",
        "subscriptionFilters": ["smsreg-emulator"],
        "logEvents": [event],
    }
    packed = gzip.compress(json.dumps(data).encode(), mtime=0)
    world.publish({"awslogs": {"data": base64.b64encode(packed).decode()}})
