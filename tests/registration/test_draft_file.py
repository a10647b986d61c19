"""Drafts in files: texts stay texts, and every mistake is reported with its location."""

from __future__ import annotations

import json
import random
import sys
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import ConfigurationError, InvalidRequestError
from smsreg.registration import Attachment, PhoneNumberRequest, RegistrationDraft, draft_file

from .drafts import good_values
from .forms import all_types, form_of

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
key: tenant-7/toll-free
registration_type: US_TOLL_FREE_REGISTRATION
values:
  companyInfo.companyName: NO
  contactInfo.supportPhoneNumber: +12065550100
  companyInfo.zipCode: 00501
  companyInfo.state: ~
  messagingUseCase.useCaseDetails: |
    Two
    lines
  campaignUseCase.subUseCases: [a, "b"]
  messagingUseCase.optInImage: {file: opt-in.png, strip_metadata: true}
  other.s3: {s3: "s3://bucket/key.pdf"}
  other.existing: {existing: attachment-1}
associations: [phone-1, other/key]
after: [tenant-7/vetting]
phone_number:
  iso_country_code: US
  number_type: TOLL_FREE
  number_capabilities: [SMS, MMS]
  deletion_protection_enabled: true
tags: {team: "1", yes: on}
aws_review: true
"""


def written(folder: Path, text: str | bytes, name: str = "draft.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


def test_texts_stay_texts(tmp_path: Path) -> None:
    draft = RegistrationDraft.read(written(tmp_path, GOOD))
    assert draft == RegistrationDraft(
        key="tenant-7/toll-free",
        registration_type="US_TOLL_FREE_REGISTRATION",
        values={
            "companyInfo.companyName": "NO",
            "contactInfo.supportPhoneNumber": "+12065550100",
            "companyInfo.zipCode": "00501",
            "companyInfo.state": "~",
            "messagingUseCase.useCaseDetails": "Two\nlines\n",
            "campaignUseCase.subUseCases": ["a", "b"],
            "messagingUseCase.optInImage": Attachment.from_file(
                "opt-in.png", folder=tmp_path, strip_metadata=True
            ),
            "other.s3": Attachment.from_s3("s3://bucket/key.pdf"),
            "other.existing": Attachment.existing("attachment-1"),
        },
        associations=["phone-1", "other/key"],
        after=["tenant-7/vetting"],
        phone_number=PhoneNumberRequest(
            iso_country_code="US",
            number_type="TOLL_FREE",
            number_capabilities=["SMS", "MMS"],
            deletion_protection_enabled=True,
        ),
        tags={"team": "1", "yes": "on"},
        aws_review=True,
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    draft = RegistrationDraft.read(written(tmp_path, GOOD))
    assert RegistrationDraft.read(written(tmp_path, draft.to_yaml())) == draft
    odd = (
        "'\"\\ # : - ? \t\r\n\x00\x7f\x85\u2028 \U0001f600 \ufeff é [x] {y} *a &b %c @d `e` !f ---"
    )
    for text in (odd, "", " ", "~", "null", "1e3", "0x10", "2026-01-01", "<<", "=", "a: b\n- c"):
        values = {"a.b": text, f"key {text}": [text]}
        draft = RegistrationDraft(key=text or "k", registration_type="T", values=values)
        assert RegistrationDraft.read(written(tmp_path, draft.to_yaml())) == draft


def test_bytes_cannot_be_written() -> None:
    draft = RegistrationDraft(
        key="k", registration_type="T", values={"a.b": Attachment.from_bytes(b"%PDF-")}
    )
    with pytest.raises(InvalidRequestError, match=r"a\.b"):
        draft.to_yaml()


@pytest.mark.parametrize("kind", all_types(0), ids=lambda kind: kind.name)
def test_a_template_is_a_draft_once_it_is_filled_in(tmp_path: Path, kind: Any) -> None:
    form = form_of(kind)
    text = form.template().replace('key: ""', "key: k").replace('[""]', "[phone-1]")
    draft = RegistrationDraft.read(written(tmp_path, text))
    required = {path for path, field in form.fields.items() if field.requirement == "REQUIRED"}
    assert set(draft.values) == required
    problems = form.check(draft.values)
    assert {p.field for p in problems if p.severity == "error"} >= required
    assert {p.rule for p in problems} <= {"required", "choice", "choice-count", "attachment-file"}
    assert form.registration_type == draft.registration_type
    assert all(f"{path}:" in text or json.dumps(path) in text for path in form.fields)


HEAD = "key: k\nregistration_type: T\n"


@pytest.mark.parametrize(
    ("text", "location", "expected"),
    [
        (HEAD + "valeus: {}\n", "line 3, column 9", "did you mean values?"),
        (HEAD + "values: {a: b, a: c}\n", "line 3, column 16", "twice"),
        (HEAD + "key: again\n", "line 3, column 1", "twice"),
        (HEAD + "values:\n  a: &x b\n", "line 4, column 6", "anchors"),
        (HEAD + "values:\n  a: *x\n", "line 4, column 6", "anchors"),
        (
            HEAD + "values:\n  <<: {a: b}\n  b: {c: d}\n",
            "line 4, column 11",
            "an attachment has no",
        ),
        (HEAD + "values: !!python/object/apply:os.abort []\n", "line 3, column 9", "tags"),
        (HEAD + "values:\n  a: !!int 3\n", "line 4, column 6", "tags"),
        (HEAD + "values: [a]\n", "line 3, column 9", "values must be a mapping"),
        (HEAD + "values:\n  a: [[b]]\n", "line 4, column 7", "a choice must be a text"),
        (HEAD + "values:\n  a: {file: x, s3: y}\n", "line 4, column 6", "one of file"),
        (HEAD + "values:\n  a: {}\n", "line 4, column 6", "one of file"),
        (HEAD + "values:\n  a: {fiel: x}\n", "line 4, column 13", "did you mean file?"),
        (HEAD + "tags: {a: [b]}\n", "line 3, column 11", "a tag must be a text"),
        (HEAD + "aws_review: maybe\n", "line 3, column 13", "true or false"),
        (HEAD + "associations: one\n", "line 3, column 15", "associations must be a list"),
        (
            HEAD + "associations: [a, {number_type: X}]\n",
            "line 3, column 19",
            "put phone_number in",
        ),
        (HEAD + "after: [[a]]\n", "line 3, column 9", "each entry of after must be the key"),
        (HEAD + "phone_number: {number_type: X}\n", "line 3, column 15", "iso_country_code"),
        ("registration_type: T\n", "line 1, column 1", "no key"),
        ("key: ''\nregistration_type: T\n", "line 1, column 1", "no key"),
        ("key: k\n", "line 1, column 1", "no registration_type"),
        ("just text\n", "line 1, column 1", "a draft must be a mapping"),
        ("a: b: c\n", "line 1, column 5", "mapping values"),
        ("a: [\n", "line 2, column 1", "expected the node content"),
        ("? [a]\n: b\n", "line 1, column 3", "a key must be a text"),
        ("a\x01b: c\n", "line 1, column 1", "characters"),
        (b"\xff\xfe\xfa", "line 1, column 1", "UTF-8"),
        (b"# " + b"x" * 3_000_000, "line 1, column 1", "larger"),
        ("[" * 100_000, "line 1, column", "nested too deeply"),
        ("", "line 1, column 1", "0 drafts"),
        (HEAD + "---\n" + HEAD.replace(" k", " j"), "line 1, column 1", "2 drafts"),
        (HEAD + "registration_id: {a: b}\n", "line 3, column 18", "must be a text"),
    ],
)
def test_mistakes_have_a_location(
    tmp_path: Path, text: str | bytes, location: str, expected: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        RegistrationDraft.read(written(tmp_path, text))
    ((where, message),) = caught.value.problems
    assert where.startswith(location)
    assert expected in message
    assert len(str(caught.value)) < 500


def test_several_drafts_in_a_file(tmp_path: Path) -> None:
    other = HEAD.replace("key: k", "key: j")
    as_documents = RegistrationDraft.read_all(written(tmp_path, f"{HEAD}---\n{other}"))
    as_list = RegistrationDraft.read_all(
        written(tmp_path, json.dumps([{"key": key, "registration_type": "T"} for key in "kj"]))
    )
    assert [draft.key for draft in as_documents] == ["k", "j"]
    assert as_documents == as_list
    with pytest.raises(InvalidRequestError, match="same key"):
        RegistrationDraft.read_all(written(tmp_path, f"{HEAD}---\n{HEAD}"))


def test_an_attachment_stays_in_the_folder_of_its_draft(tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    folder.mkdir()
    (tmp_path / "outside.pdf").write_bytes(b"%PDF-1.7")
    (folder / "inside.pdf").write_bytes(b"%PDF-1.7")
    text = HEAD + "values: {a: {file: inside.pdf}, b: {file: ../outside.pdf}}\n"
    draft = RegistrationDraft.read(written(folder, text))
    assert draft.values["a"].load()
    with pytest.raises(InvalidRequestError, match="outside of the draft"):
        draft.values["b"].load()


def test_files_of_values(tmp_path: Path) -> None:
    path = written(tmp_path, "a.b: NO\nc.d: [x]\n")
    assert draft_file.read_values(path) == {"a.b": "NO", "c.d": ["x"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"key": "k", "key": "j"}', "twice"),
        ('{"key": 1}', "a text in quotes"),
        ('{"key": null}', "a text in quotes"),
        ('{"key": "k",}', "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 30 + "]" * 30, "nested too deeply"),
    ],
)
def test_json(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        RegistrationDraft.read(written(tmp_path, text, "draft.json"))


def test_json_needs_no_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "smsreg.registration.yaml_loader", raising=False)
    package = sys.modules["smsreg.registration"]
    monkeypatch.delattr(package, "yaml_loader", raising=False)
    with pytest.raises(ConfigurationError, match=r"pip install 'smsreg\[cli\]'"):
        RegistrationDraft.read(written(tmp_path, GOOD))
    text = '{"key": "k", "registration_type": "T", "values": {"a": "é"}}'
    assert RegistrationDraft.read(written(tmp_path, text, "d.json")).values == {"a": "é"}


def test_random_bytes_are_refused_or_read(tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 -- the same on every run
    for _ in range(300):
        broken = bytearray(GOOD.encode())
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(len(broken))] = chance.choice(
                b"\x00\n\t :[]{}&*!|>'\"%@`#-a\xff"
            )
        try:
            RegistrationDraft.read_all(written(tmp_path, bytes(broken)))
        except InvalidRequestError:
            continue


def test_good_values_are_good() -> None:
    for kind in all_types(0):
        if not kind.name.startswith("SEEN"):
            form = form_of(kind)
            assert form.check(good_values(form)) == [], kind.name
