"""Blocks ended by a deadline or by their group, and cancellations at the same time."""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Callable

import pytest

from smsreg import ConfigurationError
from smsreg._runtime.deadline import Block, Interrupts, before

COUNTED = sys.version_info >= (3, 11)
"""Whether asyncio counts the cancellations of a task."""

Work = Callable[[], "asyncio.Future[None]"]


def forever() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()


def now() -> float:
    return asyncio.get_running_loop().time()


def pending() -> int:
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling() if sys.version_info >= (3, 11) else 0


@pytest.mark.parametrize("passed", [0.0, 1.0], ids=["now", "past"])
async def test_a_deadline_ends_its_block_and_leaves_the_task_alone(passed: float) -> None:
    with pytest.raises(asyncio.TimeoutError), before(now() - passed) as block:
        await forever()
    assert (block.interrupted, block.ended, pending()) == (True, False, 0)
    await asyncio.sleep(0)


async def test_a_block_that_is_left_in_time_is_not_interrupted() -> None:
    for deadline in (math.inf, now() + 1e6):
        with before(deadline) as block:
            await asyncio.sleep(0)
        assert not block.interrupted
    assert block.timer is not None
    assert block.timer.cancelled()


async def test_an_exception_of_the_block_passes() -> None:
    with pytest.raises(KeyError), before(now() + 1e6):
        raise KeyError


async def test_a_block_that_swallows_its_interruption_continues() -> None:
    with before(now()) as block:
        try:
            await forever()
        except asyncio.CancelledError:
            assert block.interrupted
    assert pending() == 0
    await asyncio.sleep(0)


async def test_a_cancellation_passes() -> None:
    async def work() -> None:
        with before(now() + 1e6):
            await forever()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("first", ["cancellation", "deadline"])
async def test_a_cancellation_at_the_deadline_is_not_lost(first: str) -> None:
    """Both happen in one iteration of the loop, before the task runs."""

    async def work() -> None:
        with before(math.inf) as block:
            blocks.append(block)
            await forever()

    blocks: list[Block] = []
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    both = [task.cancel, blocks[0].interrupt]
    for each in both if first == "cancellation" else reversed(both):
        each()
    # Python 3.10 cannot distinguish the two.
    with pytest.raises(asyncio.CancelledError if COUNTED else asyncio.TimeoutError):
        await task


async def test_a_block_of_a_cancelled_task_ends_at_its_own_deadline() -> None:
    async def work() -> None:
        try:
            await forever()
        finally:
            with pytest.raises(asyncio.TimeoutError), before(now()):
                await forever()
            left.append(pending())

    left: list[int] = []
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left == [1 if COUNTED else 0]


async def test_a_group_ends_the_blocks_of_all_tasks_but_its_own() -> None:
    group = Interrupts()
    left: list[str] = []

    async def work(name: str) -> None:
        block = group.block()
        try:
            with block:
                await forever()
        except asyncio.TimeoutError:
            assert block.ended
            await asyncio.sleep(0)
            left.append(name)

    tasks = [asyncio.create_task(work(name)) for name in ("one", "two")]
    await asyncio.sleep(0)
    with group.block():
        await group.end()
        assert len(group.running) == 1
    await asyncio.gather(*tasks)
    assert sorted(left) == ["one", "two"]
    with pytest.raises(asyncio.TimeoutError), group.block():
        raise AssertionError("it does not begin")


async def test_a_block_that_is_left_before_it_is_ended_does_not_hold_up_its_group() -> None:
    group = Interrupts()

    async def work() -> None:
        with group.block():
            await asyncio.sleep(0)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    await group.end()  # the block ends in this iteration; in the next it would be interrupted
    await task


def test_no_event_loop() -> None:
    with pytest.raises(ConfigurationError, match="no event loop"), before(0.0):
        raise AssertionError("it does not begin")
