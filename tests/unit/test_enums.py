"""Open enums: known members, unknown members, and their behaviour as strings."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from pydantic import TypeAdapter, ValidationError

from smsreg._runtime.models import enums
from smsreg._runtime.models.enums import UNKNOWN_CACHE_SIZE, OpenEnum
from smsreg.sms_voice import CreateRegistrationResult, RegistrationStatus


class Colour(OpenEnum):
    DARK_RED = "dark-red"
    BLUE = "blue"


class Other(OpenEnum):
    BLUE = "blue"


def test_a_member_is_its_string() -> None:
    assert RegistrationStatus.COMPLETE == "COMPLETE"
    assert Colour.DARK_RED == "dark-red"
    assert isinstance(Colour.DARK_RED, str)
    assert hash(Colour.DARK_RED) == hash("dark-red")
    assert {"dark-red": 1}[Colour.DARK_RED] == 1
    assert json.dumps(Colour.DARK_RED) == '"dark-red"'


@pytest.mark.parametrize("member", [Colour.DARK_RED, Colour("beige")])
def test_text_is_the_value(member: Colour) -> None:
    value = member.value
    assert str(member) == f"{member}" == value
    assert f"{member:>10}" == f"{value:>10}"
    assert "%s" % member == value  # noqa: UP031 -- the old formatting works too
    assert type(str(member)) is str
    assert member.upper() == value.upper()


def test_representation() -> None:
    assert repr(Colour.DARK_RED) == "<Colour.DARK_RED: 'dark-red'>"
    assert repr(Colour("beige")) == "<Colour: 'beige' (unknown)>"
    assert repr(Colour("\x1b[31m")) == "<Colour: '\\x1b[31m' (unknown)>"


def test_a_known_value_returns_the_one_member() -> None:
    assert Colour("dark-red") is Colour.DARK_RED
    assert Colour["DARK_RED"] is Colour.DARK_RED
    assert not Colour.DARK_RED.is_unknown


def test_an_unknown_value_is_a_member() -> None:
    member = Colour("beige")
    assert type(member) is Colour
    assert member.is_unknown
    assert member == "beige"
    assert hash(member) == hash("beige")
    assert member.name == member.value == "beige"
    assert Colour("beige") is member
    assert Colour(member) is member
    assert member != Colour.BLUE


def test_unknown_members_are_not_listed() -> None:
    Colour("beige")
    assert list(Colour) == [Colour.DARK_RED, Colour.BLUE]
    assert len(Colour) == 2
    assert "beige" not in Colour.__members__


def test_enums_do_not_share_their_unknown_members() -> None:
    shown, other = Colour("beige"), Other("beige")
    assert type(other) is Other
    assert shown is not other
    assert Colour("Blue").is_unknown


@pytest.mark.parametrize("value", [None, 1, b"blue", object()])
def test_a_value_that_is_not_a_string_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not a valid Colour"):
        Colour(value)


def test_memory_is_bounded() -> None:
    first = Colour("first of many")
    for number in range(2 * UNKNOWN_CACHE_SIZE):
        Colour(f"colour {number}")
    assert len(enums._unknown[Colour]) <= UNKNOWN_CACHE_SIZE
    again = Colour("first of many")
    assert again == first
    assert hash(again) == hash(first)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("member", [RegistrationStatus.COMPLETE, RegistrationStatus("TOMORROW")])
def test_pickling_and_copying_return_the_same_member(
    member: RegistrationStatus, protocol: int
) -> None:
    assert pickle.loads(pickle.dumps(member, protocol)) is member  # noqa: S301 -- our own
    assert copy.copy(member) is member
    assert copy.deepcopy(member) is member


def test_in_a_response() -> None:
    result = CreateRegistrationResult.from_boto({"RegistrationStatus": "TOMORROW"})
    assert result.registration_status is RegistrationStatus("TOMORROW")
    assert result.to_boto() == {"RegistrationStatus": "TOMORROW"}
    assert type(result.to_boto()["RegistrationStatus"]) is str


def test_in_pydantic() -> None:
    adapter = TypeAdapter(Colour)
    assert adapter.validate_json('"beige"') is Colour("beige")
    assert adapter.dump_json(Colour("beige")) == b'"beige"'
    with pytest.raises(ValidationError):
        adapter.validate_python(3)
