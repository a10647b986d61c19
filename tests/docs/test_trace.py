"""The trace on the page about observability is what its code prints."""

from __future__ import annotations

import ast
import inspect
import os
import re
import types
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from smsreg import SMSVoiceClient
    from smsreg.emulator import Emulator

PRINTED = re.compile(
    r"```python\n((?:(?!```).)*)```\n\nThis prints:\n\n```text\n(.*?)```\n", re.DOTALL
)
CHANGING = [
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"(server\.port = )\d+"), r"\1PORT"),
    (re.compile(r"(delay': |waited = )(?!0\.0\b)[\d.]+(?:e-\d+)?"), r"\1SECONDS"),
]


def lasting(text: str) -> str:
    """Remove what differs from run to run."""
    for pattern, substitute in CHANGING:
        text = pattern.sub(substitute, text)
    return text


@pytest.mark.usefixtures("aws_environment")
async def test_the_printed_trace(
    root: Path, client: SMSVoiceClient, emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    page = root / "docs" / "observability.md"
    text = page.read_text(encoding="utf-8")
    found = PRINTED.search(text)
    assert found is not None
    compiled = compile(found[1], str(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    running = types.FunctionType(compiled, {"client": client, "emulator": emulator})()
    assert inspect.iscoroutine(running)
    await running
    printed = capsys.readouterr().out
    if os.environ.get("SMSREG_RENEW_PAGES"):
        page.write_text(text[: found.start(2)] + printed + text[found.end(2) :], encoding="utf-8")
    else:
        assert lasting(printed) == lasting(found[2])
