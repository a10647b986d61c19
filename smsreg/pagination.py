"""Listings: awaitable for one page, iterable for all items."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from numbers import Integral
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from smsreg._runtime.deadline import current_loop
from smsreg._runtime.pages import Items, Pages
from smsreg._runtime.tracebacks import outcome_of, stripped
from smsreg.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import NoReturn

    from smsreg._runtime.models.base import Request, Result
    from smsreg._runtime.operation import Operation, Paging

__all__ = ["Items", "Pages", "Paginator"]

ResultT = TypeVar("ResultT", bound="Result")
ItemT_co = TypeVar("ItemT_co", covariant=True)


class Paginator(Coroutine[Any, Any, ResultT], Generic[ResultT, ItemT_co]):
    """A listing that has not been requested yet.

    Await it for its first page, iterate it with ``async for`` for every item, and see the methods
    for the rest. It is a coroutine as well, for ``asyncio.create_task``, ``TaskGroup`` and
    ``gather``. Each use starts from the beginning. An error part-way has the token to resume from
    as ``next_token``.
    """

    __slots__ = ("_fetch", "_operation", "_paging", "_request", "_runs")

    def __init__(
        self,
        operation: Operation[Any, ResultT],
        request: Request[ResultT],
        fetch: Callable[[Request[ResultT]], Coroutine[Any, Any, ResultT]],
    ) -> None:
        if operation.paging is None:
            text = f"{operation.name} is not paged"
            raise TypeError(text)
        self._operation = operation
        self._paging: Paging = operation.paging
        self._request = request
        self._fetch = fetch
        self._runs: dict[object, Coroutine[Any, Any, ResultT]] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._operation.name}>"

    def __await__(self) -> Generator[Any, None, ResultT]:
        return self._fetch(self._request).__await__()

    def send(self, value: Any, /) -> Any:  # noqa: ANN401 -- as every coroutine's
        """Run the fetch of the first page to its next suspension, as a task does."""
        outcome = outcome_of(self._drive, "send", value)
        del self, value
        return outcome.result()

    def throw(self, *error: Any) -> Any:  # noqa: ANN401 -- as every coroutine's
        """Raise an error where the fetch of the first page is suspended."""
        outcome = outcome_of(self._drive, "throw", *error)
        del self, error
        return outcome.result()

    def close(self) -> None:
        """End the fetch of the first page, if one has begun."""
        while self._runs:
            self._runs.popitem()[1].close()

    def _drive(self, step: str, *arguments: Any) -> Any:  # noqa: ANN401 -- as every coroutine's
        """Take one step of the fetch that belongs to the running task, so that each has its own."""
        driver = _current_task()
        run = self._runs.get(driver)
        if run is None:
            run = self._runs[driver] = self._fetch(self._request)
        try:
            return getattr(run, step)(*arguments)
        except BaseException:  # StopIteration, with the page, or the error of the fetch
            self._runs.pop(driver, None)
            raise

    def __aiter__(self) -> Items[ItemT_co]:
        return Items(self.pages(), self._paging.items)

    if not TYPE_CHECKING:  # for type checkers, it is simply not iterable

        def __iter__(self) -> NoReturn:
            msg = f"the listing {self._operation.name} is asynchronous: use `async for`"
            raise TypeError(msg)

    def pages(self, *, prefetch: bool = True) -> Pages[ResultT]:
        """Iterate whole pages, which have the members besides the items too.

        Args:
            prefetch: Fetch the next page while this one is processed.

        Raises:
            PaginationError: The service returned a continuation token for the second time.
        """
        return Pages(self._request, self._paging, self._fetch, prefetch=prefetch)

    async def collect(self, *, limit: int | None = None) -> list[ItemT_co]:
        """Return the items as a list.

        Args:
            limit: The most items to return; None for all.

        Raises:
            InvalidRequestError: The limit is negative, or no whole number.
        """
        collected = stripped(self._collect, limit)
        del self
        return await collected

    async def _collect(self, limit: int | None) -> list[ItemT_co]:
        rule = _rule_broken_by(limit)
        if rule is not None:
            raise InvalidRequestError(self._operation.name, [("limit", rule)])
        items: list[ItemT_co] = []
        if limit == 0:
            return items
        async for page in self.pages(prefetch=limit is None):
            items += cast("list[ItemT_co]", getattr(page, self._paging.items) or [])
            if limit is not None and len(items) >= limit:
                return items[:limit]
        return items

    async def first(self) -> ItemT_co | None:
        """Return the first item, or None where there is none."""
        collected = stripped(self._collect, 1)
        del self
        items = await collected
        return items[0] if items else None


def _rule_broken_by(limit: object) -> str | None:
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, Integral):
        return "Input should be a whole number, or None"
    return "Input should not be negative" if int(limit) < 0 else None


def _current_task() -> asyncio.Task[Any] | None:
    return asyncio.current_task() if current_loop() else None
