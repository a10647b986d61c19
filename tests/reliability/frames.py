"""Searches everything that an error keeps alive for strings that must not be there."""

from __future__ import annotations

import asyncio
import gc
import logging
import pickle
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smsreg.errors import ServiceError, SmsregError

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1]
LOOP = Path(asyncio.__file__).parent
MOST = 50_000
"""Objects searched for one error: a clean one keeps a few hundred alive."""

_SKIPPED = (
    types.ModuleType,
    type,
    types.CodeType,
    types.BuiltinFunctionType,
    logging.Logger,
    asyncio.AbstractEventLoop,
)
"""Types that refer to the whole program and belong to no call."""


def leaks(error: BaseException, canaries: tuple[str, ...]) -> list[str]:
    """List where canaries are reachable from an error: its texts, attributes, frames and causes.

    Not searched are the frames of tests, which are the caller's; those of asyncio's tasks, which in
    Python 3.10 refer to futures that the caller awaits; and ``ServiceError.response``, which is the
    service's response, as with botocore.
    """
    found = [f"pickle: {canary}" for canary in canaries if _pickled(error, canary)]
    seen: dict[int, object] = {}
    queue: list[tuple[str, object]] = [(type(error).__name__, error)]
    while queue:
        path, each = queue.pop()
        if id(each) in seen or isinstance(each, _SKIPPED):
            continue
        seen[id(each)] = each
        assert len(seen) < MOST, f"an error keeps too much alive, as by {path}"
        text = _text(each)
        if text is not None:
            found += [f"{path}: {canary}" for canary in canaries if canary in text]
        else:
            queue += [(f"{path} > {step}", item) for step, item in _reached(each)]
    return found


def _text(value: object) -> str | None:
    if isinstance(value, (bytes, bytearray)):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None


def _pickled(error: BaseException, canary: str) -> bool:
    if not isinstance(error, SmsregError):
        return False
    copy: BaseException = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own
    each: BaseException | None = copy
    while each is not None:
        if isinstance(each, ServiceError):
            each.response = {}
        each = each.__cause__
    return canary.encode() in pickle.dumps(copy)


def _reached(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, BaseException):
        yield "cause", value.__cause__
        yield "context", value.__context__
        yield "args", value.args
        yield "traceback", value.__traceback__
        for name, member in vars(value).items():
            if not (isinstance(value, ServiceError) and name == "response"):
                yield name, member
    elif isinstance(value, types.TracebackType):
        yield "frame", value.tb_frame
        yield "next", value.tb_next
    elif isinstance(value, types.FrameType):
        file = Path(value.f_code.co_filename)
        if not (file.is_relative_to(TESTS) or file.is_relative_to(LOOP)):
            for name, local in value.f_locals.items():
                yield f"{value.f_code.co_name}.{name}", local
    elif not (isinstance(value, dict) and "__builtins__" in value):  # a module's globals
        for item in gc.get_referents(value):
            yield type(item).__name__, item


def names_of_frames(error: BaseException) -> list[str]:
    """Name the functions in an error's traceback, outermost first."""
    names: list[str] = []
    trace: Any = error.__traceback__
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    return names
