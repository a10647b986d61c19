"""Lists the public API in .ci/public_api.txt, or with --check reports differences from the list.

One line for each public name, member, base class and parameter, read from the source. A removed
line is a breaking change; an added one has to be supported from then on. An intended change renews
the list, whose diff is reviewed with the change.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / ".ci" / "public_api.txt"
RENEW = "python .ci/public_api.py"
LITERAL = re.compile(r"|None|True|False|[\d.]+|'[^']*'")
"""Kinds of values that are listed; others are implementation details."""
MEMBER = re.compile(r"Annotated\[(.*), Field\(alias=(\w+)\)\]")
OR_NONE = re.compile(r"OrNone\[(.*), ABSENT\]")

MODULES = (  # the modules that define a name before those that re-export it
    "errors",
    "types",
    "rate_limits",
    "events",
    "registration",
    "testing",
    "opentelemetry",
    "emulator",
    "sms_voice",
    "social_messaging",
    "end_user_messaging",
    "",
)


class Listing:
    """The lines of the public API, sorted by name."""

    def __init__(self, package: griffe.Module) -> None:
        self._described: dict[str, str] = {}
        self._lines: list[str] = []
        modules = [package[name] if name else package for name in MODULES]
        public = [(module, name) for module in modules for name in module.exports or ()]
        self._public = {_target(module[name]).path for module, name in public}
        for module, name in public:
            self._describe(f"{module.path}.{name}", _target(module[name]))

    @property
    def text(self) -> str:
        """The whole list."""
        return "".join(f"{line}\n" for line in sorted(self._lines))

    def _describe(self, path: str, found: griffe.Object) -> None:
        home = self._described.setdefault(found.path, path)
        if home != path:
            self._lines.append(f"{path} is {home}")
        elif isinstance(found, griffe.Class):
            self._class(path, found)
        elif isinstance(found, griffe.Function):
            self._function(path, found)
        else:
            self._attribute(path, found)

    def _class(self, path: str, found: griffe.Class) -> None:
        private = {base.name for base in found.resolved_bases} - {
            base.name for base in found.resolved_bases if _target(base).path in self._public
        }
        bases = ", ".join(str(base) for base in found.bases if str(base) not in private)
        self._lines.append(f"{path} is a class ({bases})")
        for name, member in self._members(found).items():
            if name == "__init__" or not (name.startswith("_") or name == "model_config"):
                self._member(f"{path}.{name}", member)

    def _members(self, found: griffe.Class) -> dict[str, griffe.Object]:
        """List the members of a class, including those of its private bases."""
        members: dict[str, griffe.Object] = {}
        for base in reversed(found.resolved_bases):
            target = _target(base)
            if isinstance(target, griffe.Class) and target.path not in self._public:
                members |= self._members(target)
        return members | {name: _target(member) for name, member in found.members.items()}

    def _member(self, path: str, member: griffe.Object) -> None:
        if isinstance(member, griffe.Function):
            self._function(path, member)
        elif isinstance(member, griffe.Attribute):
            self._attribute(path, member)

    def _function(self, path: str, found: griffe.Function) -> None:
        kind = "an async" if "async" in found.labels else "a"
        self._lines.append(f"{path} is {kind} function -> {found.returns}")
        for parameter in found.parameters:
            if parameter.name not in {"self", "cls"}:
                default = "" if parameter.default is None else f" = {parameter.default}"
                kind = (parameter.kind or griffe.ParameterKind.positional_or_keyword).value
                self._lines.append(
                    f"{path}({parameter.name}: {parameter.annotation}{default}) {kind}"
                )

    def _attribute(self, path: str, found: griffe.Object) -> None:
        if isinstance(found, griffe.Attribute):
            value = str(found.value or "").replace("ABSENT", "None")
            annotation = "" if found.annotation is None else f": {_plain(str(found.annotation))}"
            shown = value if LITERAL.fullmatch(value) or not annotation else "…"
            self._lines.append(f"{path}{annotation}{shown and f' = {shown}'}")


def _plain(annotation: str) -> str:
    """Format a member of a generated model without the helpers that define it."""
    plain = OR_NONE.sub(r"\1 | None", annotation)
    match = MEMBER.fullmatch(plain)
    return plain if match is None else f"{match[1]}, alias {match[2]}"


def _target(found: griffe.Object | griffe.Alias) -> griffe.Object:
    return found.final_target if isinstance(found, griffe.Alias) else found


def public_api() -> str:
    """Return the text of the list."""
    package = griffe.load("smsreg", search_paths=[ROOT], resolve_aliases=True)
    assert isinstance(package, griffe.Module)  # noqa: S101 -- for type checkers
    return Listing(package).text


def changes(before: str, after: str) -> Iterator[str]:
    """Return the differences, breaking changes first."""
    old, new = before.splitlines(), after.splitlines()
    for line in sorted(set(old) - set(new)):
        yield f"gone: {line}"
    for line in sorted(set(new) - set(old)):
        yield f"new: {line}"


def main() -> int:
    """Write the list, or compare it; return the exit status."""
    text = public_api()
    if sys.argv[1:] != ["--check"]:
        LIST.write_text(text, encoding="utf-8")
        return 0
    found = list(changes(LIST.read_text(encoding="utf-8"), text))
    for line in found:
        print(line)
    if found:
        print(f"The public API has changed. If that is intended: {RENEW}, and update CHANGELOG.md.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
