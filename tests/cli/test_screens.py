"""The recorded screens are current, and every command's JSON matches the page's schemas."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from smsreg.cli.documents import DOCUMENTS
from smsreg.registration import RegistrationDraft

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = runpy.run_path(str(ROOT / ".ci" / "cli_page.py"))
SECTION = re.compile(r"^## (\w+)\n\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KIND = "US_TEN_DLC_BRAND_REGISTRATION"


async def test_screens_are_up_to_date():
    assert await SCRIPT["page"]() == SCRIPT["PAGE"].read_text("utf-8"), "run .ci/cli_page.py"


async def test_screens_fit_80_columns():
    text = SCRIPT["PAGE"].read_text("utf-8")
    screens = re.findall(r"^```text\n\$ smsreg .*?^```$", text, re.MULTILINE | re.DOTALL)
    recorded = set(re.findall(r"^\$ smsreg (\w+)", "\n".join(screens), re.MULTILINE))
    assert set(DOCUMENTS) - {"failure"} <= recorded
    assert max(len(line) for screen in screens for line in screen.splitlines()) <= 80


def test_schemas_are_up_to_date():
    assert SCRIPT["json_page"]() == SCRIPT["JSON_PAGE"].read_text("utf-8"), "run .ci/cli_page.py"


@pytest.fixture
def printed(run):
    """Run a command with --json and check its document against the page's schema."""
    schemas = dict(SECTION.findall(SCRIPT["JSON_PAGE"].read_text("utf-8")))

    async def one(*arguments, status: int = 0, schema: str | None = None):
        ended, out, err = await run(*arguments, "--json")
        assert (ended, err) == (status, "")
        assert out.isascii()
        document = json.loads(out)
        validator = jsonschema.Draft202012Validator(json.loads(schemas[schema or arguments[0]]))
        validator.validate(document)
        return document

    return one


async def test_json_of_every_command(printed, still, draft, tmp_path):
    file = draft()
    assert KIND in [row["registration_type"] for row in (await printed("types"))["types"]]
    form = await printed("form", KIND)
    assert form["fields"][0]["path"] == "companyInfo.companyName"
    assert (await printed("check", file))["drafts"][0]["problems"] == []
    (plan,) = (await printed("plan", file))["plans"]
    assert plan["steps"][0]["action"] == "create_registration"
    (applied,) = (await printed("apply", file, status=3))["applied"]
    assert applied["next_step"]["action"] == "submit_registration_version"
    await printed("apply", file, "--yes", status=3)
    identifier = applied["registration_id"]
    (row,) = (await printed("status", identifier, status=3))["registrations"]
    assert (row["whose_turn"], row["registration_type"]) == ("reviewers", KIND)
    website = "contactInfo.website"
    still.controls().deny(identifier, fields={website: "not reachable"})
    denial = await printed("explain", identifier)
    assert denial["fields"][website]["denied_reason"] == "not reachable"
    fixes = tmp_path / "fixes.json"
    fixes.write_text(json.dumps({website: "https://www.dental.example"}), "utf-8")
    (revised,) = (await printed("revise", identifier, fixes, "--yes", status=3))["applied"]
    assert revised["version_number"] == 2
    still.controls().approve(identifier)
    assert (await printed("watch", identifier))["status"] == "COMPLETE"
    pulled = await printed("pull", identifier)
    again = tmp_path / "pulled.json"
    again.write_text(json.dumps(pulled), "utf-8")
    assert RegistrationDraft.read(again).values[website] == "https://www.dental.example"
    findings = (await printed("doctor"))["findings"]
    assert {finding["state"] for finding in findings} == {"ok"}


def test_json_of_the_quickstart_and_the_emulator():
    schemas = dict(SECTION.findall(SCRIPT["JSON_PAGE"].read_text("utf-8")))
    command = [sys.executable, "-m", "smsreg"]
    ended = subprocess.run(  # noqa: S603 -- our own command
        [*command, "quickstart", "--json"], capture_output=True, text=True, check=True
    )
    found = json.loads(ended.stdout)
    jsonschema.validate(found, json.loads(schemas["quickstart"]))
    assert found["complete"]
    arguments = [*command, "emulator", "--json", "--port", "0"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 -- our own command
        found = json.loads(server.stdout.readline())
        server.terminate()
    jsonschema.validate(found, json.loads(schemas["emulator"]))
    assert found["endpoint_url"].startswith("http://127.0.0.1:")


async def test_json_of_failures(printed, draft, tmp_path):
    arguments = ("status", "registration-unknown")
    failure = await printed(*arguments, status=1, schema="failure")
    assert failure["error"] == "RegistrationError"
    failure = await printed("check", tmp_path / "none.yaml", status=2, schema="failure")
    assert "none.yaml" in failure["message"]
    file = draft(companyInfo_taxIdIssuingCountry="USA")
    document = await printed("check", file, status=1)
    assert document["drafts"][0]["problems"][0]["severity"] == "error"


async def test_json_of_a_failure_has_what_was_applied_before(printed, still, draft):
    good, bad = draft(), draft("other.yaml", key="acme/other")
    still.faults.error("PutRegistrationFieldValue", code="AccessDeniedException", skip=14)
    failure = await printed("apply", good, bad, "--yes", status=1, schema="failure")
    assert failure["error"] == "AccessDeniedException"
    (applied,) = failure["applied"]
    assert (applied["waiting_for"], len(still.controls().registrations)) == ("review", 2)
