"""Two made-up services as input of the generator, and generated packages to import."""

from __future__ import annotations

import contextlib
import importlib
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smsreg._codegen.output import render
from smsreg._codegen.plan import make_plan
from smsreg._codegen.problem import GeneratorError
from smsreg._codegen.service import parse
from smsreg._codegen.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

HERE = Path(__file__).parent
TOYS = HERE / "toy"
GOLDEN = HERE / "golden"
NAMES = ("night_mail", "post_office")


@dataclass
class Toy:
    """A made-up service: botocore's two files, parsed, and the folder of its tables."""

    folder: Path
    model: dict[str, Any]
    paginators: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Toy:
        model = json.loads((folder / "service-2.json").read_text(encoding="utf-8"))
        paginators = json.loads((folder / "paginators-1.json").read_text(encoding="utf-8"))
        return cls(folder, model, paginators["pagination"])

    @classmethod
    def copy(cls, name: str, folder: Path) -> Toy:
        return cls.open(Path(shutil.copytree(TOYS / name, folder / name)))

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is not once in {path}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        with (self.folder / path).open("a", encoding="utf-8") as file:
            file.write(text)

    def phrase(self, title: str, key: str) -> None:
        """Add a phrase, in a new file."""
        file = self.folder / "phrases" / f"more_{key}.toml"
        file.write_text(f'[{title}]\n"{key}" = "Something else."\n', encoding="utf-8")

    def files(self) -> dict[str, str]:
        tables = Tables(self.folder)
        return render(make_plan(parse(tables.service, self.model, self.paginators), tables))

    def problems(self) -> list[str]:
        with pytest.raises(GeneratorError) as caught:
            self.files()
        return caught.value.problems


@contextlib.contextmanager
def importable(folder: Path, package: str) -> Iterator[ModuleType]:
    """Import a package from a folder during the block."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(package)
    finally:
        sys.path.remove(str(folder))
        for name in [n for n in sys.modules if n == package or n.startswith(f"{package}.")]:
            del sys.modules[name]
