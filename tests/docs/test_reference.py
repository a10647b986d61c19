"""Every operation is on one page, as in the table, with an example that runs."""

import contextlib
import importlib
import inspect
import io
import re
import runpy
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from reference.catalogue import EXAMPLES, Service, services
from reference.commands import commands_page, flags_page
from reference.modules import ELSEWHERE, MODULES, module_pages
from reference.pages import Reference
from reference.resources import EXISTING, Resources

from smsreg import EndUserMessagingClient, SMSVoiceClient, SocialMessagingClient
from smsreg.emulator import Emulator
from smsreg.errors import ServiceError

REFERENCE = Reference()
SERVICES = services()
CASES = [(service, method) for service in SERVICES for method in service.operations]
HEADING = re.compile(r"^## (\w+) \{ #\1 \}$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")


def name_of(case: object) -> str:
    return case.package if isinstance(case, Service) else str(case)


def examples(service: Service) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in sorted((EXAMPLES / service.package).glob("[!_]*.py")):
        module = importlib.import_module(f"reference.examples.{service.package}.{path.stem}")
        own = {n: f for n, f in vars(module).items() if inspect.iscoroutinefunction(f)}
        assert not own.keys() & found.keys()
        assert own.keys() == set(service.resources[path.stem]), path
        found |= own
    return found


@pytest.mark.parametrize("service", SERVICES, ids=name_of)
def test_pages_have_each_operation_of_the_table_once(service: Service):
    pages = [REFERENCE.resource_page(service, resource) for resource in service.resources]
    found = Counter(name for page in pages for name in HEADING.findall(page))
    assert found == Counter(list(service.operations))
    listed = re.findall(r"^\| `(\w+)`", REFERENCE.operations_page(), re.MULTILINE)
    everything = [name for other in SERVICES for name in other.operations]
    assert Counter(listed) == Counter(everything)
    assert len(everything) == 175


@pytest.mark.parametrize(("service", "method"), CASES, ids=name_of)
def test_page_of_an_operation_is_complete(service: Service, method: str):
    page = next(
        page
        for page in REFERENCE.pages.values()
        if f"\n## {method} {{ #{method} }}" in page and service.client.__name__ in page
    )
    section = page[page.index(f"\n## {method} {{") :].split("\n## ")[1]
    operation = service.operations[method]
    assert f"[{operation.name}](https://docs.aws.amazon.com/" in section
    assert f"**{operation.idempotency}**" in section
    assert operation.reason in section
    parameters, _, rest = section.partition("**Result**")
    for name, field in operation.request_type.model_fields.items():
        required = " *required*" if field.is_required() else ""
        assert f"\n| `{name}`{required}<br>`{field.alias}` |" in parameters, name
    for name, field in operation.result_type.model_fields.items():
        assert f"\n| `{name}`<br>`{field.alias}` |" in rest, name
    for error in operation.error_types:
        assert f"[`{error.__name__}`](errors.md#{error.__name__})" in rest
    assert f".{method}(" in section.partition("```python\n")[2].partition("```")[0]


@pytest.mark.parametrize("service", SERVICES, ids=name_of)
def test_every_model_enum_and_error_is_found_by_its_name(service: Service):
    module = importlib.import_module(f"smsreg.{service.package}")
    pages = "".join(
        text for path, text in REFERENCE.pages.items() if f"/{service.package}/" in path
    )
    headings = set(re.findall(r"^## (\w+) \{", pages, re.MULTILINE))
    for name in module.__all__:
        if isinstance(getattr(module, name), type):
            is_own = name in headings or f"`{name}`" in pages
            assert is_own or name == service.client.__name__, name
    errors = {n for n in headings if isinstance(getattr(module, n, None), type)}
    assert {
        e.__name__
        for e in ServiceError.__subclasses__()
        if e.__module__.startswith(f"smsreg.{service.package}.")
    } <= errors


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_of_a_module_is_on_its_page(name: str):
    page = module_pages()[f"reference/modules/{name.rpartition('.')[2]}.md"]
    shown = {line.rpartition(".")[2] for line in page.splitlines() if line.startswith("::: ")}
    shown |= set(re.findall(r"^(?:## |`)(\w+)(?: \{|` is on)", page, re.MULTILINE))
    assert shown == set(importlib.import_module(name).__all__) - ELSEWHERE


