"""Adds the pages that are generated from the code to the site, and renders its figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File
from reference.commands import commands_page, flags_page
from reference.figures import draw
from reference.modules import module_pages
from reference.pages import Reference

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
CLIENTS, MODULES = "every client", "every module"
"""Entries of the navigation that stand for generated pages."""
REFERENCE = Reference()


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Insert the generated pages into the navigation."""
    generated = {CLIENTS: REFERENCE.nav, MODULES: list(module_pages())}
    for section in config.nav or ():
        for name, entries in section.items():
            section[name] = [
                page for entry in entries for page in generated.get(str(entry), [entry])
            ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that exist only as generated text."""
    generated = {
        **REFERENCE.pages,
        **module_pages(),
        "reference/commands.md": commands_page(),
        "reference/emulator-flags.md": flags_page(),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
    }
    for path, text in generated.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:  # noqa: ANN401 -- mkdocs' own
    """Render the figures of a page, and link the list of operations to their pages."""
    if page.file.src_uri == "operations.md":
        return REFERENCE.operations_page(links=True)
    return draw(markdown)
