"""Listings: awaitable for one page, iterable for all items."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from smsreg.errors import InvalidRequestError, PaginationError, SmsregError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator

    from smsreg._runtime.models.base import Request, Result
    from smsreg._runtime.operation import Operation, Paging

__all__ = ["Pages", "Paginator"]

SLOW = 0.001
"""Seconds: a consumer that takes longer for a page gets the next one asked for before."""
TURNS = 3
"""Turns of the loop in which a fetch starts, aiohttp's writer starts, and the request goes out."""

ResultT = TypeVar("ResultT", bound="Result")
ItemT_co = TypeVar("ItemT_co", covariant=True)


class Paginator(Generic[ResultT, ItemT_co]):
    """A listing that has not been asked for yet.

    Await it for its first page, iterate it for every item, and see the methods for the rest. Each
    use starts from the beginning. A failure part-way has the token to go on from as
    ``next_token``.
    """

    __slots__ = ("_fetch", "_operation", "_paging", "_request")

    def __init__(
        self,
        operation: Operation[Any, ResultT],
        request: Request[ResultT],
        fetch: Callable[[Request[ResultT]], Coroutine[Any, Any, ResultT]],
    ) -> None:
        if operation.paging is None:
            raise TypeError(f"{operation.name} is not paged")  # noqa: EM102
        self._operation = operation
        self._paging: Paging = operation.paging
        self._request = request
        self._fetch = fetch

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._operation.name}>"

    def __await__(self) -> Generator[Any, None, ResultT]:
        return self._fetch(self._request).__await__()

    def __aiter__(self) -> AsyncIterator[ItemT_co]:
        return _Items(self.pages(), self._paging.items)

    def pages(self, *, prefetch: bool = True) -> Pages[ResultT]:
        """Iterate whole pages, which have the members besides the items too.

        Args:
            prefetch: Fetch the next page while this one is worked on.

        Raises:
            PaginationError: The service gave a continuation token for the second time.
        """
        return Pages(self._request, self._paging, self._fetch, prefetch=prefetch)

    async def collect(self, *, limit: int | None = None) -> list[ItemT_co]:
        """Give the items as a list.

        Args:
            limit: The most items to give; None for all.

        Raises:
            InvalidRequestError: The limit is negative.
        """
        if limit is not None and limit < 0:
            raise InvalidRequestError(
                self._operation.name, [("limit", "Input should not be negative")]
            )
        items: list[ItemT_co] = []
        if limit == 0:
            return items
        async for page in self.pages(prefetch=limit is None):
            items += cast("list[ItemT_co]", getattr(page, self._paging.items) or [])
            if limit is not None and len(items) >= limit:
                return items[:limit]
        return items

    async def first(self) -> ItemT_co | None:
        """Give the first item, or None where there is none."""
        items = await self.collect(limit=1)
        return items[0] if items else None


class _Items(Generic[ItemT_co]):
    """The items of all pages, one after the other."""

    __slots__ = ("_at", "_items", "_name", "_pages")

    def __init__(self, pages: Pages[Any], name: str) -> None:
        self._pages = pages
        self._name = name
        self._items: list[ItemT_co] = []
        self._at = 0

    def __aiter__(self) -> AsyncIterator[ItemT_co]:
        return self

    async def __anext__(self) -> ItemT_co:
        while self._at >= len(self._items):
            page = await self._pages.__anext__()
            self._items = getattr(page, self._name) or []
            self._at = 0
        item = self._items[self._at]
        self._at += 1
        return item


