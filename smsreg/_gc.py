"""Loading what lasts, without looking for garbage in it."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def no_garbage() -> Generator[None]:
    """Let no garbage collection run in a block, which must not await.

    Modules and service models are many objects, and all of them stay: collections while they are
    loaded find nothing, and take a tenth of the time until the first answer. Afterwards they are
    where lasting objects end up, in the oldest generation.
    """
    if not gc.isenabled():  # by somebody who wants that
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        # So few objects would have started no collection; to count frozen ones takes a walk over
        # all of them.
        loaded = gc.get_count()[0] > gc.get_threshold()[0]
        if loaded and not gc.get_freeze_count():  # else somebody, or Python 3.12, has frozen some
            gc.freeze()
            gc.unfreeze()
        gc.enable()
