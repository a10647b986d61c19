"""Reads the generated packages' source: operations, models, enums and errors, with docstrings."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from smsreg import EndUserMessagingClient, SMSVoiceClient, SocialMessagingClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from smsreg.types import Operation, ServiceClient

EXAMPLES = Path(__file__).parent / "examples"
CLIENTS = (SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient)
ARGUMENT = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


class Member(NamedTuple):
    """A parameter of an operation, or a member of a structure."""

    name: str
    type: str
    alias: str
    text: str
    required: bool = False


class Structure(NamedTuple):
    """A structure or an enum: a class with its description."""

    name: str
    text: str
    source: str
    members: list[Member]


@dataclass(frozen=True)
class Service:
    """One of the three packages."""

    client: type[ServiceClient]
    package: str

    @cached_property
    def module(self) -> ModuleType:
        """The public package."""
        return importlib.import_module(f"smsreg.{self.package}")

    @property
    def folder(self) -> Path:
        """The folder of its source."""
        return Path(self.module.__path__[0])

    @property
    def operations(self) -> dict[str, Operation[Any, Any]]:
        """The operations by method."""
        return dict(self.client.operations)

    @cached_property
    def resources(self) -> dict[str, list[str]]:
        """The methods of each resource."""
        return {
            path.stem: [
                node.name
                for cls in _classes(path)
                for node in cls.body
                if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
            ]
            for path in _modules(self.folder / "_clients")
            if path.stem != "waiters"
        }

    def subject(self, resource: str) -> str:
        """Return the description of a resource."""
        (cls,) = _classes(self.folder / "_clients" / f"{resource}.py")
        return ast.get_docstring(cls) or ""

    @cached_property
    def models(self) -> dict[str, list[Structure]]:
        """The structures of each module."""
        return self._structures("_models", _model)

    @cached_property
    def enums(self) -> dict[str, list[Structure]]:
        """The enums of each module, and the strings with known values."""
        found = self._structures("_enums", _enum)
        for path in _modules(self.folder / "_enums"):
            found.setdefault(path.stem, []).extend(_known_values(path))
        return found

    @cached_property
    def errors(self) -> list[Structure]:
        """The exceptions that the service models."""
        return [_error(cls) for cls in _classes(self.folder / "_errors.py")]

    def structure(self, name: str) -> Structure:
        """Find a model by its name."""
        return next(s for found in self.models.values() for s in found if s.name == name)

    def _structures(self, package: str, read: Any) -> dict[str, list[Structure]]:  # noqa: ANN401 -- a function of any class
        found = {
            path.stem: [read(cls) for cls in _classes(path)]
            for path in _modules(self.folder / package)
        }
        return {name: structures for name, structures in found.items() if structures}

    def parameters(self, method: str) -> list[Member]:
        """The parameters of an operation's method."""
        function = getattr(self.client, method)
        text = inspect.cleandoc(function.__doc__ or "").partition("\nArgs:\n")[2]
        texts = {name: _plain(said) for name, said in ARGUMENT.findall(text.partition("\n\n")[0])}
        aliases = self.structure(self.operations[method].request_type.__name__).members
        by_name = {member.name: member.alias for member in aliases}
        return [
            Member(
                parameter.name,
                short_type(ast.parse(parameter.annotation, mode="eval").body),
                by_name[parameter.name],
                texts[parameter.name],
                parameter.default is parameter.empty,
            )
            for parameter in list(inspect.signature(function).parameters.values())[1:]
        ]

    def summary(self, method: str) -> str:
        """Return the description of an operation."""
        text = inspect.cleandoc(getattr(self.client, method).__doc__ or "")
        return _plain(text.partition("\n\n")[0])

    def example(self, method: str) -> str:
        """Return the body of an operation's example."""
        (resource,) = [name for name, methods in self.resources.items() if method in methods]
        source = (EXAMPLES / self.package / f"{resource}.py").read_text(encoding="utf-8")
        tree = ast.parse(source)
        function = next(n for n in tree.body if getattr(n, "name", None) == method)
        first, last = function.body[0].lineno, function.body[-1].end_lineno  # type: ignore[attr-defined]  # it is a function
        body = inspect.cleandoc("\n" + "\n".join(source.splitlines()[first - 1 : last]))
        imports = [ast.unparse(n) for n in tree.body if isinstance(n, ast.Import)]
        needed = [line for line in imports if f"{line.split()[-1]}." in body]
        return "\n".join([*needed, "", body]) if needed else body


