"""Listings: awaitable for one page, iterable for all items."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from smsreg._runtime.deadline import Interrupts
from smsreg._runtime.tracebacks import outcome_of, stripped
from smsreg.errors import InvalidRequestError, PaginationError, SmsregError, TransportError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from typing import NoReturn

    from smsreg._runtime.models.base import Request, Result
    from smsreg._runtime.operation import Operation, Paging

__all__ = ["Items", "Pages", "Paginator"]

SLOW = 0.001
"""Seconds: a consumer that takes longer for a page gets the next one asked for before."""
TURNS = 3
"""Turns of the loop in which a fetch starts, aiohttp's writer starts, and the request goes out."""

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
            raise TypeError(f"{operation.name} is not paged")  # noqa: EM102
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
        """Run the fetch of the first page to its next wait, as a task does that wraps this."""
        outcome = outcome_of(self._drive, "send", value)
        del self, value
        return outcome.result()

    def throw(self, *error: Any) -> Any:  # noqa: ANN401 -- as every coroutine's
        """Raise an error where the fetch of the first page waits."""
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
        except BaseException:  # StopIteration, with the page, or what ended the fetch
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
            prefetch: Fetch the next page while this one is worked on.

        Raises:
            PaginationError: The service returned a continuation token for the second time.
        """
        return Pages(self._request, self._paging, self._fetch, prefetch=prefetch)

    async def collect(self, *, limit: int | None = None) -> list[ItemT_co]:
        """Return the items as a list.

        Args:
            limit: The most items to return; None for all.

        Raises:
            InvalidRequestError: The limit is negative.
        """
        collected = stripped(self._collect, limit)
        del self
        return await collected

    async def _collect(self, limit: int | None) -> list[ItemT_co]:
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
        """Return the first item, or None where there is none."""
        collected = stripped(self._collect, 1)
        del self
        items = await collected
        return items[0] if items else None


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _current_task() -> asyncio.Task[Any] | None:
    return asyncio.current_task() if _running_loop() else None


class Items(Generic[ItemT_co]):
    """The items of all pages, one after the other."""

    __slots__ = ("_at", "_items", "_lock", "_name", "_pages")

    def __init__(self, pages: Pages[Any], name: str) -> None:
        self._pages = pages
        self._name = name
        self._items: list[ItemT_co] = []
        self._at = 0
        self._lock = asyncio.Lock()

    def __aiter__(self) -> Items[ItemT_co]:
        return self

    async def __anext__(self) -> ItemT_co:
        if self._at < len(self._items):
            return self._take()
        turned = stripped(self._turned)
        del self
        return await turned

    async def _turned(self) -> ItemT_co:
        async with self._lock:
            await self._turn()
        return self._take()

    def _take(self) -> ItemT_co:
        item = self._items[self._at]
        self._at += 1
        return item

    async def _turn(self) -> None:
        """Go to the next page that has items, unless another task has done so."""
        while self._at >= len(self._items):
            page = await self._pages.__anext__()
            self._items = getattr(page, self._name) or []
            self._at = 0

    async def aclose(self) -> None:
        """End the iteration, as ``Pages.aclose`` does."""
        self._items = []
        self._at = 0
        await self._pages.aclose()


class Pages(Generic[ResultT]):
    """The pages of a listing, with the next one prefetched.

    No task outlives this object: dropping it, as leaving a loop early does, cancels the fetch
    that is in flight. ``aclose`` does so at once and waits for its end. Tasks may share one: each
    page goes to one of them.
    """

    __slots__ = (
        "_fetch",
        "_handed",
        "_interrupts",
        "_lock",
        "_next",
        "_paging",
        "_prefetch",
        "_request",
        "_seen",
        "_slow",
        "_taken",
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
        self._taken: _Ahead[ResultT] | None = None
        self._token: str | None = getattr(request, paging.input_token)
        self._seen: set[str | None] = {self._token}
        self._lock = asyncio.Lock()
        self._interrupts = Interrupts()

    def __aiter__(self) -> Pages[ResultT]:
        return self

    def __anext__(self) -> Coroutine[Any, Any, ResultT]:
        return stripped(self._next_page)

    async def _next_page(self) -> ResultT:
        block = self._interrupts.block()
        try:
            async with block, self._lock:
                return await self._turn()
        except asyncio.TimeoutError as error:
            if block.ended and not isinstance(error, SmsregError):
                raise StopAsyncIteration from None
            raise

    async def _turn(self) -> ResultT:
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
        """End the iteration, and wait for the end of a fetch that is in flight.

        A task that waits for a page meanwhile gets ``StopAsyncIteration``.
        """
        await self._interrupts.end()
        for ahead in (self._next, self._taken):
            if ahead is not None:
                await ahead.aclose()
        self._request = self._next = self._taken = None

    def _page(self, request: Request[ResultT]) -> Awaitable[ResultT]:
        ahead, self._next = self._next, None
        self._taken = ahead
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
            error = PaginationError("the service returned a continuation token for the second time")
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
            ahead.abandon()


class _Ahead(Generic[ResultT]):
    """A fetch ahead, in a task of its own that starts at the loop's next turn.

    A consumer that wants the page before that fetches it itself, without a task.
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
        self._task.add_done_callback(_retrieve)

    async def send(self) -> None:
        """Let the request go out, so that it is in flight even if the consumer blocks the loop."""
        for _ in range(TURNS):
            await asyncio.sleep(0)

    def take(self) -> Coroutine[Any, Any, ResultT]:
        """Return the page, to be awaited."""
        self._handle.cancel()
        if self._task is None or _broke(self._task):
            return self._fetch(self._request)
        return _join(self._task)

    def cancel(self) -> None:
        """Cancel the fetch."""
        self._handle.cancel()
        if self._task is not None and not self.loop.is_closed():
            self._task.cancel()

    def abandon(self) -> None:
        """Cancel the fetch from whatever thread collects garbage."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, or closes just now
            if _running_loop() is self.loop:
                self.cancel()
            else:
                self.loop.call_soon_threadsafe(self.cancel)

    async def aclose(self) -> None:
        """Cancel the fetch, and wait for its end."""
        self.cancel()
        if self._task is not None and self.loop is asyncio.get_running_loop():
            await asyncio.wait([self._task])


async def _join(task: asyncio.Task[ResultT]) -> ResultT:
    """Await a task as if it ran here: its consumer's cancellation is its own."""
    try:
        return await task
    except asyncio.CancelledError:
        if not task.done():
            task.cancel()
        raise


def _broke(task: asyncio.Task[Any]) -> bool:
    """Whether a fetch got no response before its page was wanted, so that it is worth another."""
    return task.done() and not task.cancelled() and isinstance(task.exception(), TransportError)


def _retrieve(task: asyncio.Task[Any]) -> None:
    """Mark an error as retrieved: the consumer gets it, or nobody does who left early."""
    if not task.cancelled():
        task.exception()