def test_list_of_modules_names_each(root: Path, package: Path):
    text = (root / "docs" / "api.md").read_text(encoding="utf-8")
    public = [f"smsreg.{path.stem}" for path in package.glob("[!_]*.py")]
    public += [f"smsreg.{path.parent.name}" for path in package.glob("[!_]*/__init__.py")]
    listed = set(re.findall(r"`(smsreg\.\w+)`", text))
    assert {name for name in public if hasattr(importlib.import_module(name), "__all__")} - {
        "smsreg.cli", "smsreg.pagination", "smsreg.retry", "smsreg.waiters",  # shown by smsreg
    } <= listed  # fmt: skip


def test_links_of_generated_pages_lead_somewhere(root: Path):
    pages = {**REFERENCE.pages, "operations.md": REFERENCE.operations_page(links=True)}
    pages |= {"reference/commands.md": commands_page(), "reference/emulator-flags.md": flags_page()}
    anchors = {path: set(re.findall(r"\{ #(\w[\w-]*) \}", text)) for path, text in pages.items()}
    for path, text in pages.items():
        for target, anchor in LINK.findall(re.sub(r"(?<!\[)`[^`\n]*`", "", text)):
            if target.startswith("https://"):
                continue
            full = (root / "docs" / path).parent.joinpath(target or Path(path).name).resolve()
            name = full.relative_to((root / "docs").resolve()).as_posix()
            assert name in pages or full.is_file(), f"{path}: {target}"
            if anchor and name in anchors and name != "operations.md":
                assert anchor in anchors[name], f"{path}: {target}#{anchor}"


def test_list_of_operations_is_up_to_date(root: Path):
    script = runpy.run_path(str(root / ".ci" / "operations_page.py"))
    assert script["PAGE"].read_text(encoding="utf-8") == REFERENCE.operations_page()


def test_options_of_the_command_lines_are_all_there():
    assert "`--endpoint-url`" in commands_page()
    assert "\n## smsreg apply {" in commands_page()
    assert "| `--review-seconds` `SECONDS` |" in flags_page()


class Clients:
    """One emulator, and a client of each service, for all examples."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.client = SMSVoiceClient(**emulator.client_options)
        self.social = SocialMessagingClient(**emulator.client_options)
        self.profiles = EndUserMessagingClient(**emulator.client_options)


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    async with Emulator(review_seconds=0.2) as emulator:
        made = Clients(emulator)
        async with made.client, made.social, made.profiles:
            yield made
        assert emulator.unexpected == []


async def test_every_example_runs_calls_its_operation_and_prints_what_it_says(clients: Clients):
    ran = 0
    for service in SERVICES:
        for method, example in examples(service).items():
            emulator = clients.emulator
            emulator.reset()
            resources = Resources(emulator, clients.client, clients.social, clients.profiles)
            if method in EXISTING:
                await resources.get(EXISTING[method])
            arguments = [
                await resources.get(name) for name in inspect.signature(example).parameters
            ]
            before = len(emulator.calls)
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                await example(*arguments)
            called = [call.operation for call in list(emulator.calls)[before:]]
            assert service.operations[method].name in called, method
            says = "print(" in inspect.getsource(example)
            assert bool(printed.getvalue().strip()) == says or method in QUIET, method
            ran += 1
    assert ran == 175


QUIET = {
    "describe_rcs_agent_country_launch_status",  # only test agents can be launched here
    "get_notify_code_configuration",
}
"""Examples whose listing is empty in an emulator."""
