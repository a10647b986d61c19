"""Writes docs/operations.md from the clients' operations, or with --check compares it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from smsreg import EndUserMessagingClient, SMSVoiceClient, SocialMessagingClient

if TYPE_CHECKING:
    from smsreg._runtime.client import ServiceClient

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operations.md"
TOP = """\
<!-- Written by `python .ci/operations_page.py`: change the generator's tables, not this page. -->

# Operations

Every operation is a method of its client. The class says what may be
[repeated](retries.md#what-may-be-repeated) when the outcome of an attempt is unknown, with the
reason. Those marked *pages* return a [`Paginator`](pagination.md).
"""


def page() -> str:
    """Give the page's text."""
    clients = (SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient)
    return TOP + "".join(map(client_section, clients))


def client_section(client: type[ServiceClient]) -> str:
    """Give the section of one client: its operations by resource."""
    methods = {id(operation): name for name, operation in client.operations.items()}
    text = f"\n## {client.__name__}\n\n`{client.service_name}`, {len(methods)} operations.\n"
    package = f"{client.__module__.rpartition('.')[0]}._operations"
    folder = Path(importlib.import_module(package).__path__[0])
    for path in sorted(folder.glob("[!_]*.py")):
        module = importlib.import_module(f"{package}.{path.stem}")
        found = [methods.pop(id(value)) for value in vars(module).values() if id(value) in methods]
        text += f"\n### {path.stem.replace('_', ' ').capitalize()}\n\n"
        text += "| method | class | why |\n|---|---|---|\n"
        for name in sorted(found):
            operation = client.operations[name]
            mark = " *pages*" if operation.paginated else ""
            reason = operation.reason.replace("|", "\\|")
            text += f"| `{name}`{mark} | {operation.idempotency} | {reason} |\n"
    if methods:
        message = f"in no resource's module: {', '.join(methods.values())}"
        raise RuntimeError(message)
    return text


def main() -> int:
    """Write or check; give the exit status."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"{PAGE.name} is out of date: run python .ci/operations_page.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
