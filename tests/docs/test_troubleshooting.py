"""Every error message has a row on the troubleshooting page, and every row has a message."""

import re
from pathlib import Path

from smsreg.errors import (
    ClientClosedError,
    CredentialsError,
    InvalidRequestError,
    OutcomeUnknownError,
    ServiceError,
)
from tests.error_messages import NAMES, messages

ROW = re.compile(r"^\| (`.*?`) \| .+ \| .+ \|$", re.MULTILINE)
SHORTEST = 9
"""A shorter constant part identifies no message: such messages are composed elsewhere."""
PUT_TOGETHER = {"_runtime/retry/classify.py", "_runtime/settings.py", "events/_parse.py"}
"""Modules with a message that consists of a name and a reason."""


def rows(root: Path) -> list[str]:
    text = (root / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    return [message for row in ROW.findall(text) for message in re.findall(r"`([^`]+)`", row)]


def test_every_message_in_the_code_has_a_row(root: Path, package: Path):
    page = "\n".join(rows(root))
    found = messages(package)
    assert len(found) > 70
    for message in found:
        if len(message.core) < SHORTEST:
            assert message.place in PUT_TOGETHER | {"_numbers.py"}, message
        else:
            assert message.core in page, message


def test_every_class_of_the_tree_raises_a_message_that_has_a_row(package: Path):
    raised = {message.error for message in messages(package)}
    built_elsewhere = {
        "SmsregError", "ServiceError", "ThrottlingError", "WaiterError",  # by subclasses
        "InvalidRequestError", "ClientClosedError",  # below
    }  # fmt: skip
    assert raised | built_elsewhere == NAMES


def test_messages_that_the_classes_themselves_write_have_rows(root: Path):
    page = "\n".join(rows(root))
    assert str(ClientClosedError()) in page
    assert " was not sent, … problem(s):" in page
    assert "X was not sent, 1 problem(s):" in str(InvalidRequestError("X", [("a", "b")]))
    assert "invalid value, … problem(s):" in page
    assert "invalid value, 1 problem(s):" in str(InvalidRequestError(None, [("a", "b")]))
    for verdict in ("may have been", "was probably"):
        likely = verdict == "was probably"
        assert f" {verdict} carried out: " in page
        assert f"X {verdict} carried out: y" in str(
            OutcomeUnknownError("X", "y", likely_done=likely)
        )
    response = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
    assert str(ServiceError(response, "X")).startswith("AccessDeniedException from X")
    assert "AccessDeniedException from …" in page
    assert str(CredentialsError("y", provider="sso")) == "y (provider sso)"


def test_every_row_is_of_an_existing_message(root: Path, package: Path):
    source = "".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))
        for path in package.rglob("*.py")
        if "emulator" not in path.parts
    )
    for row in rows(root):
        core = max(row.split("…"), key=len).strip(" :,;()'")
        if " from" in row[-10:]:  # an error of a service, by its code
            continue
        for part in core.split(": "):
            words = part.removeprefix("endpoint_url ").replace('"', '\\"')
            assert words in source or words.replace('\\"', '"') in source, row
