"""The decision table: the decision for each failure, class of operation and history."""

from __future__ import annotations

from typing import Any

import pytest

from smsreg import (
    CallTimeoutError,
    ConfigurationError,
    ConnectError,
    CredentialsError,
    EndUserMessagingClient,
    InvalidResponseError,
    RetryPolicy,
    ServiceError,
    SmsregError,
    SMSVoiceClient,
    SocialMessagingClient,
    TransportError,
)
from smsreg._runtime.operation import Guard
from smsreg._runtime.retry.classify import Effect, Failure, Kind
from smsreg._runtime.retry.decision import (
    Decision,
    History,
    Verdict,
    decide,
    final,
    refusing_guard,
    safe_to_repeat,
)

OPERATIONS = {
    "read": SMSVoiceClient.operations["describe_pools"],
    "token": SMSVoiceClient.operations["create_registration"],
    "repeatable": SMSVoiceClient.operations["put_keyword"],
    "guarded": SMSVoiceClient.operations["delete_pool"],
    "unsafe": SMSVoiceClient.operations["send_text_message"],
}
POLICY = RetryPolicy(jitter=lambda: 1.0)
ERROR = ServiceError({"Error": {"Code": "X"}}, "Op")
SENT, UNSENT = CallTimeoutError("late", sent=True), CallTimeoutError("late")

RETRY, RAISE, UNKNOWN, LIKELY = Verdict.RETRY, Verdict.RAISE, Verdict.UNKNOWN, Verdict.LIKELY_DONE


def decided(
    kind: Kind, idempotency: str, hint: float | None = None, *, error: Any = ERROR, **changes: Any
) -> Decision:
    policy = changes.pop("policy", POLICY)
    failure = Failure(error=error, kind=kind, hint=hint)
    history = History(**{"attempt": 1, **changes})
    return decide(failure, OPERATIONS[idempotency], history, policy)


def test_each_sample_is_of_its_class() -> None:
    assert {name: operation.idempotency for name, operation in OPERATIONS.items()} == {
        name: name for name in OPERATIONS
    }


@pytest.mark.parametrize("idempotency", OPERATIONS)
@pytest.mark.parametrize(
    ("kind", "error", "safe", "unsafe"),
    [
        (Kind.THROTTLED, ERROR, RETRY, RETRY),
        (Kind.UNSENT, ConnectError("no"), RETRY, RETRY),
        (Kind.AMBIGUOUS, ERROR, RETRY, UNKNOWN),
        (Kind.TIMEOUT, SENT, RAISE, UNKNOWN),
        (Kind.TIMEOUT, UNSENT, RAISE, RAISE),
        (Kind.SKEWED, ERROR, RAISE, RAISE),
        (Kind.EXPIRED, ERROR, RAISE, RAISE),
        (Kind.REFUSED, ERROR, RAISE, RAISE),
        (Kind.REFUSED, CredentialsError("no"), RAISE, RAISE),
    ],
)
def test_first_attempt(
    kind: Kind, error: Any, idempotency: str, safe: Verdict, unsafe: Verdict
) -> None:
    expected = unsafe if idempotency == "unsafe" else safe
    assert decided(kind, idempotency, error=error).verdict is expected


LAST_WORDS = [
    (Kind.THROTTLED, ERROR, Effect.NONE),
    (Kind.UNSENT, ConnectError("no"), Effect.NONE),
    (Kind.TIMEOUT, UNSENT, Effect.NONE),
    (Kind.SKEWED, ERROR, Effect.NONE),
    (Kind.EXPIRED, ERROR, Effect.NONE),
    (Kind.REFUSED, CredentialsError("no"), Effect.NONE),
    (Kind.REFUSED, ConfigurationError("no"), Effect.NONE),
    (Kind.REFUSED, ConnectError("untrusted"), Effect.NONE),
    (Kind.REFUSED, ERROR, Effect.REFUSED),
    (Kind.REFUSED, InvalidResponseError("redirect", http_status=302), Effect.REFUSED),
    (Kind.AMBIGUOUS, ERROR, Effect.UNKNOWN),
    (Kind.AMBIGUOUS, TransportError("broke"), Effect.UNKNOWN),
    (Kind.AMBIGUOUS, InvalidResponseError("cut"), Effect.UNKNOWN),
    (Kind.TIMEOUT, SENT, Effect.UNKNOWN),
]


