"""Iterating a listing: by page, and by item."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from smsreg._public import publish
from smsreg._runtime.deadline import Interrupts
from smsreg._runtime.prefetch import FetchAhead
from smsreg._runtime.tracebacks import stripped
from smsreg.errors import PaginationError, SmsregError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from smsreg._runtime.models.base import Request, Result
    from smsreg._runtime.operation import Paging

SLOW = 0.001
"""Seconds: for a consumer that takes longer per page, the next page is requested in advance."""

ResultT = TypeVar("ResultT", bound="Result")
ItemT_co = TypeVar("ItemT_co", covariant=True)


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
        """Advance to the next page that has items, unless another task has done so."""
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

    No task outlives this object: dropping it, as leaving a loop early does, cancels the fetch in
    flight. ``aclose`` does so at once and waits for its end. Tasks may share one: each page goes to
    one of them.
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
        self._next: FetchAhead[ResultT] | None = None
        self._taken: FetchAhead[ResultT] | None = None
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
            with block:
                async with self._lock:
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
        """End the iteration, and wait for the end of a fetch in flight.

        A task that is waiting for a page gets ``StopAsyncIteration``.
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
            self._next = FetchAhead(self._request, self._fetch)

    def _drop(self) -> None:
        ahead, self._next = self._next, None
        if ahead is not None:
            ahead.cancel()

    def __del__(self) -> None:
        ahead: FetchAhead[ResultT] | None = getattr(self, "_next", None)
        if ahead is not None:
            ahead.abandon()


publish("smsreg.pagination", Items, Pages)
