"""Loading without garbage collection restores the collector's settings afterwards."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from smsreg._gc import no_garbage


def test_nothing_is_collected_in_the_block() -> None:
    assert gc.isenabled()
    with no_garbage():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_failure_leaves_collections_on() -> None:
    with pytest.raises(KeyError), no_garbage():
        raise KeyError
    assert gc.isenabled()


def test_who_has_turned_collections_off_keeps_them_off() -> None:
    gc.disable()
    try:
        with no_garbage():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_objects_frozen_by_the_caller_stay_frozen() -> None:
    before = gc.get_freeze_count()  # tests/conftest.py freezes the objects that it loads
    assert before > 0
    with no_garbage():
        pass
    assert gc.get_freeze_count() >= before - 100  # some may have been freed meanwhile


ALONE = """
import gc
from smsreg._gc import no_garbage

gc.collect()
frozen = gc.get_freeze_count()
with no_garbage():
    kept = [[] for _ in range(10_000)]
young = {id(one) for one in gc.get_objects(generation=0)}
left = sum(id(one) in young for one in kept)
print(gc.isenabled(), gc.get_freeze_count() == frozen, left == 0 or frozen > 0)
"""


def test_what_was_loaded_is_old_at_once() -> None:
    """Objects that Python 3.12 freezes itself are left as they are."""
    done = subprocess.run(  # noqa: S603 -- our own script
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["True", "True", "True"]
