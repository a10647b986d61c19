"""Writes the pages of the hand-written public modules from the docstrings of all public names."""

from __future__ import annotations

import importlib
import inspect

MODULES = (
    "smsreg",
    "smsreg.types",
    "smsreg.errors",
    "smsreg.rate_limits",
    "smsreg.registration",
    "smsreg.events",
    "smsreg.testing",
    "smsreg.opentelemetry",
)
"""Public modules, each before those that re-export its names; clients have other pages."""
ELSEWHERE = {"SMSVoiceClient", "SocialMessagingClient", "EndUserMessagingClient", "__version__"}
"""Clients have pages for their operations, and their constructor is that of ``ServiceClient``."""


def module_pages() -> dict[str, str]:
    """The page of each module, by its path."""
    shown: set[int] = set()
    return {page_of(name): _page(name, shown) for name in MODULES}


def page_of(module: str) -> str:
    """The path of a module's page."""
    return f"reference/modules/{module.rpartition('.')[2]}.md"


def _page(name: str, shown: set[int]) -> str:
    module = importlib.import_module(name)
    text = f"# {name}\n\n{inspect.cleandoc(module.__doc__ or '').partition(chr(10))[0]}\n"
    for public in module.__all__:
        value = getattr(module, public)
        home = getattr(value, "__module__", None)
        if public in ELSEWHERE:
            continue
        if id(value) in shown or (name == "smsreg" and home == "smsreg.errors"):
            text += f"\n`{public}` is on the page of [{home}]({page_of(home).split('/')[-1]}).\n"
        elif isinstance(home, str) and home.startswith("smsreg"):
            shown.add(id(value))
            text += f"\n::: {home}.{value.__qualname__}\n"
        else:
            text += f"\n## {public} {{ #{public} }}\n\n`{_alias(value)}`\n"
    return text


def _alias(value: object) -> str:
    """The names in a type alias."""
    arguments = getattr(value, "__args__", ())
    return " | ".join(getattr(each, "__name__", repr(each)) for each in arguments) or repr(value)
