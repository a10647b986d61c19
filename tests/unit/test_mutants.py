"""What mutation testing found to be shown by no other fast test: numbers, borders, redaction."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import (
    ConfigurationError,
    ConnectError,
    RetryPolicy,
    ServiceError,
    SMSVoiceClient,
    idempotency_token,
)
from smsreg._runtime import call as attempts
from smsreg._runtime.aws import log_filter as quiet
from smsreg._runtime.models import redaction
from smsreg._runtime.retry import decision as budget
from smsreg._runtime.retry.classify import Failure, Kind
from smsreg._runtime.retry.decision import Decision, History, Verdict, decide
from smsreg._text import escape
from smsreg.retry import HINT_MARGIN, MOST_DOUBLINGS, RetryEvent
from smsreg.sms_voice import (
    CreateRegistrationAttachmentRequest,
    CreateRegistrationResult,
    SendTextMessageRequest,
)
from smsreg.social_messaging import SendWhatsAppMessageInput

if TYPE_CHECKING:
    from collections.abc import Iterator

PHONE, TEXT = "+12065550142", "your code is 4711"


# --- the decision, the budget and the policy


def test_numbers_of_the_specification() -> None:
    assert (budget.RETRY_COST, budget.THROTTLING_RETRY_COST, budget.SUCCESS_REFUND) == (14, 5, 1)
    assert (HINT_MARGIN, MOST_DOUBLINGS) == (5.0, 100)


def test_a_decision_without_a_retry_costs_and_waits_for_nothing() -> None:
    decision = Decision(verdict=Verdict.RAISE)
    assert (decision.delay, decision.cost) == (0.0, 0)


ERROR = ServiceError({"Error": {"Code": "X"}}, "Op")


@pytest.mark.parametrize("recovered", [False, True])
def test_beyond_the_last_attempt_there_is_none(*, recovered: bool) -> None:
    decision = decide(
        Failure(error=ERROR, kind=Kind.THROTTLED, hint=None),
        SMSVoiceClient.operations["describe_pools"],
        History(attempt=4, recovered=recovered),
        RetryPolicy(max_attempts=3),
    )
    assert decision.verdict is Verdict.RAISE


@pytest.mark.parametrize(
    "value",
    [
        Decision(verdict=Verdict.RAISE),
        RetryPolicy(),
        RetryEvent(
            operation_name="Op",
            attempt=1,
            delay=0.5,
            request_id=None,
            error=ConnectError("no connection"),
            throttled=False,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_frozen_small_and_made_by_name(value: Any) -> None:
    assert not hasattr(value, "__dict__")
    assert hash(value) == hash(dataclasses.replace(value))
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)
    with pytest.raises(TypeError):
        type(value)(*(getattr(value, field.name) for field in dataclasses.fields(value)))


def test_the_callables_of_a_policy_are_not_shown() -> None:
    assert repr(RetryPolicy()) == (
        "RetryPolicy(max_attempts=3, base_delay=0.05, throttling_base_delay=1.0, max_delay=20.0, "
        "capacity=500, retry_unsafe=False)"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_attempts": 0}, "max_attempts must be a whole number, and at least 1"),
        ({"capacity": -1}, "capacity must be a whole number, and at least 0"),
        ({"max_delay": -0.001}, "max_delay must be 0 or a positive number of seconds, and finite"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{message}$"):
        RetryPolicy(**settings)


def test_the_longest_delay_is_reached_from_the_smallest_base() -> None:
    policy = RetryPolicy(base_delay=1e-29, jitter=lambda: 1.0)
    assert policy.delay(100, throttled=False) == 1e-29 * 2.0**100
    assert policy.delay(101, throttled=False) == 1e-29 * 2.0**100


# --- the token


@pytest.mark.parametrize("parts", [("order-1", "step"), ("ä", ""), ("\ud800", "x" * 300)])
def test_a_token_is_the_digest_of_lengths_and_texts(parts: tuple[str, ...]) -> None:
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    framed = b"".join(len(data).to_bytes(8, "big") + data for data in encoded)
    assert idempotency_token(*parts) == hashlib.sha256(framed).hexdigest()


# --- text that came from outside


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("", ""),
        ("plain ä 漢 🙂 \\n", "plain ä 漢 🙂 \\n"),
        ("ä\nb\x1b[0m", "ä\\nb\\x1b[0m"),
        ("\u202eab\u2028", "\\u202eab\\u2028"),
        ("\ud800 \U000e0001", "\\ud800 \\U000e0001"),
        ("\x00\x7f\x85", "\\x00\\x7f\\x85"),
    ],
)
def test_only_what_does_not_print_is_spelt_out(text: str, escaped: str) -> None:
    assert escape(text) == escaped
    assert escaped.isprintable()


# --- other libraries' logs


class Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(params=quiet.LIBRARIES)
def library(request: pytest.FixtureRequest) -> Iterator[logging.Logger]:
    logger = logging.getLogger(f"{request.param}.of_this_test.deep")
    logger.setLevel(logging.DEBUG)
    yield logger
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def log() -> Iterator[Log]:
    handler = Log()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def ours() -> Iterator[None]:
    """As inside a call of ours."""
    token = attempts.current_attempt.set(object())  # type: ignore[arg-type]
    yield
    attempts.current_attempt.reset(token)


def written(logger: logging.Logger, log: Log) -> tuple[logging.LogRecord, logging.LogRecord]:
    log.records.clear()
    try:
        int(PHONE + TEXT)
    except ValueError:
        logger.debug("to %s: %s", PHONE, TEXT, exc_info=True, stack_info=True)
    logger.debug(TEXT)
    assert len(log.records) == 2
    return log.records[0], log.records[1]


@pytest.mark.usefixtures("ours")
def test_records_of_our_calls_keep_their_template_alone(library: logging.Logger, log: Log) -> None:
    with quiet.quiet():
        with_arguments, without = written(library, log)
    assert with_arguments.getMessage() == f"to %s: %s {quiet.WITHHELD}"
    assert without.getMessage() == quiet.WITHHELD
    for record in (with_arguments, without):
        assert record.args == ()
        assert record.exc_info is record.exc_text is record.stack_info is None
        assert PHONE not in logging.Formatter().format(record)


def test_records_of_others_pass_as_they_are(library: logging.Logger, log: Log) -> None:
    with quiet.quiet():
        with_arguments, without = written(library, log)
    assert with_arguments.getMessage() == f"to {PHONE}: {TEXT}"
    assert with_arguments.exc_info
    assert with_arguments.stack_info
    assert without.getMessage() == TEXT


@pytest.mark.usefixtures("ours")
def test_logs_are_withheld_until_the_last_client_is_closed(
    library: logging.Logger, log: Log
) -> None:
    before = list(library.filters)
    for opened in (1, 2):  # the count is right the second time, too
        first, second = quiet.quiet(), quiet.quiet()
        first.__enter__()
        second.__enter__()
        assert len(library.filters) == len(before) + 1, opened
        first.__exit__(None, None, None)
        assert written(library, log)[1].getMessage() == quiet.WITHHELD
        second.__exit__(None, None, None)
        assert library.filters == before
        assert written(library, log)[1].getMessage() == TEXT


def test_an_error_inside_ends_it_too(library: logging.Logger) -> None:
    before = list(library.filters)
    with pytest.raises(ZeroDivisionError), quiet.quiet():
        raise ZeroDivisionError
    assert library.filters == before


def test_loggers_of_others_are_left_alone() -> None:
    other = logging.getLogger("botocores.of_this_test")
    with quiet.quiet():
        assert other.filters == []
        assert logging.getLogger("smsreg").filters == []


# --- what models give away


def test_all_that_a_sensitive_member_holds_is_secret() -> None:
    value = {"a": ["one", {"deep": "two"}], "b": "abc", "c": "ab", "d": 4711, "e": None}
    assert list(redaction.secrets(value, hidden=True)) == ["one", "two", "abc"]
    assert list(redaction.secrets(value, hidden=False)) == []


def test_shortest_secret() -> None:
    assert redaction.SHORTEST_SECRET == 3
    assert list(redaction.secrets(["123", "12", ""], hidden=True)) == ["123"]


def test_values_of_enums_are_no_secrets() -> None:
    result = CreateRegistrationResult.from_boto({"RegistrationStatus": "CREATED"})
    assert list(redaction.secrets(result.registration_status, hidden=True)) == []


def test_a_model_in_a_sensitive_member_is_secret_as_a_whole() -> None:
    result = CreateRegistrationResult.from_boto({"RegistrationId": "registration-1"})
    assert list(redaction.secrets([result], hidden=False)) == []
    assert list(redaction.secrets([result], hidden=True)) == ["registration-1"]


def test_one_sensitive_member_does_not_make_the_next_one_so() -> None:
    request = SendTextMessageRequest(
        destination_phone_number=PHONE, protect_configuration_id="protect-7", message_body=TEXT
    )
    assert list(request.__secrets__()) == [PHONE, TEXT]
    assert "protect_configuration_id='protect-7'" in repr(request)


def test_secrets_in_a_blob_of_json() -> None:
    request = SendWhatsAppMessageInput(
        origination_phone_number_id="phone-number-id-1",
        message=b'{"to": "+12065550142", "text": {"body": "your code is 4711"}, "n": 1}',
        meta_api_version="v20.0",
    )
    assert {PHONE, TEXT} <= set(request.__secrets__())
    assert "v20.0" not in set(request.__secrets__())
    assert "4711" not in repr(request)


@pytest.mark.parametrize(
    ("blob", "content"),
    [
        (b'{"a": [1]}', {"a": [1]}),
        (b"no json", "no json"),
        (b"half \xff text", "half  text"),
        (b"x" * 4096, "x" * 4096),
        (b"x" * 4097, ""),
    ],
)
def test_content_of_a_blob(blob: bytes, content: object) -> None:
    assert redaction._content(blob) == content


def test_blobs_are_read_only_where_they_are_secret() -> None:
    assert list(redaction.secrets(b'"hello"', hidden=True)) == ["hello"]
    assert list(redaction.secrets(b'"hello"', hidden=False)) == []
    attachment = CreateRegistrationAttachmentRequest(attachment_body=b"%PDF secret")
    assert repr(attachment) == "CreateRegistrationAttachmentRequest(attachment_body=***)"
    assert list(attachment.__secrets__()) == ["%PDF secret"]


def test_falsy_members_are_shown_and_quoted_names_stay_readable() -> None:
    result = CreateRegistrationResult.from_boto({"RegistrationId": "", "Späte\n": 1, "Plain": 2})
    assert repr(result) == (
        "CreateRegistrationResult(registration_id='', Sp\\xe4te\\n=***, Plain=***)"
    )
