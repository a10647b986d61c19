"""Every Python block of the README and of the pages runs against the emulator.

A block with ``asyncio.run`` is a script, run as one. Any other runs inside an async function with
``client``, ``social`` and ``emulator``; see the end of docs/index.md.
"""

import ast
import asyncio
import inspect
import re
import sys
import types
from pathlib import Path
from typing import NamedTuple

import pytest

from smsreg import SMSVoiceClient, SocialMessagingClient
from smsreg.emulator import Emulator
from smsreg.sms_voice import FieldRequirement

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"json", "python", "sh", "text", "toml", "yaml"}
FORM = "US_TOLL_FREE_REGISTRATION"
SCRIPT_SECONDS = 60


class Block(NamedTuple):
    page: Path
    line: int
    code: str

    @property
    def is_script(self) -> bool:
        return "asyncio.run(" in self.code


def find_blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            language, code = match.groups()
            if language == "python":
                found.append(Block(page, text.count("\n", 0, match.start()) + 2, code))
    return found


def where(block: Block) -> str:
    return f"{block.page.name}:{block.line}"


BLOCKS = find_blocks()
SCRIPTS = [block for block in BLOCKS if block.is_script]
FRAGMENTS = [block for block in BLOCKS if not block.is_script]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_are_code_that_runs_or_say_what_else_they_are(page: Path):
    text = page.read_text(encoding="utf-8")
    assert text.count("```") == 2 * len(BLOCK.findall(text))
    assert {language for language, _ in BLOCK.findall(text)} <= LANGUAGES


@pytest.mark.usefixtures("aws_environment")
@pytest.mark.parametrize("block", SCRIPTS, ids=where)
async def test_script(block: Block, client: SMSVoiceClient):
    await client.create_registration(registration_type=FORM)  # so that listings have an item
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-c", block.code),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), SCRIPT_SECONDS)
    assert process.returncode == 0, errors.decode()
    assert errors == b""
    assert output
    if block.page.name == "index.md":
        assert output.endswith(b" COMPLETE\n"), output


@pytest.mark.usefixtures("aws_environment")
@pytest.mark.parametrize("block", FRAGMENTS, ids=where)
async def test_fragment(
    block: Block, client: SMSVoiceClient, social: SocialMessagingClient, emulator: Emulator
):
    names = {"client": client, "social": social, "emulator": emulator}
    if "denied_registration_id" in block.code:
        names["denied_registration_id"] = await denied_registration(client, emulator)
    tree = ast.parse(block.code, str(block.page))
    ast.increment_lineno(tree, block.line - 1)
    compiled = compile(tree, str(block.page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    running = types.FunctionType(compiled, names)()
    if inspect.iscoroutine(running):
        await running


async def denied_registration(client: SMSVoiceClient, emulator: Emulator) -> str:
    """Make a registration that is denied for one of its fields."""
    registration_id = (await client.create_registration(registration_type=FORM)).registration_id
    number = await client.request_phone_number(
        iso_country_code="US",
        message_type="TRANSACTIONAL",
        number_capabilities=["SMS"],
        number_type="TOLL_FREE",
    )
    await client.create_registration_association(
        registration_id=registration_id, resource_id=number.phone_number_id
    )
    proof = await client.create_registration_attachment(attachment_body=b"%PDF-1.7")
    async for field in client.describe_registration_field_definitions(registration_type=FORM):
        if field.field_requirement is not FieldRequirement.OPTIONAL:
            choices = field.select_validation and field.select_validation.options[:1]
            file = proof.registration_attachment_id if field.field_type == "ATTACHMENT" else None
            text = field.display_hints.example_text_value
            await client.put_registration_field_value(
                registration_id=registration_id,
                field_path=field.field_path,
                select_choices=choices,
                registration_attachment_id=file,
                text_value=None if choices or file else text,
            )
    await client.submit_registration_version(registration_id=registration_id)
    emulator.deny(registration_id, "Not your site", field="companyInfo.website")
    return registration_id
