"""The public names: exactly the exports, each loaded on first use."""

from __future__ import annotations

import importlib
import json
import pickle
import pydoc
import subprocess
import sys
from types import FunctionType
from typing import Any

import pytest

import smsreg
import smsreg.retry
from smsreg._lazy import attach
from smsreg.sms_voice import Tag

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


def exports(package: str) -> list[Any]:
    """Return the classes and functions that a package exports."""
    module = importlib.import_module(package)
    found = [getattr(module, name) for name in module.__all__]
    return [value for value in found if isinstance(value, (type, FunctionType))]


def in_a_fresh_process(code: str) -> Any:
    script = f"import json, sys\n{code}\nprint(json.dumps(told))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 -- our own command
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
def test_a_star_import_imports_the_exports(package: str) -> None:
    names: dict[str, Any] = {}
    exec(f"from {package} import *", names)  # noqa: S102 -- it is what is tested
    names.pop("__builtins__")
    assert sorted(names) == sorted(importlib.import_module(package).__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_other_names_are_not_there(package: str) -> None:
    module = importlib.import_module(package)
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'Nothing'"):
        module.Nothing  # noqa: B018 -- reading it is what is tested


@pytest.mark.parametrize("package", PACKAGES)
def test_no_export_names_a_private_module(package: str) -> None:
    found = [value for value in exports(package) if value is not str]

    assert found
    for value in found:
        assert not any(part.startswith("_") for part in value.__module__.split(".")), value
        assert getattr(importlib.import_module(value.__module__), value.__name__) is value
        assert pickle.loads(pickle.dumps(value)) is value  # noqa: S301 -- of this process


@pytest.mark.parametrize("package", ["smsreg.end_user_messaging", "smsreg.sms_voice"])
def test_exports_name_their_package(package: str) -> None:
    assert {value.__module__ for value in exports(package) if value is not str} == {package}


def test_a_pickle_is_read_where_nothing_is_loaded_yet() -> None:
    tag = pickle.dumps(Tag(key="team", value="alerts"))
    told = in_a_fresh_process(
        f"import pickle\ntold = [repr(pickle.loads({tag!r})), 'smsreg.sms_voice' in sys.modules]"
    )
    assert told == ["Tag(key='team', value='alerts')", True]


@pytest.mark.parametrize(
    ("subject", "first"),
    [
        ("smsreg", "    smsreg - A typed async SDK for AWS End User Messaging"),
        ("smsreg.end_user_messaging", "    smsreg.end_user_messaging - AWS End User Messaging"),
        ("smsreg.SMSVoiceClient", " |  A client for AWS End User Messaging SMS and voice"),
        ("smsreg.sms_voice.Tag", "class Tag(smsreg._runtime.models.base.RequestStructure)"),
    ],
)
def test_help_starts_with_what_something_is(subject: str, first: str) -> None:
    shown = pydoc.plain(pydoc.render_doc(subject))

    assert first in shown[:1500]


@pytest.mark.parametrize("client", ["SMSVoiceClient", "SocialMessagingClient"])
def test_help_on_a_client_has_an_example_and_the_settings(client: str) -> None:
    shown = pydoc.plain(pydoc.render_doc(getattr(smsreg, client)))

    start = shown[: shown.index("Method resolution order")]
    assert f"class {client}(" in start.splitlines()[2]
    assert len(start.splitlines()[2]) < 100
    assert f"async with {client}(region_name=" in start
    assert "rate_limiter: Awaited before each attempt" in start


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