@pytest.mark.sampled
@pytest.mark.parametrize("idempotency", OPERATIONS)
@pytest.mark.parametrize(("kind", "error", "effect"), LAST_WORDS)
@pytest.mark.parametrize("uncertain", [False, True])
@pytest.mark.parametrize("retry_unsafe", [False, True])
def test_the_final_error(
    kind: Kind, error: Any, effect: Effect, idempotency: str, *, uncertain: bool, retry_unsafe: bool
) -> None:
    """It covers all attempts: it claims that nothing was done only if no attempt can have acted."""
    failure = Failure(error=error, kind=kind)
    assert failure.effect is effect
    unknown = uncertain and effect is Effect.NONE
    if idempotency == "unsafe":
        unknown = uncertain or effect is Effect.UNKNOWN
    policy = RetryPolicy(jitter=lambda: 1.0, retry_unsafe=retry_unsafe)
    for recovered in (False, True):
        history = History(attempt=3, uncertain=uncertain, recovered=recovered)
        decision = decide(failure, OPERATIONS[idempotency], history, policy)
        assert decision == Decision(verdict=UNKNOWN if unknown else RAISE)
        assert decision == final(failure, OPERATIONS[idempotency], history)


@pytest.mark.parametrize(
    ("kind", "attempt", "delay", "cost"),
    [
        (Kind.AMBIGUOUS, 1, 0.05, 14),
        (Kind.AMBIGUOUS, 2, 0.1, 14),
        (Kind.UNSENT, 1, 0.05, 14),
        (Kind.UNSENT, 2, 0.1, 14),
        (Kind.THROTTLED, 1, 1.0, 5),
        (Kind.THROTTLED, 2, 2.0, 5),
    ],
)
def test_cost_and_delay(kind: Kind, attempt: int, delay: float, cost: int) -> None:
    assert decided(kind, "read", attempt=attempt) == Decision(verdict=RETRY, delay=delay, cost=cost)


@pytest.mark.parametrize("kind", [Kind.AMBIGUOUS, Kind.UNSENT, Kind.THROTTLED])
def test_the_servers_hint_stretches_the_delay(kind: Kind) -> None:
    least = 1.0 if kind is Kind.THROTTLED else 0.05
    assert decided(kind, "read", hint=least + 2).delay == least + 2


@pytest.mark.parametrize("kind", [Kind.SKEWED, Kind.EXPIRED])
@pytest.mark.parametrize("idempotency", OPERATIONS)
def test_what_was_recovered_is_retried_at_once_and_for_free(kind: Kind, idempotency: str) -> None:
    assert decided(kind, idempotency, recovered=True) == Decision(verdict=RETRY, delay=0, cost=0)


# --- guards

GONE = {"Error": {"Code": "ResourceNotFoundException"}}
CONFLICT = {"Error": {"Code": "ConflictException"}}
REFUSALS: list[tuple[dict[str, Any], Verdict]] = [
    (GONE, LIKELY),
    ({**GONE, "ResourceType": "pool"}, LIKELY),
    ({**GONE, "ResourceType": "phone-number"}, RAISE),
    ({**CONFLICT, "Reason": "RESOURCE_NOT_ACTIVE"}, UNKNOWN),
    ({**CONFLICT, "Reason": "RESOURCE_NOT_EMPTY"}, RAISE),
    (CONFLICT, RAISE),
    ({"Error": {"Code": "ValidationException"}, "Reason": "RESOURCE_NOT_ACTIVE"}, RAISE),
    ({"Error": {"Code": "AccessDeniedException"}}, RAISE),
]


