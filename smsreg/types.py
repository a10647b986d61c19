"""Types that all services share, for annotations and ``isinstance`` checks.

Everything is loaded on first use.
"""

from smsreg._lazy import TYPE_CHECKING, attach

if TYPE_CHECKING:
    from smsreg._runtime.call_event import CallEvent
    from smsreg._runtime.client import ServiceClient
    from smsreg._runtime.models.base import Request, Result
    from smsreg._runtime.models.enums import OpenEnum
    from smsreg._runtime.models.metadata import ResponseMetadata
    from smsreg._runtime.models.model import Model
    from smsreg._runtime.operation import Operation
    from smsreg.retry import RetryEvent
    from smsreg.waiters import PollEvent

__all__ = [
    "CallEvent",
    "Model",
    "OpenEnum",
    "Operation",
    "PollEvent",
    "Request",
    "ResponseMetadata",
    "Result",
    "RetryEvent",
    "ServiceClient",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = attach(
        __name__,
        {
            "_runtime.call_event": ("CallEvent",),
            "_runtime.client": ("ServiceClient",),
            "_runtime.models.base": ("Request", "Result"),
            "_runtime.models.enums": ("OpenEnum",),
            "_runtime.models.metadata": ("ResponseMetadata",),
            "_runtime.models.model": ("Model",),
            "_runtime.operation": ("Operation",),
            "retry": ("RetryEvent",),
            "waiters": ("PollEvent",),
        },
        parent="smsreg",
    )
