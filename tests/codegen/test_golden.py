"""The generator's output for two made-up services, byte by byte.

After an intended change of the generator, renew the golden files, and review the diff::

    SMSREG_RENEW_GOLDEN=1 python -m pytest tests/codegen/test_golden.py
"""

from __future__ import annotations

import datetime as dt
import os
import pickle
import shutil
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from smsreg._codegen.output import write
from smsreg._codegen.service import BOTOCORE_VERSION
from smsreg._runtime.operation import Guard
from smsreg.errors import ServiceError, ThrottlingError

from .toys import GOLDEN, NAMES, TOYS, Toy, importable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

RENEW = "SMSREG_RENEW_GOLDEN"
TODAY = dt.datetime(2024, 2, 29, 12, tzinfo=dt.timezone.utc)


@pytest.mark.parametrize("name", NAMES)
def test_the_output_is_that_of_the_golden_files(name: str) -> None:
    # Only the stamp may vary: the model is part of the tests, whatever botocore is installed.
    files = Toy.open(TOYS / name).files()
    files = {path: text.replace(BOTOCORE_VERSION, "0.0.0") for path, text in files.items()}
    if os.environ.get(RENEW):
        write(files, GOLDEN / name)

    golden = {
        path.relative_to(GOLDEN / name).as_posix(): path.read_bytes().decode()
        for path in (GOLDEN / name).rglob("*.py")
    }

    assert sorted(files) == sorted(golden), f"renew with {RENEW}=1"
    for path, text in files.items():
        assert text == golden[path], f"{path} differs; if that is meant, renew with {RENEW}=1"


@pytest.fixture(scope="module")
def post_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("post_office")
    shutil.copytree(GOLDEN / "post_office", folder / "post_office")
    with importable(folder, "post_office") as package:
        yield package


@pytest.fixture(scope="module")
def night_mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("night_mail")
    shutil.copytree(GOLDEN / "night_mail", folder / "night_mail")
    with importable(folder, "night_mail") as package:
        yield package


def test_keywords_and_pydantics_names_get_an_underscore(post_office: ModuleType) -> None:
    members = {
        "From": {"Street": "1 Main Street"},
        "Class": "FIRST",
        "Subject": "Hello",
        "Copy": False,
        "Json": {"a": ""},
        "Body": b"\x00",
        "SendAt": TODAY,
        "Stamps": [{"Motif": "Queen", "Cents": 1}],
        "Weight": 0.5,
    }

    request = post_office.CreateLetterRequest.from_boto(members)

    assert request.from_.street == "1 Main Street"
    assert request.class_ is post_office.LetterClass.FIRST
    assert request.copy_ is False
    assert request.json_ == {"a": ""}
    assert request.to_boto() == members
    assert "***" in repr(request)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("From", {}),
        ("From", {"Street": "1 Main Street", "Box": 1}),
        ("Class", "SECOND"),
        ("Subject", " \n"),
        ("Subject", "x" * 81),
        ("Json", {"a b": "c"}),
        ("Json", dict.fromkeys("abcdef", "")),
        ("Body", b""),
        ("SendAt", "tomorrow"),
        ("Stamps", []),
        ("Stamps", [{"Motif": "Queen", "Cents": 0}]),
        ("Stamps", [{"Motif": "Queen"}]),
        ("Stamps", [{"Motif": "Queen", "Cents": 1, "Finish": "ROUGH"}]),
        ("Weight", 0.4),
        ("Weight", 2000.1),
        ("Colour", "red"),
    ],
)
def test_a_request_has_the_rules_of_the_model(
    post_office: ModuleType, member: str, value: object
) -> None:
    members = {"From": {"Box": 0}, "Class": "FIRST", "Subject": "Hello", member: value}

    with pytest.raises(ValidationError) as caught:
        post_office.CreateLetterRequest.model_validate(members, by_alias=True, by_name=False)

    assert {detail["loc"][0] for detail in caught.value.errors()} == {member}


