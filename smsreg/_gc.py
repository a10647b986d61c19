"""Loading long-lived objects without garbage collection."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def no_garbage() -> Generator[None]:
    """Disable garbage collection in a block, which must not await.

    Modules and service models are many objects, and all of them stay: collections during loading
    find nothing, and take a tenth of the time until the first response. Afterwards the objects are
    moved to the oldest generation, where long-lived objects belong.
    """
    if not gc.isenabled():  # disabled by the program
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        # Fewer objects would not have triggered a collection; counting frozen objects traverses all
        # of them.
        loaded = gc.get_count()[0] > gc.get_threshold()[0]
        if loaded and not gc.get_freeze_count():  # else the program or Python 3.12 has frozen some
            gc.freeze()
            gc.unfreeze()
        gc.enable()
