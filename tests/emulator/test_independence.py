"""The emulator's sources share no code with the client and use the model's names."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import botocore.session
import pytest

import smsreg.emulator
from smsreg.emulator.sms_voice import sms_handlers
from smsreg.emulator.social_messaging import social_handlers

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(smsreg.emulator.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
SESSION = botocore.session.get_session()
SMS = SESSION.get_service_model("pinpoint-sms-voice-v2")
SOCIAL = SESSION.get_service_model("socialmessaging")


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_modules_are_small_and_share_nothing_with_the_client(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400
    for node in nodes(path):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            in_client = name.startswith("smsreg") and not name.startswith("smsreg.emulator")
            # The plugin creates clients for its users' tests, which the emulator itself never does;
            # names that are loaded on first use are unrelated to the services.
            shared = name in ("smsreg._lazy", "smsreg._version")
            assert not in_client or shared or path.name == "pytest_plugin.py"
            top = name.partition(".")[0]
            # Only pydantic-core's linear regular expressions and aiobotocore's classes for a
            # client's options are used: neither validates nor encodes anything here.
            only = {
                "aiobotocore": ["client_options.py"],
                "botocore": ["service_model.py", "client_options.py"],
                "pydantic": [],
                "pydantic_core": ["safe_regex.py"],
                "tenacity": [],
            }
            assert path.name in only.get(top, [path.name])


def test_every_operation_has_a_handler() -> None:
    assert set(sms_handlers()) == set(SMS.operation_names)
    assert set(social_handlers()) == set(SOCIAL.operation_names)


def test_every_reason_is_one_of_the_models() -> None:
    enums = {
        "invalid": "ValidationExceptionReason",
        "conflict": "ConflictExceptionReason",
        "over_quota": "ServiceQuotaExceededExceptionReason",
    }
    found = 0
    for path in FILES:
        for node in nodes(path):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            known = enums.get(node.func.id)
            first = node.args[0] if node.args else None
            if known and isinstance(first, ast.Constant):
                assert first.value in SMS.shape_for(known).enum, (path, first.value)
                found += 1
    assert found > 80
