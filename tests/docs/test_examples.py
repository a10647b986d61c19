"""Every Python block of the README and of the pages runs against the emulator.

A block with ``asyncio.run`` or ``__main__`` is a script, run as one. Any other runs inside an async
function with ``client``, ``social``, ``profiles``, ``emulator`` and the ids that it names; see the
end of docs/index.md.
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
from reference.resources import Resources

from smsreg import EndUserMessagingClient, SMSVoiceClient, SocialMessagingClient
from smsreg.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"json", "mermaid", "python", "sh", "text", "toml", "yaml"}
FORM = "US_TOLL_FREE_REGISTRATION"
SCRIPT_SECONDS = 60
RESOURCES = {
    name[1:]
    for name, make in vars(Resources).items()
    if re.match("_[a-z]", name) and list(inspect.signature(make).parameters) == ["self"]
}
"""Names such as ``phone_number_id``, whose resources are created for the block."""


class Block(NamedTuple):
    page: Path
    line: int
    code: str

    @property
    def is_script(self) -> bool:
        runs = "asyncio.run(" in self.code or "__main__" in self.code
        return runs and "def test_" not in self.code


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
def test_blocks_run_or_declare_another_kind(page: Path):
    text = page.read_text(encoding="utf-8")
    assert text.count("```") == 2 * len(BLOCK.findall(text))
    assert {language for language, _ in BLOCK.findall(text)} <= LANGUAGES


@pytest.mark.usefixtures("aws_environment")
@pytest.mark.parametrize("block", SCRIPTS, ids=where)
async def test_script(block: Block, client: SMSVoiceClient):
    await client.create_registration(registration_type=FORM)  # so that listings have an item
    await client.request_phone_number(  # and messages have a sender
        iso_country_code="GB",
        message_type="TRANSACTIONAL",
        number_capabilities=["SMS"],
        number_type="LONG_CODE",
    )
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
    block: Block,
    client: SMSVoiceClient,
    social: SocialMessagingClient,
    profiles: EndUserMessagingClient,
    emulator: Emulator,
):
    names = {"client": client, "social": social, "profiles": profiles, "emulator": emulator}
    resources = Resources(emulator, client, social, profiles)
    tree = ast.parse(block.code, str(block.page))
    for name in sorted(missing(tree) & RESOURCES):
        names[name] = await resources.get(name)
    ast.increment_lineno(tree, block.line - 1)
    compiled = compile(tree, str(block.page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    run = types.FunctionType(compiled, names)
    if compiled.co_flags & inspect.CO_COROUTINE:
        await run()
    else:  # run in a thread, as the emulator runs in the event loop of this one
        await asyncio.to_thread(run)
    fixtures = {"sms_voice_client": client, "smsreg_emulator": emulator}
    for name, test in list(names.items()):  # tests that a page shows run as well
        parameters = inspect.signature(test).parameters if name.startswith("test_") else {}
        if parameters and parameters.keys() <= fixtures.keys():
            await test(**{parameter: fixtures[parameter] for parameter in parameters})


def missing(tree: ast.Module) -> set[str]:
    """Return the names that a block reads but does not define."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return {node.id for node in names if isinstance(node.ctx, ast.Load)} - made
