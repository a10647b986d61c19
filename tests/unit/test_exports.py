"""What a user imports: exactly the exports, each loaded when it is first used."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from typing import Any

import pytest

import smsreg.retry
from smsreg._lazy import attach

PACKAGES = (
    "smsreg",
    "smsreg.end_user_messaging",
    "smsreg.events",
    "smsreg.opentelemetry",
    "smsreg.rate_limits",
    "smsreg.registration",
    "smsreg.sms_voice",
    "smsreg.social_messaging",
    "smsreg.types",
)


def in_a_fresh_process(code: str) -> Any:
    script = f"import json, sys\n{code}\nprint(json.dumps(told))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603
    return json.loads(done.stdout)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_export_is_there_and_listed(package: str) -> None:
    module = importlib.import_module(package)
    exported = module.__all__
    assert list(exported) == sorted(set(exported))
    assert set(exported) <= set(dir(module))
    for name in exported:
        assert getattr(module, name) is not None


@pytest.mark.parametrize("package", PACKAGES)
def test_a_star_import_gives_the_exports(package: str) -> None:
    names: dict[str, Any] = {}
    exec(f"from {package} import *", names)  # noqa: S102 -- it is what is tested
    names.pop("__builtins__")
    assert sorted(names) == sorted(importlib.import_module(package).__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_other_names_are_not_there(package: str) -> None:
    module = importlib.import_module(package)
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'Nothing'"):
        module.Nothing  # noqa: B018 -- reading it is what is tested


def test_names_are_loaded_when_they_are_used_and_kept() -> None:
    told = in_a_fresh_process(
        "import smsreg\n"
        "before = 'RetryPolicy' in vars(smsreg), 'smsreg.retry' in sys.modules\n"
        "smsreg.RetryPolicy\n"
        "after = 'RetryPolicy' in vars(smsreg), 'smsreg.retry' in sys.modules\n"
        "told = [before, after, 'pydantic' in sys.modules]"
    )
    assert told == [[False, False], [True, True], False]


def test_types_are_loaded_when_they_are_used() -> None:
    told = in_a_fresh_process(
        "import smsreg.types\n"
        "smsreg.types.RetryEvent\n"
        "told = [name in sys.modules for name in ('pydantic', 'smsreg.retry')]"
    )
    assert told == [False, True]


def test_version() -> None:
    assert isinstance(smsreg.__version__, str)
    assert smsreg.__version__.count(".") >= 2


def test_attach_names_where_things_are() -> None:
    load, names = attach("smsreg", {"retry": ("RetryEvent",)})
    try:
        assert load("RetryEvent") is smsreg.retry.RetryEvent
        assert "RetryEvent" in names()
        with pytest.raises(AttributeError):
            load("PollEvent")
    finally:
        del smsreg.RetryEvent  # type: ignore[attr-defined] # it was not there before