@pytest.mark.sampled
@pytest.mark.parametrize("idempotency", OPERATIONS)
@pytest.mark.parametrize("uncertain", [False, True])
@pytest.mark.parametrize(("response", "expected"), REFUSALS)
@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.AMBIGUOUS], ids=lambda kind: kind.value)
def test_guards(
    kind: Kind, response: dict[str, Any], expected: Verdict, idempotency: str, *, uncertain: bool
) -> None:
    """A guard ends a call, even with a transient status, but only after an uncertain attempt."""
    error = ServiceError(response, "Op")
    decision = decided(kind, idempotency, error=error, uncertain=uncertain, attempt=2)
    if uncertain and idempotency == "guarded" and expected is not RAISE:
        assert decision == Decision(verdict=expected)
    elif kind is Kind.REFUSED:
        unsafe = uncertain and idempotency == "unsafe"
        assert decision == Decision(verdict=UNKNOWN if unsafe else RAISE)
    else:
        assert decision.verdict is (UNKNOWN if idempotency == "unsafe" else RETRY)


def test_only_an_error_of_the_service_is_a_guard() -> None:
    for error in (ConnectError("no"), SmsregError("no"), InvalidResponseError("no")):
        assert refusing_guard(OPERATIONS["guarded"], error) is None


EVERY = [
    operation
    for client in (SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient)
    for operation in client.operations.values()
]


def test_guards_are_of_guarded_operations_and_each_of_them_has_one() -> None:
    for operation in EVERY:
        assert bool(operation.guards) == (operation.idempotency == "guarded"), operation.name
        known = {error.__name__ for error in operation.error_types}
        assert {guard.code for guard in operation.guards} <= known, operation.name


def test_an_opposite_refusal_is_not_a_guard() -> None:
    """Refusals that also apply to the first attempt, or that another request may cause."""
    sms, social = SMSVoiceClient.operations, SocialMessagingClient.operations
    protected = "DELETION_PROTECTION_ENABLED"
    for operation, code, reason in (
        (sms["submit_registration_version"], "ConflictException", "REGISTRATION_NOT_COMPLETE"),
        (sms["submit_registration_version"], "ResourceNotFoundException", None),
        (sms["discard_registration_version"], "ResourceNotFoundException", None),
        (sms["create_registration_version"], "ResourceNotFoundException", None),
        (sms["create_registration_association"], "ResourceNotFoundException", None),
        (sms["create_registration_association"], "ConflictException", "REGISTRATION_NOT_COMPLETE"),
        (sms["verify_destination_number"], "ConflictException", "VERIFICATION_CODE_EXPIRED"),
        (sms["verify_destination_number"], "ValidationException", "VERIFICATION_CODE_MISMATCH"),
        (sms["release_phone_number"], "ConflictException", "PHONE_NUMBER_ASSOCIATED_TO_POOL"),
        *[
            (operation, "ConflictException", protected)
            for operation in sms.values()
            if operation.idempotency == "guarded"
        ],
        *[
            (operation, "InvalidParametersException", None)
            for operation in social.values()
            if operation.method_name.startswith(("delete", "disassociate"))
        ],
        *[(operation, "ValidationException", None) for operation in social.values()],
    ):
        response = {"Error": {"Code": code}} | ({"Reason": reason} if reason else {})
        error = ServiceError(response, operation.name)
        assert refusing_guard(operation, error) is None, (operation.name, code, reason)


def test_a_guard_without_a_reason_or_type_is_for_all_of_its_code() -> None:
    guard = Guard(code="X")
    assert (guard.reason, guard.resource_type, guard.conclusive) == (None, None, True)


def test_which_classes_are_safe_to_repeat() -> None:
    assert {name: safe_to_repeat(o.idempotency) for name, o in OPERATIONS.items()} == {
        "read": True,
        "token": True,
        "repeatable": True,
        "guarded": False,
        "unsafe": False,
    }


# --- policies


def test_unsafe_operations_are_retried_on_request() -> None:
    policy = RetryPolicy(retry_unsafe=True, jitter=lambda: 1.0)
    assert decided(Kind.AMBIGUOUS, "unsafe", policy=policy) == Decision(
        verdict=RETRY, delay=0.05, cost=14
    )
    assert decided(Kind.TIMEOUT, "unsafe", error=SENT, policy=policy).verdict is UNKNOWN
    assert decided(Kind.AMBIGUOUS, "unsafe", policy=policy, attempt=3).verdict is UNKNOWN


@pytest.mark.parametrize("kind", list(Kind))
def test_without_retries_nothing_is_retried(kind: Kind) -> None:
    decision = decided(kind, "read", policy=RetryPolicy.none(), recovered=True)
    assert decision == Decision(verdict=RAISE)
