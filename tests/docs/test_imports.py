"""Dependencies have one direction, and importing the package costs next to nothing."""

import ast
import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from smsreg._runtime.waiter import Waiter
from smsreg.errors import ActionRequiredError
from smsreg.sms_voice import _waiters

MOST_SECONDS = 0.015
MOST_TRIES = 40
HEAVY = ("pydantic", "pydantic_core", "aiohttp", "botocore", "aiobotocore", "tenacity", "asyncio")
SERVICES = ("smsreg.sms_voice", "smsreg.social_messaging", "smsreg.end_user_messaging")

Import = tuple[str, bool]
"""The imported name, and whether it is imported at run time."""


@cache
def imports(path: Path, package: Path) -> set[Import]:
    """Yield everything that a file imports, as full names, including imports in functions."""
    module = ("smsreg", *path.relative_to(package).with_suffix("").parts)
    found: set[Import] = set()
    for node, at_run_time in walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {(alias.name, at_run_time) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = list(module[: -node.level]) if node.level else []
            base += [node.module] if node.module else []
            found |= {(".".join([*base, alias.name]), at_run_time) for alias in node.names}
    return found


def walk(tree: ast.AST, *, at_run_time: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    for node in ast.iter_child_nodes(tree):
        yield node, at_run_time
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.body:
                yield child, False
                yield from walk(child, at_run_time=False)
            for child in node.orelse:
                yield child, at_run_time
                yield from walk(child, at_run_time=at_run_time)
        else:
            yield from walk(node, at_run_time=at_run_time)


def of(names: set[Import], *tops: str, type_checking: bool = True) -> set[str]:
    """Return the imports that are in one of the modules."""
    return {
        name
        for name, at_run_time in names
        if (at_run_time or type_checking)
        and any(name == top or name.startswith(f"{top}.") for top in tops)
    }


def importers(package: Path, folder: str, *tops: str) -> set[str]:
    return {
        path.relative_to(package).as_posix()
        for path in (package / folder).rglob("*.py")
        if of(imports(path, package), *tops)
    }


def test_walk_sees_every_import(tmp_path: Path):
    (tmp_path / "sub").mkdir()
    file = tmp_path / "sub" / "module.py"
    file.write_text(
        "import a.b\nfrom .x import y\nfrom ..z import w\n"
        "if TYPE_CHECKING:\n    from c import d\nelse:\n    import e\n"
        "def f():\n    import g\n"
    )
    assert imports(file, tmp_path) == {
        ("a.b", True),
        ("smsreg.sub.x.y", True),
        ("smsreg.z.w", True),
        ("c.d", False),
        ("e", True),
        ("g", True),
    }


def test_errors_import_only_text_and_redaction(package: Path):
    assert of(imports(package / "_text.py", package), "smsreg") == set()
    assert of(imports(package / "_redact.py", package), "smsreg") == {"smsreg._text.escape"}
    found = of(imports(package / "errors.py", package), "smsreg", type_checking=False)
    assert found == {"smsreg._text.escape", "smsreg._redact.Withheld"}


def test_runtime_imports_no_service(package: Path):
    above = (
        *SERVICES,
        "smsreg.registration",
        "smsreg.events",
        "smsreg.emulator",
        "smsreg._codegen",
        "smsreg.cli",
    )
    assert importers(package, "_runtime", *above) == set()


def test_runtime_names_no_member_of_a_service(package: Path):
    """What a waiter polls is data: only the generated code and the errors name the members."""
    waiters = [value for value in vars(_waiters).values() if isinstance(value, Waiter)]
    named = [*waiters, *(waiter.denial for waiter in waiters if waiter.denial is not None)]
    members = {
        getattr(one, field.name)
        for one in named
        for field in dataclasses.fields(one)
        if isinstance(getattr(one, field.name), str) and field.name != "missing"
    }
    assert {"registration_id", "denied_reasons", "phone_number_id"} <= members
    members -= {"status", *vars(ActionRequiredError("reason"))}
    for path in (package / "_runtime").rglob("*.py"):
        words = set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
        assert words & members == set(), path.name
    # The names of the error's attributes appear where they are set.
    polling = (package / "_runtime" / "polling.py").read_text(encoding="utf-8")
    assert "denied_reasons" not in polling


def test_models_stand_on_little(package: Path):
    below = (
        "smsreg._runtime.models",
        "smsreg._runtime.tracebacks",
        "smsreg._json",
        "smsreg._public",
        "smsreg.errors",
    )
    for path in (package / "_runtime" / "models").glob("*.py"):
        found = of(imports(path, package), "smsreg")
        assert found == of(imports(path, package), *below), path.name


def test_services_know_neither_each_other_nor_what_is_above(package: Path):
    above = (
        "smsreg.registration",
        "smsreg.events",
        "smsreg.emulator",
        "smsreg._codegen",
        "smsreg.cli",
    )
    for service in SERVICES:
        others = set(SERVICES) - {service}
        assert importers(package, service.removeprefix("smsreg."), *others, *above) == set()


def test_emulator_shares_nothing_with_the_clients(package: Path):
    client_modules = ("smsreg._runtime", "smsreg.errors", "smsreg.events", *SERVICES)
    assert importers(package, "emulator", *client_modules) == set()


def test_one_module_drives_tenacity(package: Path):
    assert importers(package, ".", "tenacity") == {"_runtime/call.py"}


def test_few_modules_know_what_lies_underneath(package: Path):
    # All of them are in one folder.
    assert importers(package, "_runtime", "aiobotocore") == {
        "_runtime/aws/credentials.py",
        "_runtime/aws/factory.py",
        "_runtime/aws/fast_exchange.py",
        "_runtime/aws/interception.py",
        "_runtime/aws/http_session.py",
        "_runtime/aws/signing.py",
    }
    # The emulator's options for clients have a session and a configuration of their own.
    inside = {f for f in importers(package, ".", "aiobotocore") if not f.startswith("_runtime/")}
    assert inside == {"emulator/client_options.py"}


def test_no_circle_of_modules(package: Path):
    """Type-only imports and those inside of functions count; generated pairs of files do not."""
    found = circles(graph(package))
    generated = {
        circle
        for circle in found
        if {name.replace("._dicts.", "._models.") for name in circle} < circle
    }
    assert found - generated == set()


def graph(package: Path) -> dict[str, set[str]]:
    """Return the modules of the package that each module imports."""
    files = {
        ".".join(("smsreg", *path.relative_to(package).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): path
        for path in package.rglob("*.py")
    }
    found: dict[str, set[str]] = {module: set() for module in files}
    for module, path in files.items():
        for name, _ in imports(path, package):
            while name and name not in files:
                name = name.rpartition(".")[0]  # noqa: PLW2901 -- up to what is a module
            found[module] |= {name} - {module, ""}
    return found


def circles(graph: dict[str, set[str]]) -> set[frozenset[str]]:
    """Return the groups of modules that import each other, directly or indirectly."""
    reached: dict[str, set[str]] = {}
    for module in graph:
        seen: set[str] = set()
        ahead = [module]
        while ahead:
            new = graph[ahead.pop()] - seen
            seen |= new
            ahead += new
        reached[module] = seen
    return {
        frozenset(other for other in reached[module] if module in reached[other])
        for module in graph
        if module in reached[module]
    }


def test_circles_are_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == {frozenset("bc")}


def fresh(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603 -- our own code


def test_import_loads_nothing_heavy():
    code = "import json, sys, smsreg; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(fresh(code))
    assert [name for name in loaded if name.split(".")[0] in HEAVY] == []
    assert [name for name in loaded if name.startswith(SERVICES)] == []


def test_building_a_client_loads_no_models():
    code = (
        "import json, sys, smsreg; smsreg.SMSVoiceClient(); smsreg.SocialMessagingClient(); "
        "smsreg.EndUserMessagingClient(); "
        "print(json.dumps(sorted(sys.modules)))"
    )
    loaded = json.loads(fresh(code))
    assert [name for name in loaded if "._models." in name or "._enums." in name] == []
    assert [name for name in loaded if name in {"aiohttp", "aiobotocore", "pydantic"}] == []


def test_import_takes_at_most_15_ms():
    # CPU time, as an import does not wait for anything; the minimum of many runs, as other work on
    # the machine only ever adds to it.
    code = "from time import process_time as now; t = now(); import smsreg; print(now() - t)"
    best = float("inf")
    for _ in range(MOST_TRIES):
        best = min(best, float(fresh(code)))
        if best <= MOST_SECONDS:
            return
    assert best <= MOST_SECONDS