class Pages(Generic[ResultT]):
    """The pages of a listing, with the next one on its way.

    No task outlives this object: dropping it, as leaving a loop early does, cancels the fetch
    that is under way. ``aclose`` does so at once and waits for it.
    """

    __slots__ = (
        "_fetch",
        "_handed",
        "_next",
        "_paging",
        "_prefetch",
        "_request",
        "_seen",
        "_slow",
        "_token",
    )

    def __init__(
        self,
        request: Request[ResultT],
        paging: Paging,
        fetch: Callable[[Request[ResultT]], Coroutine[Any, Any, ResultT]],
        *,
        prefetch: bool,
    ) -> None:
        self._request: Request[ResultT] | None = request
        self._paging = paging
        self._fetch = fetch
        self._prefetch = prefetch
        self._slow = True
        self._handed = 0.0
        self._next: _Ahead[ResultT] | None = None
        self._token: str | None = getattr(request, paging.input_token)
        self._seen: set[str | None] = {self._token}

    def __aiter__(self) -> AsyncIterator[ResultT]:
        return self

    async def __anext__(self) -> ResultT:
        request = self._request
        if request is None:
            raise StopAsyncIteration
        try:
            page = await self._page(request)
            self._advance(request, page)
            if self._next is not None and self._slow:
                await self._next.send()
        except asyncio.CancelledError:
            self._drop()
            if self._request is not request:  # the page is not handed out
                self._seen.discard(self._token)
                self._token = getattr(request, self._paging.input_token)
                self._request = request
            raise
        except SmsregError as error:
            self._request = None
            if error.next_token is None:
                error.next_token = self._token
            raise
        if self._next is not None:
            self._handed = self._next.loop.time()
        return page

    async def aclose(self) -> None:
        """End the iteration, and wait for the end of a fetch that is under way."""
        self._request = None
        ahead, self._next = self._next, None
        if ahead is not None:
            await ahead.aclose()

    def _page(self, request: Request[ResultT]) -> Awaitable[ResultT]:
        ahead, self._next = self._next, None
        if ahead is None:
            return self._fetch(request)
        self._slow = ahead.loop.time() - self._handed > SLOW
        return ahead.take()

    def _advance(self, request: Request[ResultT], page: ResultT) -> None:
        token: str | None = getattr(page, self._paging.output_token)
        if not token:
            self._request = None
            return
        if token in self._seen:
            error = PaginationError("the service gave a continuation token for the second time")
            error.next_token = token
            raise error
        self._seen.add(token)
        self._token = token
        self._request = request.model_copy(update={self._paging.input_token: token})
        if self._prefetch:
            self._next = _Ahead(self._request, self._fetch)

    def _drop(self) -> None:
        ahead, self._next = self._next, None
        if ahead is not None:
            ahead.cancel()

    def __del__(self) -> None:
        ahead: _Ahead[ResultT] | None = getattr(self, "_next", None)
        if ahead is not None:
            ahead.cancel()


class _Ahead(Generic[ResultT]):
    """A fetch ahead, in a task of its own that starts at the loop's next turn.

    Who wants the page before that fetches it right away, without a task.
    """

    __slots__ = ("_fetch", "_handle", "_request", "_task", "loop")

    def __init__(
        self,
        request: Request[ResultT],
        fetch: Callable[[Request[ResultT]], Coroutine[Any, Any, ResultT]],
    ) -> None:
        self._request = request
        self._fetch = fetch
        self._task: asyncio.Task[ResultT] | None = None
        self.loop = asyncio.get_running_loop()
        self._handle = self.loop.call_soon(self._start)

    def _start(self) -> None:
        self._task = self.loop.create_task(self._fetch(self._request))
        self._task.add_done_callback(_look)

    async def send(self) -> None:
        """Let the request go out, so that it is under way even if the consumer blocks the loop."""
        for _ in range(TURNS):
            await asyncio.sleep(0)

    def take(self) -> Coroutine[Any, Any, ResultT]:
        """Give the page to be awaited."""
        self._handle.cancel()
        return self._fetch(self._request) if self._task is None else _join(self._task)

    def cancel(self) -> None:
        """Give the fetch up."""
        self._handle.cancel()
        if self._task is not None and not self.loop.is_closed():
            self._task.cancel()

    async def aclose(self) -> None:
        """Give the fetch up, and wait for its end."""
        self.cancel()
        if self._task is not None:
            await asyncio.wait([self._task])


async def _join(task: asyncio.Task[ResultT]) -> ResultT:
    """Await a task as if it ran here: its consumer's cancellation is its own."""
    try:
        return await task
    except asyncio.CancelledError:
        if not task.done():
            task.cancel()
        raise


def _look(task: asyncio.Task[Any]) -> None:
    """Mark a failure as seen: who iterates on gets it, and nobody else wants it."""
    if not task.cancelled():
        task.exception()
