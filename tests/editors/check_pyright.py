"""Completions, hovers and diagnostics of pyright's language server, which Pylance shares.

``python -m pytest tests/editors/check_pyright.py`` runs it if pyright is installed, as CI does. The
ordinary test run leaves it out, as it does not install pyright.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from .language_server import LanguageServer
from .snippets import EVERYWHERE, TYPED, Snippet

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    command = [sys.executable, "-m", "pyright.langserver", "--stdio"]
    server = LanguageServer(command, tmp_path_factory.mktemp("project"))
    yield server
    server.close()


@pytest.mark.parametrize("snippet", [*EVERYWHERE, *TYPED], ids=lambda snippet: snippet.name)
def test_completions(pyright: LanguageServer, snippet: Snippet) -> None:
    offered = pyright.completions(snippet)

    print(f"{snippet.code}  →  {', '.join(name for name in offered if name in snippet.offered)}")
    assert set(snippet.offered) <= set(offered)


def test_required_keywords_are_listed_first(pyright: LanguageServer) -> None:
    snippet = Snippet("", "await client.create_registration(¦)", ())

    assert sorted(pyright.completions(snippet)[:3]) == [
        "client_token=",
        "registration_type=",
        "tags=",
    ]


def test_hover_on_an_operation(pyright: LanguageServer) -> None:
    shown = pyright.hover(Snippet("", "await client.create_regis¦tration()", ()))

    assert "registration_type: RegistrationTypeInput" in shown
    assert "-> CoroutineType[Any, Any, CreateRegistrationResult]" in shown
    assert "Create a registration: an empty form of one type" in shown
    assert "registration_type: Type of form to start." in shown


def test_hover_on_a_member(pyright: LanguageServer) -> None:
    code = "async for item in client.describe_registrations():\n        item.registration_st¦atus"

    shown = pyright.hover(Snippet("", code, ()))

    assert shown.startswith("(variable) registration_status: RegistrationStatus")


@pytest.mark.parametrize(
    ("code", "piece", "says"),
    [
        (
            'await client.set_default_message_type(configuration_set_name="s", message_type="OTP")',
            '"OTP"',
            'cannot be assigned to parameter "message_type"',
        ),
        (
            'await client.create_registration(registration_type="X", tag=[])',
            "tag",
            'No parameter named "tag"',
        ),
        (
            "await client.create_registration()",
            "client.create_registration()",
            'Argument missing for parameter "registration_type"',
        ),
        (
            'client.describe_registrations(filters=[{"nam": "registration-status", "values": []}])',
            '{"nam": "registration-status", "values": []}',
            'is not assignable to "RegistrationFilterDict"',
        ),
        (
            "RegistrationStatus.COMPLETED",
            "COMPLETED",
            'Cannot access attribute "COMPLETED" for class "type[RegistrationStatus]"',
        ),
        (
            "for item in client.describe_registrations():\n        pass",
            "client.describe_registrations()",
            "is not iterable",
        ),
    ],
    ids=["a value", "a keyword", "a missing keyword", "a key", "a member", "a loop"],
)
def test_a_mistake_is_underlined(pyright: LanguageServer, code: str, piece: str, says: str) -> None:
    found = pyright.underlined(Snippet("", f"{code}¦", ()))

    print(found)
    assert [part for part, _ in found] == [piece]
    assert says in found[0][1]


def test_what_is_right_is_not_underlined(pyright: LanguageServer) -> None:
    code = (
        'done = await client.create_registration(registration_type="OF_TOMORROW")\n'
        "    assert done.registration_status is RegistrationStatus.CREATED¦"
    )

    assert pyright.underlined(Snippet("", code, ())) == []
