"""Steps after an approval: they wait for the number, skip what exists, and are checked early."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import RegistrationError, RetryPolicy, SmsregError, SMSVoiceClient
from smsreg.registration import (
    AfterApproval,
    EventDestinationRequest,
    Keyword,
    Registrar,
    RegistrationDraft,
)

from .small_types import BRAND, CAMPAIGN, TOLL_FREE, TYPES

if TYPE_CHECKING:
    from pathlib import Path

    from smsreg.emulator import Emulator

TOPIC = "arn:aws:sns:us-east-1:123456789012:replies"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
AFTER = AfterApproval(
    keywords=[Keyword(keyword="INFO", message="Example Dental: call 206-555-0100.")],
    two_way_channel_arn=TOPIC,
    event_destination=EventDestinationRequest(
        configuration_set_name="set", name="events", event_types=["TEXT_ALL"], sns_topic_arn=TOPIC
    ),
    resource_policy=POLICY,
)
ACTIONS = [
    "put_keyword",
    "update_phone_number",
    "create_event_destination",
    "put_resource_policy",
]


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"registration_types": TYPES}


@pytest.fixture
def retry() -> RetryPolicy:
    return RetryPolicy.none()


@pytest.fixture
async def client(client: SMSVoiceClient) -> SMSVoiceClient:
    await client.create_configuration_set(configuration_set_name="set")
    return client


async def test_all_of_it_and_once(registrar: Registrar, client: SMSVoiceClient) -> None:
    draft = replace(TOLL_FREE, after_approval=AFTER)
    assert [step.action for step in (await registrar.plan(draft)).later] == ACTIONS
    applied = await registrar.apply(draft, confirm=True, wait=True)
    assert applied.waiting_for is None
    assert [step.action for step in applied.steps][-4:] == ACTIONS
    assert (await registrar.plan(draft)).is_empty
    assert (await registrar.apply(draft)).steps == ()
    number = await client.describe_phone_numbers().first()
    assert number
    assert number.two_way_channel_arn == TOPIC
    keywords = await client.describe_keywords(
        origination_identity=number.phone_number_id or "", keywords=["INFO"]
    )
    assert keywords.keywords[0].keyword_message == "Example Dental: call 206-555-0100."


async def test_a_late_number_is_waited_for(registrar: Registrar, emulator: Emulator) -> None:
    await registrar.apply(BRAND, confirm=True, wait=True)
    draft = replace(CAMPAIGN, after_approval=AFTER)
    await registrar.apply(draft, confirm=True)
    await emulator.advance(days=1)
    applied = await registrar.apply(draft, confirm=True)
    assert [step.action for step in applied.steps] == ["request_phone_number"]
    assert applied.waiting_for == "phone_number"
    await emulator.advance(days=1)
    done = await registrar.apply(draft)
    assert [step.action for step in done.steps] == ACTIONS
    assert done.waiting_for is None


async def test_a_pool(registrar: Registrar, client: SMSVoiceClient) -> None:
    await registrar.apply(TOLL_FREE, confirm=True, wait=True)
    (first,) = await client.describe_phone_numbers().collect()
    pool = await client.create_pool(
        origination_identity=first.phone_number_id or "",
        iso_country_code="US",
        message_type="TRANSACTIONAL",
    )
    after = AfterApproval(pool_id=pool.pool_id)
    draft = replace(TOLL_FREE, key="other", after_approval=after)
    applied = await registrar.apply(draft, confirm=True, wait=True)
    assert applied.steps[-1].action == "associate_origination_identity"
    assert (await registrar.apply(draft)).steps == ()


async def test_interrupted_at_each_request(registrar: Registrar, emulator: Emulator) -> None:
    await registrar.apply(TOLL_FREE, confirm=True, wait=True)
    draft = replace(TOLL_FREE, after_approval=AFTER)
    start = emulator.snapshot()
    emulator.calls.clear()
    await registrar.apply(draft)
    requests = len(emulator.calls)
    for after in (False, True):
        for index in range(requests):
            emulator.restore(start)
            emulator.faults.clear()
            emulator.faults.drop(after=after, skip=index)
            with contextlib.suppress(SmsregError):
                await registrar.apply(draft)
            emulator.faults.clear()
            await emulator.advance(days=3)
            await registrar.apply(draft)
            assert (await registrar.plan(draft)).is_empty


@pytest.mark.parametrize(
    ("after", "rule"),
    [
        (AfterApproval(keywords=[Keyword(keyword="INFO ", message="x")]), "keyword"),
        (AfterApproval(keywords=[Keyword(keyword="A", message="x", action="SHOUT")]), "keyword"),
        (AfterApproval(keywords=[Keyword(keyword="A", message="x", action="OPT_OUT")]), "keyword"),
        (AfterApproval(resource_policy="{"), "resource_policy"),
        (
            AfterApproval(
                event_destination=EventDestinationRequest(configuration_set_name="s", name="n")
            ),
            "event_destination",
        ),
        (
            AfterApproval(
                event_destination=EventDestinationRequest(
                    configuration_set_name="s", name="n", event_types=["X"], sns_topic_arn=TOPIC
                )
            ),
            "event_destination",
        ),
    ],
)
async def test_what_would_be_refused(
    registrar: Registrar, emulator: Emulator, after: AfterApproval, rule: str
) -> None:
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(replace(TOLL_FREE, after_approval=after), confirm=True)
    assert [problem.rule for problem in caught.value.problems] == [rule]
    assert emulator.calls.of("CreateRegistration") == []


async def test_it_needs_a_number(registrar: Registrar) -> None:
    with pytest.raises(RegistrationError, match="needs a number"):
        await registrar.apply(replace(BRAND, after_approval=AFTER))


def test_it_is_part_of_a_file(tmp_path: Path) -> None:
    draft = replace(TOLL_FREE, values={}, after_approval=AFTER, tags={})
    path = tmp_path / "draft.yaml"
    path.write_text(draft.to_yaml(), "utf-8")
    assert RegistrationDraft.read(path) == replace(
        draft,
        phone_number=replace(TOLL_FREE.phone_number, number_capabilities=["SMS"]),  # type: ignore[type-var]  # it is there
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{keyword: []}", "did you mean keywords?"),
        ("{keywords: [{keyword: A}]}", "a keyword has no message"),
        ("{event_destination: {name: n}}", "event_destination has no configuration_set_name"),
        ("{pool_id: []}", "must be a text"),
    ],
)
def test_mistakes_in_a_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "draft.yaml"
    path.write_text(f"key: k\nregistration_type: T\nafter_approval: {text}\n", "utf-8")
    with pytest.raises(SmsregError) as caught:
        RegistrationDraft.read(path)
    problems: Any = getattr(caught.value, "problems", [])
    assert message in problems[0][1]
    assert problems[0][0].startswith("line 3, column")
