"""The ordinary path of a call: a method of the aiobotocore client, as any user calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from smsreg._runtime.aws.response_reader import result_of
from smsreg._runtime.models.base import Result

if TYPE_CHECKING:
    from smsreg._runtime.call import Attempt
    from smsreg._runtime.operation import Operation

ResultT = TypeVar("ResultT", bound=Result)


class Path(Protocol):
    """A path of one attempt of a call."""

    async def send(
        self, operation: Operation[Any, ResultT], params: dict[str, Any], attempt: Attempt
    ) -> ResultT:
        """Send a request and read its response.

        Args:
            operation: What is called.
            params: The members of the request, by the service's names.
            attempt: Records what happens to the request.
        """
        ...

    async def warm_up(self, operation: Operation[Any, Any]) -> None:
        """Prepare what the first call of an operation would prepare."""
        ...


class OrdinaryPath:
    """The ordinary path of one client's calls."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def send(
        self, operation: Operation[Any, ResultT], params: dict[str, Any], attempt: Attempt
    ) -> ResultT:
        """Call the client's method; hooks on the client do the rest."""
        method = getattr(self._client, operation.method_name)
        return result_of(operation, await method(**params), attempt)

    async def warm_up(self, operation: Operation[Any, Any]) -> None:
        """Do nothing: aiobotocore has nothing to prepare for one operation."""
