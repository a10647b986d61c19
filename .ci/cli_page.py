"""Records the screens of docs/cli.md and writes docs/cli-json.md, or compares both (--check).

A block that begins with ``$ smsreg`` shows the output of its commands, run in order against one
emulator with a seed and a fixed clock. A block of YAML whose first line is a comment with a name is
a file. Comments in the page's source control the emulator between the commands.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from smsreg.cli import main
from smsreg.cli.documents import DOCUMENTS
from smsreg.emulator import Clock, Emulator

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "cli.md"
JSON_PAGE = DOCS / "cli-json.md"
PART = re.compile(
    r"^```text\n(?P<screen>\$ smsreg .*?)^```$"
    r"|^```yaml\n# (?P<name>\S+)\n(?P<content>.*?)^```$"
    r"|^<!-- emulator: (?P<event>.*?) -->$",
    re.MULTILINE | re.DOTALL,
)
TOP = """\
<!-- Written by `python .ci/cli_page.py` from the models. -->

# The command line as JSON

With `--json` a command prints one JSON document, and `watch` prints one per line. This page lists
their schemas. Times are in UTC. New members may be added.
"""


class _Screen(io.StringIO):
    """A terminal without colours."""

    def isatty(self) -> bool:
        return True


class _Recorder:
    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder

    async def replace(self, part: re.Match[str]) -> str:
        """Execute a part of the page, and return the part with current output."""
        if part["event"]:
            self._happen(part["event"])
        elif part["name"]:
            (self.folder / part["name"]).write_text(part["content"], "utf-8")
        else:
            lines = part["screen"].splitlines()
            commands = [line for line in lines if line.startswith("$ smsreg ")]
            printed = [await self._print(command) for command in commands]
            return "```text\n" + "\n".join(printed) + "```"
        return part[0]

    def _happen(self, event: str) -> None:
        what, _, rest = event.partition(" ")
        if what == "replace":
            name, _, change = rest.partition(" ")
            before, _, after = change.partition("|")
            file = self.folder / name
            file.write_text(file.read_text("utf-8").replace(before, after), "utf-8")
        elif what == "approve":
            self.emulator.controls().approve(self._identifier())
        else:
            reason = "the website could not be reached"
            self.emulator.controls().deny(
                self._identifier(), fields={"contactInfo.website": reason}
            )

    def _identifier(self) -> str:
        return str(self.emulator.controls().registrations[-1]["id"])

    async def _print(self, command: str) -> str:
        words = command.split()[2:]
        if "ID" in words:
            words = [self._identifier() if word == "ID" else word for word in words]
        if words[0] == "emulator":
            return f"{command}\n{_stripped(_settled(await asyncio.to_thread(_greeting)))}"
        screen = _Screen()
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            status = await asyncio.to_thread(main, words)
        ended = f"(exit status {status})\n" if status else ""
        return f"{command}\n{_stripped(_settled(screen.getvalue()))}{ended}"


def _greeting() -> str:
    """Return what ``smsreg emulator`` prints when it starts."""
    command = [sys.executable, "-m", "smsreg", "emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 -- smsreg's own command
        lines: list[str] = []
        for line in server.stdout or ():
            lines.append(line)
            if line.startswith("Stop with"):  # it is ready; the rest of its output is still read
                server.terminate()
    return "".join(lines).rstrip() + "\n"


def _settled(text: str) -> str:
    """Replace what differs from run to run: ports, durations of steps, and today's date."""
    text = re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:4570", text)
    text = re.sub(r"\b\d+(\.\d+)? m?s$", "0.1 s", text, flags=re.MULTILINE)
    return re.sub(r"(definitions read )[\d-]+", r"\g<1>2027-01-15", text)


def _stripped(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


@contextlib.contextmanager
def _surroundings(folder: Path, options: dict[str, str]):  # noqa: ANN202 -- contextlib makes its type
    """Change to a folder, with an environment in which any AWS client finds the emulator."""
    before, here = dict(os.environ), Path.cwd()
    for name in before:
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ |= {
        "AWS_ENDPOINT_URL": options["endpoint_url"],
        "AWS_DEFAULT_REGION": options["region_name"],
        "AWS_ACCESS_KEY_ID": options["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": options["aws_secret_access_key"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "COLUMNS": "80",
        "TERM": "dumb",
    }
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ |= before


async def page() -> str:
    """Return docs/cli.md with all screens recorded again."""
    text, end, parts = PAGE.read_text("utf-8"), 0, []
    async with Emulator(clock=Clock.fixed(), seed=1, review_seconds=None) as emulator:
        with tempfile.TemporaryDirectory() as name:
            options = {key: str(value) for key, value in emulator.boto_options.items()}
            with _surroundings(Path(name), options):
                recorder = _Recorder(emulator, Path(name))
                for part in PART.finditer(text):
                    parts += [text[end : part.start()], await recorder.replace(part)]
                    end = part.end()
        return "".join([*parts, text[end:]])


def json_page() -> str:
    """Return docs/cli-json.md."""
    parts = [TOP]
    for name, document in DOCUMENTS.items():
        schema = json.dumps(document.model_json_schema(mode="serialization"), indent=1)
        parts.append(f"\n## {name}\n\n```json\n{schema}\n```\n")
    return "".join(parts)


if __name__ == "__main__":
    pages = {PAGE: asyncio.run(page()), JSON_PAGE: json_page()}
    for path, text in pages.items():
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path.name} is stale")
