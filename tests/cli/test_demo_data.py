"""The values that the quickstart puts into a form, and its image, a valid PNG."""

from __future__ import annotations

import struct
import zlib

import pytest

from smsreg.cli.quickstart.demo_data import (
    HEIGHT,
    INK,
    OPTIONS,
    PAPER,
    TEXTS,
    WIDTH,
    demo_draft,
    opt_in_picture,
)
from smsreg.cli.quickstart.steps import StepError
from smsreg.registration import RegistrationForm
from smsreg.sms_voice import RegistrationFieldDefinition


def chunks(png):
    at = 8
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        (checksum,) = struct.unpack_from(">I", png, at + 8 + size)
        assert checksum == zlib.crc32(kind + data)
        yield kind, data
        at += size + 12


def test_its_parts():
    png = opt_in_picture()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    parts = dict(chunks(png))
    assert list(parts) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", parts[b"IHDR"]) == (WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    pixels = zlib.decompress(parts[b"IDAT"])
    line = 1 + 3 * WIDTH
    assert len(pixels) == HEIGHT * line
    assert pixels[1:4] == PAPER
    assert pixels[70 * line + 1 + 3 * 30 :][:3] == INK


def test_it_is_small_and_always_the_same():
    assert len(opt_in_picture()) < 2000
    assert opt_in_picture() == opt_in_picture()


def field(path, kind="TEXT", need="REQUIRED", example=None, **members):
    hints = {"Title": "t", "ShortDescription": "s"}
    if example is not None:
        hints["ExampleTextValue"] = example
    return RegistrationFieldDefinition.from_boto(
        {
            "SectionPath": path.partition(".")[0],
            "FieldPath": path,
            "FieldType": kind,
            "FieldRequirement": need,
            "DisplayHints": hints,
            **members,
        }
    )


def text_rules(shortest=1, longest=100, pattern=".+"):
    return {"MinLength": shortest, "MaxLength": longest, "Pattern": pattern}


def select(path, options, fewest=1, **members):
    rules = {"MinChoices": fewest, "MaxChoices": 9, "Options": options}
    return field(path, "SELECT", SelectValidation=rules, **members)


def conditional(path, behaviour, **members):
    rule = {
        "Conditions": [
            {"DependsOnFieldPath": "a.kind", "Operator": "EQUALS", "Values": ["X"]},
        ],
        "RuleBehavior": behaviour,
    }
    behavior = {"Rules": [rule], "DefaultBehavior": "OPTIONAL"}
    return field(path, need="CONDITIONAL", ConditionalBehavior=behavior, **members)


def filled(*fields):
    return demo_draft(RegistrationForm.of("US_TOLL_FREE_REGISTRATION", fields=fields)).values


NAME, KIND = "companyInfo.companyName", "companyInfo.businessType"


def test_each_kind_of_field():
    values = filled(
        field(NAME, TextValidation=text_rules()),
        select(KIND, ["GOVERNMENT", "PRIVATE_PROFIT"]),
        field("messagingUseCase.optInImage", "ATTACHMENT"),
        field("companyInfo.website", need="OPTIONAL"),
    )
    assert list(values) == [NAME, KIND, "messagingUseCase.optInImage"]
    assert (values[NAME], values[KIND]) == (TEXTS[NAME], [OPTIONS[KIND]])
    assert values["messagingUseCase.optInImage"].source == "bytes"


def test_options_of_the_service_win():
    options = ["NEW", "NEWER", "NEWEST"]
    assert filled(select(KIND, options, fewest=2))[KIND] == ["NEW", "NEWER"]


@pytest.mark.parametrize("rules", [text_rules(longest=5), text_rules(pattern="[A-Z]+")])
def test_the_example_replaces_a_demo_value_that_does_not_fit(rules):
    assert filled(field(NAME, TextValidation=rules, example="ACME"))[NAME] == "ACME"


def test_conditions():
    kind = select("a.kind", ["X", "Y"])
    # The field precedes the one that it depends on.
    assert filled(conditional("a.text", "REQUIRED", example="text"), kind)["a.text"] == "text"
    tax = "companyInfo.taxId"
    assert tax in filled(field(tax, need="CONDITIONAL"), kind)
    assert tax not in filled(conditional(tax, "DISALLOWED"), kind)
    assert "companyInfo.other" not in filled(field("companyInfo.other", need="CONDITIONAL"))


@pytest.mark.parametrize("nothing", [field("a.text"), select("a.kind", [])])
def test_nothing_at_hand(nothing):
    with pytest.raises(StepError, match=nothing.field_path):
        filled(nothing)
