"""Calls of every idempotency class on both clients, with data that must not leak."""

from __future__ import annotations

import json
import pickle
import traceback
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

import smsreg
from smsreg.errors import OutcomeUnknownError, SmsregError

PHONE = "+12065550142"
TEXT = "Your secret appointment is at nine"
CODE = "pin-482915"
SECRET_KEY = "throw-away-secret-key"
SESSION_TOKEN = "throw-away-session-token"
SERVER_TEXT = "server-text-that-must-not-be-shown"
"""Occurs in bodies that are not a valid response."""
WHATSAPP = json.dumps({"to": PHONE, "text": {"body": TEXT}}).encode()

PERSONAL = (PHONE, PHONE[1:], TEXT, CODE, SECRET_KEY, SESSION_TOKEN)

Client = smsreg.SMSVoiceClient | smsreg.SocialMessagingClient


@dataclass(frozen=True)
class Sample:
    """One call, and a valid response to it."""

    client_type: type[Client]
    method: str
    parameters: dict[str, Any] = field(repr=False)
    good: dict[str, Any] = field(default_factory=dict, repr=False)
    path: str = "fast"
    """The path that the call takes: the ``fast`` path, the ``ordinary`` path through botocore, a
    ``session`` of the caller's, or an aiobotocore client ``borrowed`` from the caller."""

    def __str__(self) -> str:
        return f"{self.idempotency}-{self.method}-{self.path}"

    @property
    def idempotency(self) -> str:
        return self.client_type.operations[self.method].idempotency

    @property
    def facets(self) -> tuple[object, ...]:
        """What a test of this call covers; see ``tests/support/sampling.py``."""
        return (self.idempotency, self.path, self.client_type)

    @property
    def unsafe(self) -> bool:
        return self.idempotency == "unsafe"

    @property
    def strings(self) -> tuple[str, ...]:
        """The personal data that the request contains."""
        everything = str(self.parameters)
        return tuple(text for text in (PHONE, TEXT) if text in everything)

    @property
    def name(self) -> str:
        return self.client_type.operations[self.method].name

    async def call(self, client: Any) -> Any:
        return await getattr(client, self.method)(**self.parameters)


SMS, SOCIAL = smsreg.SMSVoiceClient, smsreg.SocialMessagingClient
WABA = "waba-0123456789abcdef0123456789abcdef"
SENDER = "phone-number-id-0123456789abcdef0123456789abcdef"

READ = Sample(
    SMS,
    "describe_opted_out_numbers",
    {"opt_out_list_name": "Default", "opted_out_numbers": [PHONE]},
    {"OptOutListName": "Default"},
)
TOKEN = Sample(
    SMS,
    "create_registration",
    {"registration_type": "US_TOLL_FREE_REGISTRATION"},
    {"RegistrationId": "registration-1"},
)
REPEATABLE = Sample(
    SMS,
    "put_opted_out_number",
    {"opt_out_list_name": "Default", "opted_out_number": PHONE},
    {"OptedOutNumber": PHONE},
)
GUARDED = Sample(
    SMS,
    "delete_opted_out_number",
    {"opt_out_list_name": "Default", "opted_out_number": PHONE},
    {"OptedOutNumber": PHONE},
)
UNSAFE = Sample(
    SMS,
    "send_text_message",
    {"destination_phone_number": PHONE, "message_body": TEXT},
    {"MessageId": "message-1"},
)

REST_READ = Sample(
    SOCIAL, "get_linked_whatsapp_business_account", {"id": WABA}, {"account": {"id": WABA}}
)
REST_REPEATABLE = Sample(
    SOCIAL,
    "tag_resource",
    {
        "resource_arn": "arn:aws:social-messaging:us-east-1:123456789012:waba/1",
        "tags": [{"key": "a", "value": "b"}],
    },
    {"statusCode": 200},
)
REST_GUARDED = Sample(
    SOCIAL,
    "delete_whatsapp_message_media",
    {"media_id": "1234567890123456", "origination_phone_number_id": SENDER},
    {"success": True},
)
REST_UNSAFE = Sample(
    SOCIAL,
    "send_whatsapp_message",
    {"origination_phone_number_id": SENDER, "message": WHATSAPP, "meta_api_version": "v20.0"},
    {"messageId": "message-1"},
)
REST_EMPTY = Sample(SOCIAL, "delete_whatsapp_flow", {"id": WABA, "flow_id": "1234567890"})

CLASSES = (
    READ,
    TOKEN,
    REPEATABLE,
    GUARDED,
    UNSAFE,
    REST_READ,
    REST_REPEATABLE,
    REST_GUARDED,
    REST_UNSAFE,
)
"""Every class of operation, on the fast path."""


def via(*paths: str, of: tuple[Sample, ...] = (READ, UNSAFE, REST_READ, REST_UNSAFE)) -> Any:
    return tuple(replace(sample, path=path) for path in paths for sample in of)


SAMPLES = (*CLASSES, *via("ordinary"), *via("session", "borrowed", of=(READ, REST_UNSAFE)))
FEW = (READ, UNSAFE, *via("ordinary", of=(REST_READ, REST_UNSAFE)))


async def fail(client: Any, sample: Sample) -> SmsregError:
    """Make a call that fails; assert that its error contains no secret and survives pickling."""
    with pytest.raises(SmsregError) as caught:
        await sample.call(client)
    error = caught.value
    assert_clean(error)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own
    assert (type(copy), str(copy), copy.attempts) == (type(error), str(error), error.attempts)
    return error


def cost(sample: Sample) -> int:
    """Return what the retries after two ambiguous failures take from the budget."""
    return 0 if sample.unsafe else 28


def assert_clean(error: BaseException) -> None:
    """Assert that no text of an error has data of the caller or server, or a control character."""
    lines = "".join(traceback.format_exception(error))
    for text in (str(error), repr(error), lines):
        for secret in (*PERSONAL, SERVER_TEXT):
            assert secret not in text
    for text in (str(error), repr(error), lines.replace("\n", "")):
        assert text.isprintable()


def assert_failed(
    error: SmsregError, sample: Sample, expected: type[SmsregError], *, attempts: int = 3
) -> SmsregError:
    """Assert that an ambiguous failure is reported as the operation's class requires.

    Returns the error of the last attempt.
    """
    assert_clean(error)
    assert error.operation_name == sample.name
    if sample.unsafe:
        assert type(error) is OutcomeUnknownError
        assert error.likely_done is False
        assert error.attempts == 1
        last = error.__cause__
        assert isinstance(last, SmsregError)
    else:
        assert error.attempts == attempts
        last = error
    assert type(last) is expected
    assert last.attempts == error.attempts
    assert last.client_token == error.client_token
    assert (error.client_token is not None) == (sample.idempotency == "token")
    return last