def test_a_structure_of_requests_is_lenient_in_results(post_office: ModuleType) -> None:
    letter = post_office.Letter.from_boto(
        {
            "Status": "LOST",
            "Stamps": [{"Cents": 0, "Colour": "red"}, {"Finish": "ROUGH"}, {"Finish": "MATT"}],
            "Carrier": "steam-ship",
        }
    )

    assert letter.stamps[0].cents == 0
    assert letter.stamps[0].missing_members == ("motif",)
    assert letter.stamps[1].finish.is_unknown
    assert letter.stamps[2].finish is post_office.StampFinish.MATT
    assert letter.missing_members == ("letter_id", "class_", "created_timestamp")
    assert letter.status.is_unknown
    assert letter.carrier is post_office.CarrierName.STEAM_SHIP


def test_odd_enum_values_have_names(post_office: ModuleType) -> None:
    members = {member.name: member.value for member in post_office.LetterClass}

    assert members == {
        "FIRST": "FIRST",
        "_2ND": "2nd",
        "EVENT_NAME": "event-name",
        "STARTS_WITH": "StartsWith",
        "CLASS": "class",
    }


def test_operations_know_what_the_model_and_the_table_say(post_office: ModuleType) -> None:
    operations = post_office.PostOfficeClient.operations

    assert list(operations) == ["close_office", "create_letter", "describe_letters", "ping_office"]
    assert operations["create_letter"].token == "client_token"
    assert operations["close_office"].empty_result
    assert operations["close_office"].result_type is post_office.CloseOfficeResult
    assert operations["ping_office"].request_type is post_office.PingOfficeRequest
    assert [o.idempotency for o in operations.values()] == ["guarded", "token", "read", "read"]
    assert operations["close_office"].guards == (
        Guard(code="ConflictException", reason="LETTER_SEALED", conclusive=False),
        Guard(code="ConflictException", reason="OFFICE_CLOSED"),
    )
    assert [o.paginated for o in operations.values()] == [False, False, True, False]
    assert operations["create_letter"].error_types == (
        post_office.ConflictException,
        post_office.InvalidLetterException,
        post_office.ThrottlingException,
    )


def test_errors_carry_their_members_and_pickle(post_office: ModuleType) -> None:
    conflict = post_office.ConflictException(
        {"Error": {"Code": "ConflictException"}, "Reason": "OFFICE_CLOSED", "ResourceId": "o-1"},
        "CloseOffice",
    )
    invalid = post_office.InvalidLetterException(
        {"Error": {"Code": "InvalidLetterException"}, "Fields": [{"Name": "Body"}, 7]},
        "CreateLetter",
    )

    assert conflict.reason is post_office.ConflictExceptionReason.OFFICE_CLOSED
    assert pickle.loads(pickle.dumps(conflict)).resource_id == "o-1"  # noqa: S301 -- our own
    assert [field.name for field in invalid.fields] == ["Body"]
    assert issubclass(post_office.ThrottlingException, ThrottlingError)


def test_a_rest_service_keeps_its_camel_case_and_its_bare_errors(night_mail: ModuleType) -> None:
    request = night_mail.SendParcelInput(
        from_="Rugby", to="Crewe", contents=b"tea", notify={"sms": "+15550100"}
    )
    timetable = night_mail.GetTimetableOutput.from_boto(
        {"arrivals": {"Crewe": TODAY}, "days": ["SUNDAY", "BANK_HOLIDAY"]}
    )

    assert request.to_boto() == {
        "from": "Rugby",
        "to": "Crewe",
        "contents": b"tea",
        "notify": {"sms": "+15550100"},
    }
    assert "Crewe" not in repr(request)
    assert "tea" not in repr(request)
    assert "15550100" not in repr(request)
    assert timetable.days[0] is night_mail.Weekday.SUNDAY
    assert timetable.days[1].is_unknown
    assert issubclass(night_mail.ThrottledRequestException, ThrottlingError)
    assert issubclass(night_mail.TooManyTrainsException, ThrottlingError)
    assert not issubclass(night_mail.ParcelNotFoundException, ThrottlingError)
    assert issubclass(night_mail.ParcelNotFoundException, ServiceError)
    assert night_mail.DeleteParcelResult() == night_mail.DeleteParcelResult.from_boto({})
    assert night_mail.NightMailClient.operations["list_station_names"].paging.items == "stations"
