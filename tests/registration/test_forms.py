"""Forms: read in few requests, cached, saved, compared, and written as source."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, get_type_hints

import pytest

from smsreg import InvalidRequestError, RegistrationError
from smsreg.registration import Registrar, RegistrationForm

from .forms import all_types, emulated, form_of, type_of

if TYPE_CHECKING:
    from pathlib import Path

    from smsreg import SMSVoiceClient
    from smsreg.emulator import Emulator

TOLL_FREE = "US_TOLL_FREE_REGISTRATION"
BRAND = "US_TEN_DLC_BRAND_REGISTRATION"


async def test_a_form_takes_three_requests_the_next_one_two(
    client: SMSVoiceClient, emulator: Emulator
) -> None:
    registrar = Registrar(client)
    form, same = await asyncio.gather(registrar.form(TOLL_FREE), registrar.form(TOLL_FREE))
    assert form is same
    assert len(emulator.calls) == 3
    await registrar.form(BRAND)
    assert len(emulator.calls) == 5
    again = await registrar.form(TOLL_FREE, refresh=True)
    assert again is not form
    assert again.diff(form) == []
    assert again.digest == form.digest


async def test_live_form_is_the_definitions(client: SMSVoiceClient) -> None:
    form = await Registrar(client).form(TOLL_FREE)
    assert form.digest == emulated(TOLL_FREE).digest
    name = form.fields["companyInfo.companyName"]
    assert (name.title, name.section, name.type) == ("Company name", "companyInfo", "TEXT")
    assert (name.requirement, name.min_length, name.max_length) == ("REQUIRED", 1, 100)
    assert name.pattern == r"^(?=\s*\S)[\s\S]+$"
    assert name.hint == "Legal name of the company that sends."
    kind = form.fields["companyInfo.businessType"]
    assert "SOLE_PROPRIETOR" in kind.choices
    assert form.sections[0].path == "companyInfo"
    assert form.associations[0].behavior == "ASSOCIATE_BEFORE_SUBMIT"
    assert form.read_at.tzinfo is timezone.utc


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("US_TOLL_FREE_REGISTRATIONS", "did you mean US_TOLL_FREE_REGISTRATION?"),
        ("US_TOLL_FREE_VERIFICATION", "has taken its place"),
        ("x" * 5000, "there is no registration type xxx"),
        ("bad\n\x1b[31m", r"bad\n\x1b[31m"),
    ],
)
async def test_unknown_type(client: SMSVoiceClient, name: str, message: str) -> None:
    with pytest.raises(RegistrationError) as caught:
        await Registrar(client).form(name)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 400
    assert [problem.rule for problem in caught.value.problems] == ["unknown-type"]


def test_saved_form_is_the_same_form(tmp_path: Path) -> None:
    for kind in all_types(3):
        form = form_of(kind)
        form.save(tmp_path / "form.json")
        read = RegistrationForm.read(tmp_path / "form.json")
        assert read == form
        assert read.digest == form.digest
        assert form.diff(read) == []


def test_digest_is_of_the_definitions_and_not_of_the_date() -> None:
    form = emulated(BRAND)
    other = replace(form, read_at=datetime(2020, 1, 1, tzinfo=timezone.utc))
    assert other.digest == form.digest
    assert len(form.digest) == 64


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(format="other"),
        lambda document: document["fields"][0].update(FieldPath="other.path"),
        lambda document: document.pop("sections"),
        lambda document: document.update(fields=[{"FieldPath": 1}]),
        lambda document: document.update(fields=[{}]),
        lambda document: document.update(read_at="yesterday"),
    ],
)
def test_changed_file_is_refused(tmp_path: Path, change: Any) -> None:
    path = tmp_path / "form.json"
    emulated(BRAND).save(path)
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(InvalidRequestError):
        RegistrationForm.read(path)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000])
def test_other_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "form.json").write_text(text, "utf-8")
    with pytest.raises(InvalidRequestError, match="form"):
        RegistrationForm.read(tmp_path / "form.json")


def field(path: str, **members: Any) -> dict[str, Any]:
    section, _, name = path.partition(".")
    return {
        "SectionPath": section,
        "FieldPath": path,
        "FieldType": "TEXT",
        "FieldRequirement": "REQUIRED",
        "DisplayHints": {"Title": name, "ShortDescription": "A field."},
        "TextValidation": {"MinLength": 1, "MaxLength": 9, "Pattern": "^a+$"},
        **members,
    }


def test_diff_names_what_drifted() -> None:
    old = form_of(type_of("T", [field("a.kept"), field("a.gone")]))
    limits = {"MinLength": 1, "MaxLength": 20, "Pattern": "^a+$"}
    new = form_of(
        type_of(
            "T",
            [field("a.kept", FieldRequirement="OPTIONAL", TextValidation=limits), field("a.made")],
        )
    )
    assert [str(change) for change in old.diff(new)] == [
        "a.kept: requirement changed from REQUIRED to OPTIONAL",
        "a.kept: max_length changed from 9 to 20",
        "a.gone: removed",
        "a.made: added",
    ]
    assert [change.kind for change in new.diff(old)] == ["changed", "changed", "removed", "added"]


@pytest.mark.parametrize("kind", all_types(3), ids=lambda kind: kind.name)
def test_python_source_is_a_typed_dictionary_of_the_form(kind: Any) -> None:
    form = form_of(kind)
    source = form.python()
    names: dict[str, Any] = {}
    exec(compile(source, "form", "exec"), names)  # noqa: S102 -- it is what is tested
    made = next(value for name, value in names.items() if hasattr(value, "__required_keys__"))
    assert set(get_type_hints(made)) == set(form.fields)
    required = {path for path, entry in form.fields.items() if entry.requirement == "REQUIRED"}
    assert made.__required_keys__ == required
    assert names["DIGEST"] == form.digest


HOSTILE = '"""\n\\" __import__("os").abort() #\u2028{}: &a *b !!python/object \x1b[31m'


def test_hostile_definitions_become_no_code() -> None:
    hints = {"Title": HOSTILE, "ShortDescription": HOSTILE, "ExampleTextValue": HOSTILE}
    choices = {"MinChoices": 1, "MaxChoices": 1, "Options": [HOSTILE]}
    form = form_of(
        type_of(
            'T"""\nabort()',
            [
                field("a.text", DisplayHints=hints),
                field("a.pick", FieldType="SELECT", DisplayHints=hints, SelectValidation=choices),
                field(f"a.{HOSTILE}"),
            ],
        )
    )
    names: dict[str, Any] = {}
    exec(compile(form.python(), "form", "exec"), names)  # noqa: S102 -- it is what is tested
    assert "os" not in names
    for line in form.template().splitlines():
        assert line.isprintable()
        start = line.lstrip()
        known = ("#", "key:", "values:", "registration_type:", '"a.', "a.text:", "a.pick:")
        assert not start or start.startswith(known), line
