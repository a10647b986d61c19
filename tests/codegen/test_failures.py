"""Each inconsistency stops the generator with a message that names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smsreg._codegen.output import LONGEST_FILE
from smsreg._codegen.problem import GeneratorError
from smsreg._codegen.tables import Tables

from .toys import Toy

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "table.toml"
OPERATIONS = "phrases/operations.toml"
MEMBERS = "phrases/members.toml"
STRUCTURES = "phrases/structures.toml"
ENUMS = "phrases/enums.toml"
PING = 'PingOffice = { resource = "offices", idempotency = "read", reason = "It rings the bell '
GUARD = '"ConflictException:OFFICE_CLOSED"'
CARRIER = '[open_enums.CarrierName]\nmembers = ["Letter.Carrier"]\n'
KNOWN = '[known_values.OfficeSubjectInput]\nmembers = ["CreateLetterRequest.Subject"]\n'
SUBJECT = (
    "[patterns.Subject]\n"
    r"pattern = '[\s\S]*\S[\s\S]*'"
    "\nreason = \"Rust's engine has no look-ahead; both ask for a character that is not white "
    'space."\n'
)


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return Toy.copy("post_office", tmp_path)


def test_the_toy_itself_has_no_problem(toy: Toy) -> None:
    assert "_client.py" in toy.files()


def test_a_service_without_listings_has_another_example(tmp_path: Path) -> None:
    toy = Toy.copy("night_mail", tmp_path)
    before = toy.files()["_client.py"]
    toy.paginators.clear()
    after = toy.files()["_client.py"]

    assert "async for item in client.list_parcels():" in before
    assert "async for" not in after
    assert "print(await client.delete_parcel(...))" in after


def test_operation_without_entry(toy: Toy) -> None:
    toy.edit(TABLE, PING, f"#{PING}")

    problems = toy.problems()

    assert "[operations] PingOffice: no resource and no idempotency class" in problems


def test_guarded_operation_without_a_guard(toy: Toy) -> None:
    table = toy.folder / TABLE
    text = table.read_text(encoding="utf-8")
    table.write_text(text[: text.index("[guards.CloseOffice]")], encoding="utf-8")

    assert "[guards.CloseOffice]: a guarded operation needs a guard" in toy.problems()


@pytest.mark.parametrize(
    ("path", "old", "new", "problem"),
    [
        pytest.param(
            TABLE,
            PING,
            PING.replace('resource = "offices", ', ""),
            "[operations] PingOffice: no resource",
            id="no resource",
        ),
        pytest.param(
            TABLE,
            PING,
            PING.replace('idempotency = "read", ', ""),
            "[operations] PingOffice: no idempotency",
            id="no idempotency class",
        ),
        pytest.param(
            TABLE,
            'reason = "It rings the bell and changes nothing."',
            'reason = ""',
            "[operations] PingOffice: no reason",
            id="no reason",
        ),
        pytest.param(
            TABLE,
            PING,
            PING.replace('"read"', '"sometimes"'),
            "[operations] PingOffice: unknown idempotency class 'sometimes'",
            id="unknown class",
        ),
        pytest.param(
            TABLE,
            PING,
            PING.replace('"read"', '"token"'),
            "[operations] PingOffice: class token is for inputs with a ClientToken",
            id="token class without a token",
        ),
        pytest.param(
            TABLE,
            'idempotency = "token"',
            'idempotency = "unsafe"',
            "[operations] CreateLetter: class token is for inputs with a ClientToken",
            id="a token without token class",
        ),
        pytest.param(
            TABLE,
            PING,
            PING.replace('"offices"', '"bells"'),
            "[operations] PingOffice: unknown resource 'bells'",
            id="unknown resource",
        ),
        pytest.param(
            TABLE,
            "[resources]\n",
            '[resources]\nbells = "Bells."\n',
            "[resources] bells: has no operation",
            id="empty resource",
        ),
        pytest.param(
            OPERATIONS,
            'PingOffice = "Ask whether anybody is there."\n',
            "",
            "[phrases.operations] PingOffice: missing phrase",
            id="operation without phrase",
        ),
        pytest.param(
            MEMBERS,
            'Weight = "Weight in grams."\n',
            "",
            "[phrases.members] CreateLetterRequest.Weight: missing phrase",
            id="member without phrase",
        ),
        pytest.param(
            MEMBERS,
            'Weight = "Weight in grams."\n',
            'Weight = ""\n',
            "[phrases.members] CreateLetterRequest.Weight: missing phrase",
            id="member with an empty phrase",
        ),
        pytest.param(
            STRUCTURES,
            'Stamp = "A stamp: proof of postage."\n',
            "",
            "[phrases.structures] Stamp: missing phrase",
            id="structure without phrase",
        ),
        pytest.param(
            STRUCTURES,
            'ThrottlingException = "Too many letters at once."\n',
            "",
            "[phrases.structures] ThrottlingException: missing phrase",
            id="error without phrase",
        ),
        pytest.param(
            ENUMS,
            'LetterStatus = "Where a letter stands."\n',
            "",
            "[phrases.enums] LetterStatus: missing phrase",
            id="enum without phrase",
        ),
        pytest.param(
            TABLE,
            SUBJECT,
            "",
            r"[patterns] Subject: (?!\s*$)[\s\S]+ has a look-around, which Rust's engine lacks",
            id="look-around without entry",
        ),
        pytest.param(
            TABLE,
            "[operations]\n",
            '[operations]\nBurnLetter = { resource = "letters" }\n',
            "[operations] BurnLetter: unused entry",
            id="unused operation",
        ),
        pytest.param(
            TABLE,
            PING,
            PING.replace("{ ", '{ retries = "3", '),
            "[operations] PingOffice: unused entry 'retries'",
            id="unused key of an operation",
        ),
        pytest.param(
            TABLE,
            '{ resource = "offices", idempotency = "guarded"',
            '{ resource = "offices", idempotency = "repeatable"',
            "[guards.CloseOffice]: unused entry",
            id="guards of an operation that is not guarded",
        ),
        pytest.param(
            TABLE,
            f'{GUARD} = "The first',
            '"AshException" = "The first',
            "[guards.CloseOffice] AshException: CloseOffice has no error AshException",
            id="guard with an unknown code",
        ),
        pytest.param(
            TABLE,
            f"{GUARD} = ",
            '"InvalidLetterException" = ',
            "[guards.CloseOffice] InvalidLetterException: "
            "CloseOffice has no error InvalidLetterException",
            id="guard with another operation's code",
        ),
        pytest.param(
            TABLE,
            f"{GUARD} = ",
            '"ConflictException:OFFICE_BURNT" = ',
            "[guards.CloseOffice] ConflictException:OFFICE_BURNT: "
            "OFFICE_BURNT is no Reason and no ResourceType of ConflictException",
            id="guard with an unknown reason",
        ),
        pytest.param(
            TABLE,
            f'{GUARD} = "The first execution closed the office."',
            f'{GUARD} = ""',
            "[guards.CloseOffice] ConflictException:OFFICE_CLOSED: "
            "it takes a reason, and what it can mean otherwise",
            id="guard without a reason",
        ),
        pytest.param(
            TABLE,
            'otherwise = "It was sealed by hand."',
            'ortherwise = "It was sealed by hand."',
            "[guards.CloseOffice] ConflictException:LETTER_SEALED: "
            "it takes a reason, and what it can mean otherwise",
            id="guard with an unknown key",
        ),
        pytest.param(
            TABLE,
            "[sensitive]\n",
            '[sensitive]\nAsh = "Secret."\n',
            "[sensitive] Ash: unused entry",
            id="unused sensitive member",
        ),
        pytest.param(
            TABLE,
            SUBJECT,
            SUBJECT + "[patterns.Grams]\npattern = 'a'\nreason = \"None.\"\n",
            "[patterns] Grams: unused entry",
            id="unused pattern",
        ),
        pytest.param(
            TABLE,
            "[sensitive]\n",
            "[sensitve]\n[sensitive]\n",
            "[sensitve]: unused entry",
            id="unknown section",
        ),
        pytest.param(
            OPERATIONS,
            "[operations]\n",
            '[operations]\nBurnLetter = "Burn a letter."\n',
            "[phrases.operations] BurnLetter: unused entry",
            id="unused operation phrase",
        ),
        pytest.param(
            MEMBERS,
            "[members]\n",
            '[members]\nAsh = "What is left."\n',
            "[phrases.members] Ash: unused entry",
            id="unused member phrase",
        ),
        pytest.param(
            MEMBERS,
            "[members]\n",
            '[members]\n"Stamp.Ash" = "What is left."\n',
            "[phrases.members] Stamp.Ash: unused entry",
            id="unused phrase of a structure's member",
        ),
        pytest.param(
            STRUCTURES,
            "[structures]\n",
            '[structures]\nAsh = "What is left."\n',
            "[phrases.structures] Ash: unused entry",
            id="unused structure phrase",
        ),
        pytest.param(
            STRUCTURES,
            "[structures]\n",
            '[structures]\nCreateLetterRequest = "A request."\n',
            "[phrases.structures] CreateLetterRequest: unused entry",
            id="phrase for an operation's input",
        ),
        pytest.param(
            ENUMS,
            "[enums]\n",
            '[enums]\nAsh = "What is left."\n',
            "[phrases.enums] Ash: unused entry",
            id="unused enum phrase",
        ),
        pytest.param(
            ENUMS,
            "[values.LetterStatus]\n",
            '[values.LetterStatus]\nBURNT = "Ash."\n',
            "[phrases.values.LetterStatus] BURNT: unused entry",
            id="phrase for an unknown value",
        ),
        pytest.param(
            ENUMS,
            "[values.LetterStatus]\n",
            '[values.Ash]\nBURNT = "Ash."\n[values.LetterStatus]\n',
            "[phrases.values.Ash] BURNT: unused entry",
            id="value phrase for an unknown enum",
        ),
        pytest.param(
            TABLE,
            CARRIER,
            CARRIER.replace("Letter.Carrier", "Letter.Carriage"),
            "[open_enums.CarrierName] Letter.Carriage: no such member",
            id="open enum of an unknown member",
        ),
        pytest.param(
            TABLE,
            CARRIER,
            CARRIER.replace("Letter.Carrier", "Parcel.Carrier"),
            "[open_enums.CarrierName] Parcel.Carrier: no such member",
            id="open enum of an unknown structure",
        ),
        pytest.param(
            TABLE,
            CARRIER,
            "[open_enums.CarrierName]\n",
            "[open_enums.CarrierName]: members missing",
            id="open enum without members",
        ),
        pytest.param(
            TABLE,
            CARRIER,
            CARRIER.replace("CarrierName", "Stamp"),
            "[open_enums.Stamp]: the model has a shape of this name",
            id="open enum with a shape's name",
        ),
        pytest.param(
            TABLE,
            CARRIER,
            CARRIER.replace("CarrierName", "LetterClassInput"),
            "LetterClassInput: the name of an enum's input type",
            id="open enum with the name of an input type",
        ),
        pytest.param(
            TABLE,
            KNOWN,
            KNOWN.replace("CreateLetterRequest.Subject", "CreateLetterRequest.Topic"),
            "[known_values.OfficeSubjectInput] CreateLetterRequest.Topic: no such member",
            id="known values of an unknown member",
        ),
        pytest.param(
            TABLE,
            KNOWN,
            KNOWN.replace("CreateLetterRequest.Subject", "CreateLetterResult.Letter"),
            "[known_values.OfficeSubjectInput] CreateLetterResult: not in requests",
            id="known values of a result",
        ),
        pytest.param(
            TABLE,
            KNOWN,
            "[known_values.OfficeSubjectInput]\n",
            "[known_values.OfficeSubjectInput]: members missing",
            id="known values without members",
        ),
        pytest.param(
            TABLE,
            KNOWN,
            KNOWN.replace("OfficeSubjectInput", "OfficeSubject"),
            "[known_values.OfficeSubject]: the name of a type for requests ends in Input",
            id="known values with another name",
        ),
        pytest.param(
            TABLE,
            KNOWN,
            KNOWN.replace("OfficeSubjectInput", "LetterClassInput"),
            "LetterClassInput: the name of an enum's input type",
            id="known values with the name of an enum's type",
        ),
        pytest.param(
            TABLE,
            'status = "Status"\n',
            "",
            "[waiters.letter_sent]: no status",
            id="waiter without status",
        ),
        pytest.param(
            TABLE,
            'ids = "LetterIds"\n',
            "",
            "[waiters.letter_sent]: no ids, which a listing needs",
            id="waiter on a listing without ids",
        ),
        pytest.param(
            TABLE,
            'operation = "DescribeLetters"\nids = "LetterIds"\nid = "LetterId"\n',
            'operation = "CreateLetter"\nid = "LetterId"\n',
            "[waiters.letter_sent]: no listing 'CreateLetter'",
            id="waiter on an operation that is no read",
        ),
        pytest.param(
            TABLE,
            '"ON_ITS_WAY"',
            '"EATEN"',
            "[waiters.letter_sent]: 'EATEN' is no value of Status",
            id="waiter for an unknown status",
        ),
        pytest.param(
            TABLE,
            'title = "Toy Post Office"\n',
            "",
            "table.toml: 'title' is missing",
            id="table without title",
        ),
        pytest.param(
            ENUMS,
            "[enums]\n",
            "[enmus]\n[enums]\n",
            "phrases: unknown table [enmus]",
            id="unknown table of phrases",
        ),
    ],
)
def test_one_wrong_entry(toy: Toy, path: str, old: str, new: str, problem: str) -> None:
    toy.edit(path, old, new)

    assert toy.problems() == [problem]


def test_every_problem_is_listed(toy: Toy) -> None:
    toy.edit(MEMBERS, 'Weight = "Weight in grams."\n', 'Weigth = "Weight in grams."\n')
    toy.edit(TABLE, PING, PING.replace('"read"', '"reed"'))

    with pytest.raises(GeneratorError) as caught:
        toy.files()

    assert str(caught.value).splitlines() == [
        "post-office: 3 problem(s)",
        "[operations] PingOffice: unknown idempotency class 'reed'",
        "[phrases.members] CreateLetterRequest.Weight: missing phrase",
        "[phrases.members] Weigth: unused entry",
    ]


def test_the_same_phrase_in_two_files(toy: Toy) -> None:
    toy.phrase("members", "Weight")

    assert toy.problems() == ["more_Weight.toml: [members] Weight stands in another file already"]


@pytest.mark.parametrize("path", [TABLE, MEMBERS])
def test_broken_toml_names_the_file(toy: Toy, path: str) -> None:
    toy.append(path, "\n[half\n")

    with pytest.raises(GeneratorError) as caught:
        Tables(toy.folder)

    assert str(toy.folder / path) in str(caught.value)
    assert "line" in caught.value.problems[0]


def test_a_missing_table_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match=r"table\.toml: 1 problem"):
        Tables(tmp_path)


def test_a_file_that_grows_too_long(toy: Toy) -> None:
    members = toy.model["shapes"]["Letter"]["members"]
    added = [f"Note{number:03}" for number in range(LONGEST_FILE // 3)]
    members.update({name: {"shape": "String"} for name in added})
    phrases = "".join(f'{name} = "One more note."\n' for name in added)
    (toy.folder / "phrases" / "notes.toml").write_text(f"[members]\n{phrases}", encoding="utf-8")

    (problem,) = toy.problems()

    assert problem.startswith("_models/letters.py: ")
    assert problem.endswith(" lines; give its resource's operations two resources")


def test_two_members_with_one_attribute_name(toy: Toy) -> None:
    toy.model["shapes"]["CreateLetterRequest"]["members"]["sendAt"] = {"shape": "Timestamp"}
    toy.phrase("members", "sendAt")

    assert toy.problems() == ["CreateLetterRequest.send_at: two members of this name"]


def test_two_members_of_an_error_with_one_attribute_name(toy: Toy) -> None:
    toy.model["shapes"]["ConflictException"]["members"]["resourceId"] = {"shape": "String"}
    toy.phrase("members", "resourceId")

    assert toy.problems() == ["ConflictException.resource_id: two members of this name"]


def test_two_values_with_one_name(toy: Toy) -> None:
    toy.model["shapes"]["LetterClass"]["enum"].append("EVENT_NAME")

    assert toy.problems() == ["LetterClass.EVENT_NAME: two members of this name"]


def test_a_structure_that_nothing_uses(toy: Toy) -> None:
    toy.model["shapes"]["Ash"] = {"type": "structure", "members": {}}

    assert toy.problems() == ["Ash: no operation reaches this structure"]


def test_a_structure_that_contains_itself(toy: Toy) -> None:
    toy.model["shapes"]["Letter"]["members"]["Answer"] = {"shape": "Letter"}
    toy.phrase("members", "Answer")

    with pytest.raises(GeneratorError, match="contains itself"):
        toy.files()


def test_an_error_with_a_member_of_an_unexpected_kind(toy: Toy) -> None:
    toy.model["shapes"]["ConflictException"]["members"]["Weight"] = {"shape": "Grams"}

    assert toy.problems() == [
        "ConflictException.Weight: errors with members of kind double are not supported"
    ]
