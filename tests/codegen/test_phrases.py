"""The phrases of all services are short plain sentences, not copied from AWS's documentation."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import Loader

from smsreg._codegen.tables import SERVICES, Tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDERS = sorted(path.parent for path in SERVICES.glob("*/table.toml"))
LONGEST = 200
RUN = 8
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
LINK = re.compile(r"\]\(|(?<!`)https?://")


def phrases(tables: Tables) -> dict[str, str]:
    """Return every sentence of the phrase book, and the table's sentences of the same kind."""
    sections = (
        tables.operation_phrases,
        tables.member_phrases,
        tables.structure_phrases,
        tables.enum_phrases,
        *tables.value_phrases.values(),
    )
    found = {
        f"[{section.title}] {key}": phrase
        for section in sections
        for key, phrase in section.entries.items()
    }
    found |= {f"[resources] {key}": phrase for key, phrase in tables.resources.items()}
    found |= {f"[open_enums.{key}]": entry["phrase"] for key, entry in tables.open_enums.items()}
    found |= {f"[waiters.{key}]": entry["phrase"] for key, entry in tables.waiters.items()}
    return found


def reasons(tables: Tables) -> dict[str, str]:
    """Return every reason in the table; those of operations appear in docstrings."""
    entries = tables.operations.entries.items()
    found = {f"[operations] {key}": entry["reason"] for key, entry in entries}
    found |= {f"[sensitive] {key}": reason for key, reason in tables.sensitive.entries.items()}
    tabled = [("open_enums", tables.open_enums), ("patterns", tables.patterns.entries)]
    for title, section in tabled:
        found |= {f"[{title}.{key}]": entry["reason"] for key, entry in section.items()}
    return found


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower())


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[at : at + RUN]) for at in range(len(found) - RUN + 1)}


def documentation(node: Any) -> Iterator[str]:
    """Yield every documentation string of botocore's model."""
    if isinstance(node, list):
        for item in node:
            yield from documentation(item)
    elif isinstance(node, dict):
        for key, item in node.items():
            if key == "documentation" and isinstance(item, str):
                yield item
            else:
                yield from documentation(item)


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
def tables(folder: Path) -> Tables:
    return Tables(folder)


def test_there_are_three_services() -> None:
    names = sorted(folder.name for folder in FOLDERS)
    assert names == ["end_user_messaging", "sms_voice", "social_messaging"]


def test_phrases_are_short_plain_sentences(tables: Tables) -> None:
    wrong = [
        f"{key}: {phrase}"
        for key, phrase in phrases(tables).items()
        if not phrase.endswith(".")
        or len(phrase) > LONGEST
        or phrase != " ".join(phrase.split())
        or not (phrase[0].isupper() or phrase[0] in "`0123456789")
        or TAG.search(phrase)
        or LINK.search(phrase)
        or phrase.count("``") % 2
    ]

    assert wrong == []


def test_reasons_are_plain_sentences_of_their_own(tables: Tables) -> None:
    found = reasons(tables)
    wrong = [
        f"{key}: {reason}"
        for key, reason in found.items()
        if not reason.endswith(".") or "\n" in reason or TAG.search(reason)
    ]
    classes = [entry["reason"] for entry in tables.operations.entries.values()]

    assert wrong == []
    assert sorted({r for r in classes if classes.count(r) > 1}) == []


def test_nothing_is_copied_from_the_documentation_of_the_service(tables: Tables) -> None:
    model = Loader().load_service_model(tables.service, "service-2")
    documented: set[tuple[str, ...]] = set()
    for text in documentation(model):
        documented |= runs(re.sub(r"<[^>]+>", " ", text)) | runs(re.sub(r"<[^>]+>", "", text))
    written = {**phrases(tables), **reasons(tables)}

    copied = [
        f"{key}: {' '.join(run)}" for key, p in written.items() for run in runs(p) & documented
    ]

    assert len(documented) > 1000
    assert copied == []


def test_the_generated_docstrings_have_no_markup() -> None:
    for folder in FOLDERS:
        package = importlib.import_module(f"smsreg.{folder.name}")  # imported late, as it is slow
        for name in package.__all__:
            text = getattr(package, name).__doc__ or ""
            assert not TAG.search(text), f"{package.__name__}.{name}"
