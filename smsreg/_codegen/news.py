"""Reports what a newer botocore has that the generated packages do not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from smsreg._codegen.problem import GeneratorError
from smsreg._codegen.service import BOTOCORE_VERSION, load

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from smsreg._codegen.service import Member, OperationModel, Service, Shape

NEWEST = "newest"
"""Selects the newest botocore that pip finds."""

_STAMP = re.compile(r"^# Model: .*, botocore ([\w.]+)\.$", re.MULTILINE)
_WHEEL = re.compile(r"botocore-([\w.]+)-.*\.whl")


@contextmanager
def models(where: str, services: Iterable[str]) -> Generator[tuple[Path, str]]:
    """Yield the folder with botocore's models, and its version.

    Args:
        where: A wheel of botocore, a folder such as its ``data``, or ``newest``.
        services: The services to unpack from a wheel.

    Raises:
        GeneratorError: There is no such file, or pip cannot download botocore.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = _download(folder) if where == NEWEST else Path(where)
        if path.is_dir():
            yield path, path.as_posix()
            return
        match = _WHEEL.fullmatch(path.name)
        if match is None or not path.is_file():
            raise GeneratorError(where, ["this is neither a wheel of botocore nor a folder"])
        with zipfile.ZipFile(path) as wheel:
            wanted = tuple(f"botocore/data/{service}/" for service in services)
            wheel.extractall(folder, [n for n in wheel.namelist() if n.startswith(wanted)])
        yield Path(folder, "botocore", "data"), f"botocore {match[1]}"


def _download(folder: str) -> Path:
    """Download the newest botocore, whatever constraints there are for what is installed."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    environment = {name: value for name, value in os.environ.items() if name != "PIP_CONSTRAINT"}
    done = subprocess.run(  # noqa: S603 -- our own arguments
        [*command, "--dest", folder, "botocore"], env=environment, check=False
    )
    found = next(Path(folder).glob("botocore-*.whl"), None)
    if done.returncode != 0 or found is None:
        raise GeneratorError("botocore", ["pip cannot download it"])
    return found


def news(service: str, package: Path, folder: Path) -> list[str]:
    """Describe how the model of a service in a folder differs from that of a generated package.

    Raises:
        GeneratorError: Another botocore is installed than the package was generated from, or the
            folder does not have the service.
    """
    stamp = _STAMP.search((package / "__init__.py").read_text(encoding="utf-8"))
    if stamp is None or stamp[1] != BOTOCORE_VERSION:
        made = "another botocore" if stamp is None else f"botocore {stamp[1]}"
        rule = f"generated from {made}, and {BOTOCORE_VERSION} is installed: generate it anew first"
        raise GeneratorError(service, [rule])
    return list(compare(load(service), load(service, folder)))


def compare(old: Service, new: Service) -> Iterator[str]:
    """Describe how a model differs from an older one."""
    before = {operation.name: operation for operation in old.operations}
    after = {operation.name: operation for operation in new.operations}
    for name in sorted(after.keys() - before.keys()):
        yield f"new operation {name}{' (paged)' if after[name].paging else ''}"
    for name in sorted(before.keys() - after.keys()):
        yield f"operation {name} is gone"
    for name in sorted(before.keys() & after.keys()):
        yield from _operation(before[name], after[name])
    for name in sorted(new.shapes.keys() - old.shapes.keys()):
        yield f"new {_kind(new.shapes[name])} {name}{_content(new.shapes[name])}"
    for name in sorted(old.shapes.keys() - new.shapes.keys()):
        yield f"{_kind(old.shapes[name])} {name} is gone"
    for name in sorted(old.shapes.keys() & new.shapes.keys()):
        yield from _shape(old.shapes[name], new.shapes[name])


def _operation(old: OperationModel, new: OperationModel) -> Iterator[str]:
    for name in sorted(set(new.errors) - set(old.errors)):
        yield f"{new.name} may fail with {name} now"
    for name in sorted(set(old.errors) - set(new.errors)):
        yield f"{new.name} no longer fails with {name}"
    if old.paging != new.paging:
        how = "no longer paged" if new.paging is None else "paged now"
        yield f"{new.name} is {how if None in {old.paging, new.paging} else 'paged otherwise now'}"
    for word, one, other in (("takes", old.input, new.input), ("returns", old.output, new.output)):
        if one != other:
            yield f"{new.name} {word} {other} instead of {one}"


def _shape(old: Shape, new: Shape) -> Iterator[str]:
    name = new.name
    if _kind(old) != _kind(new):
        yield f"{name} is {_article(_kind(new))} now, and was {_article(_kind(old))}"
    members = {member.name: member for member in old.members}
    for member in new.members:
        if member.name not in members:
            yield f"{name} has the new member {member.name}{_required(member)}: {member.shape}"
        else:
            yield from _member(name, members.pop(member.name), member)
    for gone in members:
        yield f"{name} no longer has the member {gone}"
    if values := [value for value in new.enum if value not in old.enum]:
        yield f"{name} has the new values {', '.join(values)}"
    if values := [value for value in old.enum if value not in new.enum]:
        yield f"{name} no longer has the values {', '.join(values)}"
    if _rules(old) != _rules(new):
        yield f"{name} is {_rules(new)} now, and was {_rules(old)}"
    if (old.item, old.key) != (new.item, new.key):
        yield f"{name} holds {new.item} now, and held {old.item}"


def _member(owner: str, old: Member, new: Member) -> Iterator[str]:
    if old.required != new.required:
        yield f"{new.name} of {owner} is {'required' if new.required else 'optional'} now"
    if old.shape != new.shape:
        yield f"{new.name} of {owner} is of the type {new.shape} now, and was of {old.shape}"
    if old.sensitive != new.sensitive:
        yield f"{new.name} of {owner} is {'sensitive' if new.sensitive else 'not sensitive'} now"


def _kind(shape: Shape) -> str:
    if shape.exception:
        return "error"
    return "enum" if shape.enum else shape.kind


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _content(shape: Shape) -> str:
    content = shape.enum or [f"{member.name}{_required(member)}" for member in shape.members]
    return f": {', '.join(content)}" if content else ""


def _required(member: Member) -> str:
    return " (required)" if member.required else ""


def _rules(shape: Shape) -> str:
    rules = [
        f"{word} {value}"
        for word, value in (
            ("at least", shape.minimum),
            ("at most", shape.maximum),
            ("of the pattern", shape.pattern),
        )
        if value is not None
    ]
    return " and ".join(rules) or "without rules"
