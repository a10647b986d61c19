"""The files at the top level, the links of the pages, and words that no file may contain."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from smsreg import __version__

TOP_LEVEL = {
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "docs",
    "pyproject.toml",
    "smsreg",
    "tests",
}
MADE_BY_TOOLS = {"build", "dist", "site"}
"""What .gitignore excludes, besides dotfiles."""

# Concatenated, since this file is searched too.
FORBIDDEN = [
    "/wor" + "k/",
    "/tm" + "p/w",
    "/roo" + "t/",
    "pypi" + ".org",
    "python" + "hosted",
    "farm-" + "bench",
    "farm-" + "studio",
    "duplicates " + "--change",
    "TO" + "DO",
    "FIX" + "ME",
]
SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def project_files(root: Path, package: Path) -> list[Path]:
    """The project's own files: no caches, environments or build results."""
    paths = [root / name for name in TOP_LEVEL - {"smsreg"}] + [package, root / ".ci"]
    paths += [path for path in root.glob(".*") if path.is_file() and path.name != ".git"]
    found = [
        path
        for top in paths
        for path in ([top] if top.is_file() else sorted(top.rglob("*")))
        if path.is_file() and "__pycache__" not in path.parts and path.name != ".coverage"
    ]
    assert len(found) > 100
    return found


def commands(root: Path) -> list[str]:
    text = (root / "README.md").read_text(encoding="utf-8")
    return [block.strip() for block in SHELL_BLOCK.findall(text)]


def test_top_level_holds_what_the_design_lists(root: Path):
    found = {path.name for path in root.iterdir() if not path.name.startswith(".")}
    assert found - MADE_BY_TOOLS <= TOP_LEVEL
    assert TOP_LEVEL - found <= {"smsreg"}  # CI runs this beside an installed wheel


def test_no_file_holds_words_of_the_workshop(root: Path, package: Path):
    found = []
    for path in project_files(root, package):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path}: {word}" for word in FORBIDDEN if word in text]
    assert found == []


def test_nothing_is_left_unimplemented(package: Path):
    word = "raise NotImplemented" + "Error"
    assert [path for path in package.rglob("*.py") if word in path.read_text("utf-8")] == []


def test_changelog_names_the_version_or_what_is_unreleased(root: Path):
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = next(line for line in text.splitlines() if line.startswith("## "))
    assert newest == "## [Unreleased]" or newest.startswith(f"## [{__version__}] - ")
    assert __version__ in text


def test_readme_names_the_version(root: Path):
    assert f"\n{__version__}, beta" in (root / "README.md").read_text(encoding="utf-8")


def test_readme_has_two_commands_of_one_line(root: Path):
    quickstart, test = commands(root)
    assert "\n" not in quickstart
    assert quickstart.endswith("smsreg quickstart")
    assert "\n" not in test
    assert "pytest" in test
    for command in (quickstart, test):
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_readme_links_to_nothing_that_an_index_does_not_have(root: Path):
    """A package index shows the README without the other files of the checkout."""
    text = (root / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)|(?:src|href)=\"([^\"]+)", text)
    assert [each for each in map("".join, targets) if not each.startswith(("https://", "#"))] == []
    named = re.findall(r"`([\w-]+\.md)`", text)
    assert len(named) > 10
    assert [name for name in named if not (root / "docs" / name).is_file()] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="CI's scripts are for bash")
@pytest.mark.parametrize(("word", "index"), [("quickstart", 0), ("pytest", 1)])
def test_ci_runs_the_commands_of_the_readme(root: Path, word: str, index: int):
    script = root / ".ci" / "readme-command"
    command = [shutil.which("bash"), str(script), word]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603 -- our own script
    assert printed == commands(root)[index] + "\n"
    run = (root / ".ci" / "run").read_text(encoding="utf-8")
    assert f"    readme {word} " in run
    assert '.ci/readme-command "$1"' in run


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md", "docs"])
def test_links_between_files_lead_somewhere(root: Path, page: str):
    path = root / page
    for file in [path] if path.is_file() else sorted(path.rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)", file.read_text(encoding="utf-8")):
            if not target.startswith("https://"):
                assert (file.parent / target).is_file(), f"{file.name}: {target}"
