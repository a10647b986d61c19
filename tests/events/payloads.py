"""Recorded payloads, and every envelope that can contain them."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
ACCOUNT = "111122223333"
REGION = "us-east-1"


def seen(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


RECORDED = {path.stem: seen(path.stem) for path in sorted(DATA.glob("*.json"))}
TEXT = RECORDED["sms_config_set"]
INBOUND = RECORDED["inbound_sms"]
REGISTRATION = RECORDED["eb_registration"]
WHATSAPP = RECORDED["wa_text"]
WHATSAPP_ON_THE_BUS = {
    "version": "0",
    "id": "76a454c4-26df-6e2c-bc50-000000000000",
    "detail-type": "WhatsApp Message Delivered",
    "source": "aws.social-messaging",
    "account": ACCOUNT,
    "time": "2025-10-03T04:34:24Z",
    "region": "ca-central-1",
    "resources": [],
    "detail": {
        "wabaId": "1163793972130000",
        "originationPhoneNumber": "15815550100",
        "originationPhoneNumberId": "574086085790000",
        "messageId": "4bee7d29-70f5-4a49-b84e-000000000000",
        "status": "delivered",
        "eventTimestamp": "1759466063",
    },
}

Wrap = Callable[..., Any]


def base64_of(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def gzipped(value: object) -> str:
    return base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()


def sns(event: Any) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": "sns-1",
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:receipts",
        "Message": event if isinstance(event, str) else json.dumps(event),
        "Timestamp": "2025-10-01T18:20:42.123Z",
        "SignatureVersion": "1",
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
    }


def sqs_record(event: Any, number: int = 1) -> dict[str, Any]:
    return {
        "messageId": f"sqs-{number}",
        "receiptHandle": "AQEB-secret-handle",
        "body": event if isinstance(event, str) else json.dumps(event),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1759342842000"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:receipts",
        "awsRegion": REGION,
    }


def lambda_sqs(*events: Any) -> dict[str, Any]:
    return {"Records": [sqs_record(event, number) for number, event in enumerate(events, 1)]}


def lambda_sns(*events: Any) -> dict[str, Any]:
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:receipts:1",
                "Sns": sns(event),
            }
            for event in events
        ]
    }


def sqs_response(*events: Any) -> dict[str, Any]:
    return {
        "Messages": [
            {
                "MessageId": f"sqs-{number}",
                "ReceiptHandle": "AQEB-secret-handle",
                "Body": json.dumps(event),
                "Attributes": {"SentTimestamp": "1759342842000"},
            }
            for number, event in enumerate(events, 1)
        ]
    }


def firehose(*events: Any) -> dict[str, Any]:
    return {
        "invocationId": "invocation-1",
        "deliveryStreamArn": f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/receipts",
        "region": REGION,
        "records": [
            {
                "recordId": f"record-{number}",
                "approximateArrivalTimestamp": 1759342842000,
                "data": base64_of(event),
            }
            for number, event in enumerate(events, 1)
        ],
    }


def firehose_lines(*events: Any) -> dict[str, Any]:
    lines = "".join(json.dumps(event) + "\n" for event in events)
    return {"records": [{"recordId": "1", "data": base64.b64encode(lines.encode()).decode()}]}


def firehose_endpoint(*events: Any) -> dict[str, Any]:
    records = [{"data": base64_of(event)} for event in events]
    return {"requestId": "request-1", "timestamp": 1759342842000, "records": records}


def log_batch(*events: Any) -> dict[str, Any]:
    return {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": "receipts",
        "logStream": "stream",
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": f"log-{number}", "timestamp": 1759342842000, "message": json.dumps(event)}
            for number, event in enumerate(events, 1)
        ],
    }


def cloudwatch_logs(*events: Any) -> dict[str, Any]:
    return {"awslogs": {"data": gzipped(log_batch(*events))}}


def logs_in_firehose(*events: Any) -> dict[str, Any]:
    return {"records": [{"recordId": "record-1", "data": gzipped(log_batch(*events))}]}


def bus(event: Any) -> Any:
    """Return an event in EventBridge's form, if it is not in that form already."""
    if "detail-type" in event:
        return event
    return {
        "version": "0",
        "id": "bus-1",
        "detail-type": "Text Message Delivery Status Updated",
        "source": "aws.sms-voice",
        "account": ACCOUNT,
        "time": "2025-10-01T18:20:41Z",
        "region": REGION,
        "resources": [],
        "detail": event,
    }


def raw(event: Any) -> Any:
    return event


ONE: dict[str, Wrap] = {
    "raw": raw,
    "eventbridge": bus,
    "sns": sns,
    "sqs record": sqs_record,
    "sns in sqs record": lambda event: sqs_record(sns(event)),
}
MANY: dict[str, Wrap] = {
    "list": lambda *events: list(events),
    "lambda sqs": lambda_sqs,
    "lambda sns": lambda_sns,
    "sqs response": sqs_response,
    "sns in lambda sqs": lambda *events: lambda_sqs(*map(sns, events)),
    "eventbridge in lambda sqs": lambda *events: lambda_sqs(*map(bus, events)),
    "eventbridge in sns in lambda sqs": lambda *events: lambda_sqs(
        *(sns(bus(event)) for event in events)
    ),
    "eventbridge in lambda sns": lambda *events: lambda_sns(*map(bus, events)),
    "base64 in lambda sns": lambda *events: lambda_sns(*map(base64_of, events)),
    "firehose": firehose,
    "lines in firehose": firehose_lines,
    "firehose endpoint": firehose_endpoint,
    "eventbridge in firehose": lambda *events: firehose(*map(bus, events)),
    "cloudwatch logs": cloudwatch_logs,
    "cloudwatch logs decoded": log_batch,
    "cloudwatch logs in firehose": logs_in_firehose,
    "eventbridge in cloudwatch logs": lambda *events: cloudwatch_logs(*map(bus, events)),
    "raw records": lambda *events: {"Records": list(events)},
}
KINDS = {
    "raw": "raw",
    "list": "raw",
    "eventbridge": "eventbridge",
    "sns": "sns",
    "sqs record": "sqs",
    "sns in sqs record": "sqs",
    "lambda sqs": "sqs",
    "lambda sns": "sns",
    "sqs response": "sqs",
    "sns in lambda sqs": "sqs",
    "eventbridge in lambda sqs": "sqs",
    "eventbridge in sns in lambda sqs": "sqs",
    "eventbridge in lambda sns": "sns",
    "base64 in lambda sns": "sns",
    "firehose": "firehose",
    "lines in firehose": "firehose",
    "firehose endpoint": "firehose",
    "eventbridge in firehose": "firehose",
    "cloudwatch logs": "cloudwatch-logs",
    "cloudwatch logs decoded": "cloudwatch-logs",
    "cloudwatch logs in firehose": "firehose",
    "eventbridge in cloudwatch logs": "cloudwatch-logs",
    "raw records": "firehose",
}
"""The kind of the outermost envelope."""
ENVELOPES = {**ONE, **MANY}
EVENTS_IN = {name: 2 if name == "firehose_records" else 1 for name in RECORDED}

FORMS: dict[str, Callable[[Any], Any]] = {
    "mapping": lambda value: value,
    "str": json.dumps,
    "bytes": lambda value: json.dumps(value, indent=1).encode(),
    "bytearray": lambda value: bytearray(json.dumps(value, ensure_ascii=False).encode()),
}
