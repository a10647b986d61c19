"""The report on what a newer model has that the packages lack."""

from __future__ import annotations

import copy
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from smsreg._codegen.__main__ import main
from smsreg._codegen.news import compare, models
from smsreg._codegen.problem import GeneratorError
from smsreg._codegen.service import BOTOCORE_VERSION, parse

from .toys import TOYS, Toy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def toy() -> Toy:
    return Toy.open(TOYS / "post_office")


def lines(toy: Toy, model: dict[str, Any], paginators: dict[str, Any] | None = None) -> list[str]:
    """Return the report on a changed model, and the report in the opposite direction."""
    old = parse("post-office", toy.model, toy.paginators)
    new = parse("post-office", model, toy.paginators if paginators is None else paginators)
    return list(compare(old, new))


def test_nothing_is_new(toy: Toy) -> None:
    assert lines(toy, copy.deepcopy(toy.model)) == []


def test_operations_and_errors(toy: Toy) -> None:
    model = copy.deepcopy(toy.model)
    model["operations"]["OpenOffice"] = {"name": "OpenOffice"}
    del model["operations"]["DescribeLetters"]
    model["operations"]["CloseOffice"]["errors"] = [{"shape": "InvalidLetterException"}]
    model["operations"]["CreateLetter"]["output"] = {"shape": "CreateLetterRequest"}
    assert lines(toy, model)[:6] == [
        "new operation OpenOffice",
        "operation DescribeLetters is gone",
        "CloseOffice may fail with InvalidLetterException now",
        "CloseOffice no longer fails with ConflictException",
        "CloseOffice no longer fails with ThrottlingException",
        "CreateLetter returns CreateLetterRequest instead of CreateLetterResult",
    ]


def test_pages(toy: Toy) -> None:
    assert lines(toy, toy.model, {}) == ["DescribeLetters is no longer paged"]


def test_members_enums_and_rules(toy: Toy) -> None:
    model = copy.deepcopy(toy.model)
    shapes = model["shapes"]
    shapes["CreateLetterRequest"]["members"]["Seal"] = {"shape": "Seal"}
    shapes["CreateLetterRequest"]["required"] = ["Seal"]
    shapes["Seal"] = {
        "type": "structure",
        "members": {"Color": {"shape": "Color"}},
        "required": ["Color"],
    }
    shapes["Color"] = {"type": "string", "enum": ["RED", "BLUE"]}
    found = lines(toy, model)
    assert "CreateLetterRequest has the new member Seal (required): Seal" in found
    assert "new structure Seal: Color (required)" in found
    assert "new enum Color: RED, BLUE" in found
    newer = copy.deepcopy(model)
    newer["shapes"]["Color"] = {"type": "string", "enum": ["RED", "GREEN"], "max": 5}
    newer["shapes"]["Seal"]["required"] = []
    newer["shapes"]["Seal"]["members"]["Color"]["shape"] = "String"
    newer["shapes"].setdefault("String", {"type": "string"})
    before, after = (parse("post-office", each, {}) for each in (model, newer))
    found = list(compare(before, after))
    assert "Color has the new values GREEN" in found
    assert "Color no longer has the values BLUE" in found
    assert "Color is at most 5 now, and was without rules" in found
    assert "Color of Seal is optional now" in found
    assert "Color of Seal is of the type String now, and was of Color" in found
    assert "Color of Seal is optional now" not in list(compare(after, before))


def data(folder: Path, change: Any = None) -> Path:
    """A folder in the layout of botocore's data, with the three services, unchanged or changed."""
    from botocore.loaders import Loader  # noqa: PLC0415 -- here alone

    for service in ("pinpoint-sms-voice-v2", "socialmessaging", "endusermessaging"):
        version = Loader().determine_latest_version(service, "service-2")
        directory = folder / "botocore" / "data" / service / version
        directory.mkdir(parents=True)
        for name in ("service-2", "paginators-1"):
            content = Loader().load_service_model(service, name)
            if change is not None and (service, name) == ("socialmessaging", "service-2"):
                change(content)
            (directory / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder / "botocore" / "data"


def one_more(model: dict[str, Any]) -> None:
    model["operations"]["SendWhatsAppPostcard"] = {"name": "SendWhatsAppPostcard"}


def packages(folder: Path, version: str) -> str:
    """A folder with packages generated from a version of botocore."""
    for package in ("sms_voice", "social_messaging", "end_user_messaging"):
        (folder / package).mkdir(parents=True)
        stamp = f"# Model: x 1, botocore {version}.\n"
        (folder / package / "__init__.py").write_text(stamp, encoding="utf-8")
    return str(folder)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = packages(tmp_path / "packages", BOTOCORE_VERSION)
    same = str(data(tmp_path / "same"))
    assert main(["--news", same, "--output", output]) == 0
    assert capsys.readouterr().out.count("no differences to") == 3
    folder = data(tmp_path / "more", one_more)
    wheel = tmp_path / "botocore-9.9.9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in folder.rglob("*.json"):
            archive.write(path, path.relative_to(tmp_path / "more"))
    assert main(["--news", str(wheel), "--output", output]) == 1
    printed = capsys.readouterr().out
    assert "socialmessaging: 3 differences to botocore 9.9.9\n" in printed
    assert "  new operation SendWhatsAppPostcard\n" in printed
    assert "pinpoint-sms-voice-v2: no differences" in printed


def test_another_botocore_than_the_packages_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = packages(tmp_path / "packages", "0.0.1")
    assert main(["--news", str(data(tmp_path)), "--output", output]) == 2
    assert "generated from botocore 0.0.1" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nothing", "botocore-1.0-py3-none-any.whl", "other-1.whl"])
def test_a_file_that_is_not_a_wheel_is_refused(name: str, tmp_path: Path) -> None:
    with (
        pytest.raises(GeneratorError, match="neither a wheel of botocore nor a folder"),
        models(str(tmp_path / name), []),
    ):
        pass
