"""Completions of Jedi, which python-lsp-server uses, and IPython before it evaluates anything."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import jedi
import pytest

import smsreg

from .snippets import EVERYWHERE, Snippet

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = (
    "smsreg",
    "smsreg.emulator",
    "smsreg.end_user_messaging",
    "smsreg.errors",
    "smsreg.events",
    "smsreg.rate_limits",
    "smsreg.registration",
    "smsreg.sms_voice",
    "smsreg.social_messaging",
    "smsreg.testing",
    "smsreg.types",
)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep Jedi's cache out of the home directory."""
    before = jedi.settings.cache_directory
    jedi.settings.cache_directory = str(tmp_path_factory.mktemp("jedi"))
    yield
    jedi.settings.cache_directory = before


@pytest.fixture(scope="module")
def environment() -> jedi.Environment:
    return jedi.create_environment(sys.prefix, safe=False)


Editor = Callable[[Snippet], jedi.Script]


@pytest.fixture
def editor(environment: jedi.Environment, tmp_path: Path) -> Editor:
    root = Path(smsreg.__file__).parent.parent
    project = jedi.Project(tmp_path, added_sys_path=[str(root)], smart_sys_path=False)

    def typed(snippet: Snippet) -> jedi.Script:
        path = tmp_path / "typed.py"
        return jedi.Script(snippet.source, path=path, environment=environment, project=project)

    return typed


@pytest.mark.parametrize("snippet", EVERYWHERE, ids=lambda snippet: snippet.name)
def test_completions(snippet: Snippet, editor: Editor) -> None:
    found = editor(snippet).complete(snippet.line + 1, snippet.column)

    names = [completion.name for completion in found]
    print(f"{snippet.code}  →  {', '.join(n for n in names if n in snippet.offered)}")
    assert set(snippet.offered) <= set(names)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_of_a_package(package: str, editor: Editor) -> None:
    snippet = Snippet("", f"import {package}\n    {package}.¦", ())

    found = {name.name for name in editor(snippet).complete(snippet.line + 1, snippet.column)}

    assert found >= set(importlib.import_module(package).__all__)


def test_help_on_an_operation(editor: Editor) -> None:
    snippet = Snippet("a call", "client.create_registrat¦ion()", ())

    (name,) = editor(snippet).help(snippet.line + 1, snippet.column)

    assert name.docstring().startswith("create_registration(*, registration_type: ")
    assert "Create a registration: an empty form of one type" in name.docstring()
