"""Sets ``__module__`` of public classes and functions to the package that exports them.

Help, reprs, tracebacks and pickles show that module, which would be a private one otherwise.
"""

from __future__ import annotations

from smsreg._lazy import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_defined_in: dict[type, str] = {}


def publish(package: str, *definitions: type | Callable[..., Any]) -> None:
    """Set the ``__module__`` of classes and functions to the package that exports them.

    Args:
        package: The package that users import them from.
        *definitions: Classes and functions of private modules.
    """
    for found in definitions:
        if isinstance(found, type):
            _defined_in[found] = found.__module__
        found.__module__ = package


def publish_all(module: Mapping[str, object]) -> None:
    """Publish the classes of a private module of a package, except those with a private name.

    Args:
        module: The module's ``globals()``; ``a.b._c.d`` belongs to ``a.b``.
    """
    name = str(module["__name__"])
    own = (v for v in module.values() if isinstance(v, type) and v.__module__ == name)
    publish(name.partition("._")[0], *(cls for cls in own if not cls.__name__.startswith("_")))


def defined_in(cls: type) -> str:
    """Return the name of the module that contains a class's source."""
    return _defined_in.get(cls, cls.__module__)
