"""The error tree: its drawing, attributes, pickling, and what a message never contains."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import botocore.exceptions
import pytest

import smsreg
import smsreg.end_user_messaging
import smsreg.sms_voice
import smsreg.social_messaging
from smsreg import EndUserMessagingClient, SMSVoiceClient, SocialMessagingClient, errors
from smsreg.errors import (
    ActionRequiredError,
    InvalidRequestError,
    InvalidResponseError,
    OutcomeUnknownError,
    PaginationError,
    RegistrationError,
    ServiceError,
    SmsregError,
    ThrottlingError,
    WaiterTimeoutError,
)
from smsreg.registration import FormProblem
from smsreg.sms_voice import (
    ConflictException,
    ConflictExceptionReason,
    DescribePoolsResult,
    RegistrationInformation,
    ValidationException,
)

NASTY = "line\r\nbreak \x1b[31m red \u202e turned"
RESPONSE = {
    "Error": {"Code": "ConflictException", "Message": "still in use"},
    "Reason": "DELETION_PROTECTION_ENABLED",
    "ResourceType": "pool",
    "ResourceId": "pool-1",
    "ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": 400, "HTTPHeaders": {"date": "d"}},
}
PACKAGES = {
    SMSVoiceClient: smsreg.sms_voice,
    SocialMessagingClient: smsreg.social_messaging,
    EndUserMessagingClient: smsreg.end_user_messaging,
}
MODELLED = [error for client in PACKAGES for error in client._errors().values()]


def tree(cls: type[SmsregError], depth: int = 0) -> list[str]:
    own = [c for c in cls.__subclasses__() if c.__module__ == "smsreg.errors"]
    lines = [f"{depth} {cls.__name__}"]
    for child in own:
        lines += tree(child, depth + 1)
    return lines


def test_the_drawing_is_the_tree() -> None:
    drawing = (errors.__doc__ or "").split("\n\n")[1].splitlines()
    first = len(drawing[0]) - len(drawing[0].lstrip())
    drawn = [
        f"{(len(line) - len(line.lstrip(' │├└─')) - first) // 4} {line.lstrip(' │├└─')}"
        for line in drawing
    ]
    assert drawn == tree(SmsregError)


def test_what_is_exported_is_the_tree() -> None:
    assert sorted(line.split()[1] for line in tree(SmsregError)) == errors.__all__
    for name in errors.__all__:
        assert getattr(smsreg, name) is getattr(errors, name)


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [
        (InvalidRequestError, ValueError),
        (ServiceError, botocore.exceptions.ClientError),
        (errors.CallTimeoutError, TimeoutError),
        (WaiterTimeoutError, TimeoutError),
    ],
)
def test_builtin_classes_catch_the_errors(cls: type[SmsregError], builtin: type[Exception]) -> None:
    assert issubclass(cls, builtin)


@pytest.mark.parametrize("client", PACKAGES)
def test_every_modelled_error_has_a_class(client: type[Any]) -> None:
    package = PACKAGES[client]
    codes = client._errors()
    for operation in client.operations.values():
        for error_type in operation.error_types:
            assert codes[error_type.__name__] is error_type
            assert getattr(package, error_type.__name__) is error_type
            assert issubclass(error_type, ServiceError)
    throttles = [code for code, cls in codes.items() if issubclass(cls, ThrottlingError)]
    assert throttles == [code for code in codes if code.startswith("Thrott")]


def test_facts_of_a_service_error() -> None:
    error = ConflictException(RESPONSE, "DeletePool", attempts=2, client_token="t")
    assert (error.code, error.message) == ("ConflictException", "still in use")
    assert (error.operation_name, error.request_id, error.http_status) == ("DeletePool", "r-1", 400)
    assert (error.attempts, error.client_token) == (2, "t")
    assert error.response == RESPONSE
    assert error.reason is ConflictExceptionReason.DELETION_PROTECTION_ENABLED
    assert (error.resource_type, error.resource_id) == ("pool", "pool-1")
    assert str(error) == (
        "ConflictException from DeletePool: still in use (HTTP 400, request id r-1)"
    )


def test_an_error_has_what_botocores_class_sets() -> None:
    botocores = vars(botocore.exceptions.ClientError(RESPONSE, "DeletePool"))
    own = vars(ServiceError(RESPONSE, "DeletePool"))
    assert botocores == {name: own[name] for name in botocores}


def test_an_unknown_reason() -> None:
    error = ConflictException({**RESPONSE, "Reason": "TOMORROW"}, "DeletePool")
    assert error.reason == "TOMORROW"
    assert error.reason is not None
    assert error.reason.is_unknown


def test_an_error_without_facts() -> None:
    error = ConflictException({}, "DeletePool")
    assert str(error) == "Unknown from DeletePool"
    assert (error.reason, error.resource_id, error.request_id) == (None, None, None)
    assert (error.http_status, error.attempts, error.client_token) == (None, 1, None)


def test_modelled_structures_of_an_error() -> None:
    fields = [{"Name": "PoolId", "Message": "too long"}, "not a structure", {"Name": "Other"}]
    error = ValidationException({"Fields": fields}, "CreatePool")
    assert [field.name for field in error.fields or ()] == ["PoolId", "Other"]


EXAMPLES = [
    InvalidRequestError("Op", [("a.b[0]", "too long"), ("", "wrong")]),
    ServiceError(RESPONSE, "Op", attempts=3, client_token="t"),
    OutcomeUnknownError("Op", "broke", likely_done=True, attempts=2),
    InvalidResponseError("html", http_status=200, request_id="r"),
    PaginationError("twice"),
    RegistrationError("not like this", [FormProblem("a.b", "required", "needed")]),
    WaiterTimeoutError("late", last=RegistrationInformation(registration_id="r"), elapsed=9.5),
    *(cls("text") for cls in (errors.ConnectError, errors.CallTimeoutError, SmsregError)),
    *(cls("text") for cls in (errors.CredentialsError, errors.ConfigurationError)),
    *(cls("text") for cls in (errors.ClientClosedError, errors.UnsupportedOperationError)),
    *(cls("text") for cls in (errors.WaiterError, errors.WaiterFailedError)),
    *(cls(RESPONSE, "Op", client_token="t") for cls in MODELLED),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", [0, pickle.HIGHEST_PROTOCOL])
def test_every_error_pickles(error: SmsregError, protocol: int) -> None:
    error.next_token = "page-2"
    error.attempts = 2
    again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 -- our own
    assert type(again) is type(error)
    assert again.__dict__ == error.__dict__
    assert (str(again), repr(again), again.args) == (str(error), repr(error), error.args)
    assert str(copy.copy(error)) == str(error)


def test_the_cause_is_pickled_too() -> None:
    error = OutcomeUnknownError("Op", "broke")
    error.__cause__ = ServiceError(RESPONSE, "Op", attempts=2)
    error.__cause__.__cause__ = KeyError("of somebody else")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own
    assert type(again.__cause__) is ServiceError
    assert again.__cause__.request_id == "r-1"
    assert again.__cause__.__cause__ is None


def test_what_an_action_needs_is_pickled() -> None:
    error = ActionRequiredError("denied", last=None, elapsed=1.0)
    error.feedback = "words"
    error.field_reasons["companyInfo.website"] = ["gone"]
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own
    assert again.feedback == "words"
    assert again.field_reasons == {"companyInfo.website": ["gone"]}
    assert again.denied_reasons == []


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequestError(None, [(NASTY, NASTY)]),
        ServiceError(
            {
                "Error": {"Code": NASTY, "Message": NASTY},
                "ResponseMetadata": {"RequestId": NASTY, "HTTPStatusCode": 400},
            },
            "Op",
        ),
        InvalidResponseError(NASTY, request_id=NASTY),
        OutcomeUnknownError("Op", NASTY),
        WaiterTimeoutError(NASTY),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_control_character_reaches_a_text(error: SmsregError) -> None:
    for line in str(error).split("\n"):
        assert line.isprintable()
    for value in error.__dict__.values():
        if isinstance(value, str):
            assert value.isprintable()
    assert "\\x1b[31m" in str(error)


def test_withheld_texts_are_not_in_the_message() -> None:
    response = {"Error": {"Code": "X", "Message": "+12065550100 said hello, hello"}}
    error = ServiceError(response, "Op", withheld=["+12065550100", "hello"])
    assert error.message == "*** said ***, ***"
    assert "hello" not in repr(error)
    assert error.response == response


def test_problems_are_listed() -> None:
    error = InvalidRequestError("CreatePool", iter([("tags[0].key", "too long"), ("", "wrong")]))
    assert error.problems == [("tags[0].key", "too long"), ("", "wrong")]
    assert str(error) == (
        "CreatePool was not sent, 2 problem(s):\n  tags[0].key: too long\n  request: wrong"
    )
    assert str(InvalidRequestError(None, [])).startswith("invalid value")


def test_outcomes() -> None:
    assert str(OutcomeUnknownError("Op", "why")) == "Op may have been carried out: why"
    likely = OutcomeUnknownError("Op", "why", likely_done=True)
    assert str(likely) == "Op was probably carried out: why"


def test_results_are_no_part_of_the_waiters_text() -> None:
    last = DescribePoolsResult.from_boto({"NextToken": "secret-token"})
    assert "secret-token" not in str(WaiterTimeoutError("late", last=last))
