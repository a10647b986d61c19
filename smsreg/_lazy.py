"""Names and modules that are loaded when they are first used."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = bool()  # noqa: UP018 -- Jedi would believe a literal, and see no name in the block
"""False, which type checkers take for true; importing it from typing would be slow."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any


class LazyModule:
    """A module that is imported when one of its names is first used.

    Args:
        name: Its name, relative to ``package``.
        package: The package.
    """

    def __init__(self, name: str, package: str) -> None:
        self._name = name
        self._package = package

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- any name of the module
        value = getattr(import_module(self._name, self._package), name)
        setattr(self, name, value)  # so that Python finds it by itself next time
        return value


def attach(
    package: str, modules: Mapping[str, Iterable[str]], *, parent: str | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` for a package, or for a module of re-exports.

    Args:
        package: The full name of the package or module.
        modules: For each module, the public names that it defines.
        parent: The package that the modules belong to; by default ``package``.
    """
    where = {name: module for module, names in modules.items() for name in names}

    def __getattr__(name: str) -> Any:  # noqa: N807, ANN401 -- Python's name; any export
        module = where.get(name)
        if module is None:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value = getattr(import_module(f"{parent or package}.{module}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807 -- Python's name
        own = vars(sys.modules[package])
        loaded = {n for n, v in own.items() if isinstance(v, type(sys)) and not n.startswith("_")}
        return sorted({*where, *loaded, *(name for name in own if name.startswith("__"))})

    return __getattr__, __dir__
