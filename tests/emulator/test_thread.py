"""The emulator in its own thread, for synchronous code."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from smsreg.emulator import Clock, Emulator

if TYPE_CHECKING:
    from pathlib import Path


def test_a_synchronous_client_and_verdicts() -> None:
    with Emulator.in_thread(clock=Clock.fixed(), review_seconds=60.0) as emulator:
        options: dict[str, Any] = dict(emulator.boto_options)
        assert list(options) == [
            "endpoint_url",
            "region_name",
            "aws_access_key_id",
            "aws_secret_access_key",
        ]
        sms = boto3.client("pinpoint-sms-voice-v2", **options)
        identifier = sms.create_registration(RegistrationType="US_TEN_DLC_BRAND_VETTING")[
            "RegistrationId"
        ]
        emulator.advance(days=1)
        assert emulator.clock.offset == 86_400
        emulator.deny(identifier, "No")
        with pytest.raises(KeyError):
            emulator.approve("nothing")
        assert emulator.messages == []
        assert emulator.calls.operations == ["CreateRegistration"]
        taken = emulator.snapshot()
        emulator.restore(taken)
        assert emulator.unexpected == []
    with pytest.raises(RuntimeError, match="not running"):
        _ = emulator.url


def test_many_threads_ask_at_once() -> None:
    with Emulator.in_thread(quotas={"OPT_OUT_LISTS": 1000}) as emulator:
        sms = boto3.client("pinpoint-sms-voice-v2", **emulator.boto_options)
        problems: list[Exception] = []

        def work(name: str) -> None:
            try:
                for number in range(10):
                    sms.create_opt_out_list(OptOutListName=f"{name}-{number}")
                    emulator.opt_out("Default", f"+1206555{number:04}")
                    assert emulator.snapshot()["format"] == 2
            except Exception as problem:  # noqa: BLE001  # shown below
                problems.append(problem)

        threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        assert len(sms.describe_opt_out_lists()["OptOutLists"]) == 41


def test_nothing_stays_behind() -> None:
    before = threading.active_count()
    for _ in range(3):
        with Emulator.in_thread():
            pass
    assert threading.active_count() == before


def test_what_stops_it_from_starting_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("[]")
    with pytest.raises(ValueError, match="not a state file"), Emulator.in_thread(state_file=path):
        pass
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=str(port)), Emulator.in_thread(port=port):
            pass
    with pytest.raises(ValueError, match="account_tier"), Emulator.in_thread(account_tier="NONE"):
        pass


def test_what_the_body_raises_passes() -> None:
    with pytest.raises(ZeroDivisionError), Emulator.in_thread():
        _ = 1 / 0


async def test_advance_can_be_awaited_and_need_not() -> None:
    emulator = Emulator(clock=Clock.fixed())
    assert await emulator.advance(seconds=1) is None
    emulator.advance(seconds=1)
    assert emulator.clock.offset == 2
