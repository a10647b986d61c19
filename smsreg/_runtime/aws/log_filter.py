"""Keeps other libraries' debug logs free of what our callers send and get.

At DEBUG, botocore logs parameters, bodies, headers and signatures. While a client of ours is open,
a filter on the loggers concerned withholds the contents of records that come from our calls;
records of everybody else's calls pass as they are.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from smsreg._runtime.call import current_attempt

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

LIBRARIES = ("aiobotocore", "aiohttp", "asyncio", "botocore", "urllib3")
WITHHELD = "(withheld: a record of a call by smsreg)"


class _Withhold(logging.Filter):
    """Leaves of a record of our calls only its constant part."""

    def filter(self, record: logging.LogRecord) -> bool:
        if current_attempt.get() is not None:
            # With arguments the message is a constant template; without, it may hold anything.
            record.msg = f"{record.msg} {WITHHELD}" if record.args else WITHHELD
            record.args = ()
            record.exc_info = record.exc_text = record.stack_info = None
        return True


_filter = _Withhold()
_open = 0


def _loggers() -> Iterator[logging.Logger]:
    """A filter minds the records of its own logger alone, so every one of them needs it."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in LIBRARIES:
            yield logging.getLogger(name)


@contextlib.contextmanager
def quiet() -> Generator[None]:
    """Withhold contents for as long as the context lasts."""
    global _open  # noqa: PLW0603 -- loggers are the process's, and so is the count of their users
    for logger in _loggers():
        logger.addFilter(_filter)
    _open += 1
    try:
        yield
    finally:
        _open -= 1
        if not _open:
            for logger in _loggers():
                logger.removeFilter(_filter)
