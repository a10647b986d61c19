"""Misspelt names of actions and rules are refused before the first change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from smsreg import ConfigurationError
from smsreg.registration import Registrar, RegistrationDraft, Step

from . import drafts
from .drafts import draft_for

if TYPE_CHECKING:
    from smsreg.emulator import Emulator

BRAND = "US_TEN_DLC_BRAND_REGISTRATION"


async def on_step(_: Step) -> None:
    """Not a valid callback: it is async, so a call would do nothing."""


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"confirm": {"request_phone_numbr"}}, "confirm has names of no action: request_phone_numbr;"),
    ({"confirm": "not_request_phone_number"}, "confirm has names of no action: not_request_phone"),
    ({"confirm": ["x\x1b[2J"]}, r"confirm has names of no action: x\\x1b\[2J;"),
    ({"confirm": None}, "confirm must be a collection of names"),
    ({"confirm": {5}}, "confirm must be a collection of names"),
    ({"ignore": 5}, "ignore must be a collection of names"),
    ({"ignore": [None]}, "ignore must be a collection of names"),
    ({"on_step": 5}, "on_step must be a function that is not async"),
    ({"on_step": on_step}, "on_step must be a function that is not async"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG)
async def test_nothing_is_changed(
    registrar: Registrar, emulator: Emulator, wrong: dict[str, Any], message: str
) -> None:
    draft = draft_for(await registrar.form(BRAND), "tenant-7/brand")
    emulator.calls.clear()
    with pytest.raises(ConfigurationError, match=message):
        await registrar.apply(draft, **wrong)
    with pytest.raises(ConfigurationError, match=message):
        await anext(aiter(registrar.apply_many([draft], **wrong)))
    assert emulator.calls.operations == []


@pytest.mark.parametrize(("wrong", "message"), WRONG)
async def test_no_version_is_made(
    registrar: Registrar, emulator: Emulator, wrong: dict[str, Any], message: str
) -> None:
    applied = await registrar.apply(draft_for(await registrar.form(BRAND), "tenant-7/brand"))
    assert applied.registration_id
    emulator.deny(applied.registration_id, reason="Unofficial Business Email")
    await emulator.advance(days=1)
    with pytest.raises(ConfigurationError, match=message):
        await registrar.revise(applied.registration_id, {"companyInfo.city": "Tacoma"}, **wrong)
    assert (await registrar.state(applied.registration_id)).version_number == 1


@pytest.mark.parametrize("confirm", ["request_phone_number", ["request_phone_number"]])
async def test_a_text_is_one_action(registrar: Registrar, confirm: Any) -> None:
    draft = draft_for(await registrar.form(drafts.TOLL_FREE), "tenant-7/toll-free")
    assert (await registrar.apply(draft)).waiting_for == "confirmation"
    assert (await registrar.apply(draft, confirm=confirm)).waiting_for == "review"


@pytest.mark.parametrize("ignore", ["required", iter(["required"])])
async def test_a_text_is_one_rule(registrar: Registrar, ignore: Any) -> None:
    form = await registrar.form(BRAND)
    ignored = ["required"] if not isinstance(ignore, str) else ignore
    assert {problem.rule for problem in form.check({})} == {"required"}
    assert form.check({}, ignore=ignored) == []
    empty = RegistrationDraft(key="k", registration_type=BRAND, values={})
    plan = await registrar.plan(empty, ignore=ignore)
    assert "required" not in {problem.rule for problem in plan.problems}


async def test_an_interval_of_polls(registrar: Registrar) -> None:
    for interval in (0, -1, float("nan"), float("inf"), "60", True):
        wrong: Any = interval
        with pytest.raises(ConfigurationError, match="poll_interval must be a"):
            await anext(aiter(registrar.watch(["registration-1"], poll_interval=wrong)))