def services() -> list[Service]:
    """The three services."""
    return [Service(client, client.__module__.split(".")[1]) for client in CLIENTS]


def short_type(node: ast.expr) -> str:
    """Format a type for readers: without None, metadata and typed dictionaries."""
    if isinstance(node, ast.BinOp):
        parts = [short_type(part) for part in (node.left, node.right)]
        return " | ".join(part for part in parts if part not in {"None", ""})
    if isinstance(node, ast.Subscript):
        outer = ast.unparse(node.value)
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if outer in {"Annotated", "OrNone"}:
            return short_type(inner[0])
        outer = {"Sequence": "list", "Mapping": "dict"}.get(outer, outer)
        return f"{outer}[{', '.join(short_type(part) for part in inner)}]"
    return _short_name(ast.unparse(node))


def _short_name(name: str) -> str:
    if name.startswith("t."):
        return SCALARS.get(name[2:], "str")
    if name.endswith("Dict"):
        return ""  # the alternatives to a model
    return KNOWN.get(name, _without_input(name))


def _without_input(name: str) -> str:
    known = name.removesuffix("Input")
    return known if name.endswith("Input") and known in ENUMS else name


def _model(cls: ast.ClassDef) -> Structure:
    members = []
    for node, following in zip(cls.body, [*cls.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and "alias=" in ast.unparse(node.annotation):
            alias = re.search(r"alias='([^']+)'", ast.unparse(node.annotation))
            members.append(
                Member(
                    ast.unparse(node.target),
                    short_type(node.annotation),
                    alias[1] if alias else "",
                    _said(following),
                    node.value is None,
                )
            )
    return Structure(cls.name, *_docstring(cls), members)


def _enum(cls: ast.ClassDef) -> Structure:
    members = [
        Member(ast.unparse(node.targets[0]), "", str(ast.literal_eval(node.value)), "")
        for node in cls.body
        if isinstance(node, ast.Assign)
    ]
    return Structure(cls.name, *_docstring(cls), members)


def _known_values(path: Path) -> Iterator[Structure]:
    """Strings with values known to type checkers, which may have other values."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if not isinstance(node, ast.If) or not node.orelse:
            continue
        assigned = node.body[0]
        if isinstance(assigned, ast.Assign) and ast.unparse(node.orelse[0]).endswith(" = str"):
            constants = [n for n in ast.walk(assigned.value) if isinstance(n, ast.Constant)]
            members = [Member("", "", str(constant.value), "") for constant in constants]
            text = f"{_said(following)} Any other string is taken, too."
            yield Structure(ast.unparse(assigned.targets[0]), text, "", members)


def _error(cls: ast.ClassDef) -> Structure:
    members = [
        Member(node.name, short_type(node.returns), "", ast.get_docstring(node) or "")
        for node in cls.body
        if isinstance(node, ast.FunctionDef) and node.returns
    ]
    return Structure(cls.name, *_docstring(cls), members)


def _docstring(cls: ast.ClassDef) -> tuple[str, str]:
    text, _, source = (ast.get_docstring(cls) or "").partition("Source: ")
    return _plain(text), source.strip()


def _said(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return _plain(inspect.cleandoc(str(node.value.value)))
    return ""


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


def _modules(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob("[!_]*.py"))


def _classes(path: Path) -> list[ast.ClassDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.ClassDef)]


def _scalars() -> dict[str, str]:
    found = {}
    for client in CLIENTS:
        module = importlib.import_module(f"smsreg.{client.__module__.split('.')[1]}._scalars")
        tree = ast.parse(inspect.getsource(module))
        for node in tree.body:
            if isinstance(node, ast.Assign):
                found[ast.unparse(node.targets[0])] = short_type(node.value)
    return found


def _enum_names() -> set[str]:
    return {
        cls.name
        for client in CLIENTS
        for path in _modules(
            Path(importlib.import_module(f"smsreg.{client.__module__.split('.')[1]}").__path__[0])
            / "_enums"
        )
        for cls in _classes(path)
    }


KNOWN = {
    "BlobInput": "bytes | PathLike | BinaryIO",
    "UtcDatetime": "datetime",
    "dt.datetime": "datetime",
}
ENUMS = _enum_names()
SCALARS: dict[str, str] = {}
SCALARS.update(_scalars())
