"""A typed async SDK for AWS End User Messaging: SMS, voice and WhatsApp.

``SMSVoiceClient``, ``SocialMessagingClient`` and ``EndUserMessagingClient`` are the clients::

    async with SMSVoiceClient(region_name="us-east-1") as client:
        async for registration in client.describe_registrations():
            print(registration.registration_id, registration.registration_status)

Their models, enums and errors are in ``smsreg.sms_voice``, ``smsreg.social_messaging`` and
``smsreg.end_user_messaging``; the other errors are here and in ``smsreg.errors``, types to annotate
with in ``smsreg.types``. ``smsreg.registration`` fills in and submits registrations,
``smsreg.events`` parses the services' events, ``smsreg.emulator`` emulates the services, and
``smsreg.testing`` helps unit tests. Everything is loaded on first use.
"""

from smsreg._lazy import TYPE_CHECKING, attach
from smsreg._version import __version__ as __version__

if TYPE_CHECKING:
    from smsreg._token import idempotency_token as idempotency_token
    from smsreg.end_user_messaging import EndUserMessagingClient as EndUserMessagingClient
    from smsreg.errors import ActionRequiredError as ActionRequiredError
    from smsreg.errors import CallTimeoutError as CallTimeoutError
    from smsreg.errors import ClientClosedError as ClientClosedError
    from smsreg.errors import ConfigurationError as ConfigurationError
    from smsreg.errors import ConnectError as ConnectError
    from smsreg.errors import CredentialsError as CredentialsError
    from smsreg.errors import InvalidEventError as InvalidEventError
    from smsreg.errors import InvalidRequestError as InvalidRequestError
    from smsreg.errors import InvalidResponseError as InvalidResponseError
    from smsreg.errors import OutcomeUnknownError as OutcomeUnknownError
    from smsreg.errors import PaginationError as PaginationError
    from smsreg.errors import RegistrationError as RegistrationError
    from smsreg.errors import ServiceError as ServiceError
    from smsreg.errors import SmsregError as SmsregError
    from smsreg.errors import ThrottlingError as ThrottlingError
    from smsreg.errors import TransportError as TransportError
    from smsreg.errors import UnsupportedOperationError as UnsupportedOperationError
    from smsreg.errors import WaiterError as WaiterError
    from smsreg.errors import WaiterFailedError as WaiterFailedError
    from smsreg.errors import WaiterTimeoutError as WaiterTimeoutError
    from smsreg.pagination import Paginator as Paginator
    from smsreg.retry import RetryPolicy as RetryPolicy
    from smsreg.sms_voice import SMSVoiceClient as SMSVoiceClient
    from smsreg.social_messaging import SocialMessagingClient as SocialMessagingClient

__all__ = [
    "ActionRequiredError",
    "CallTimeoutError",
    "ClientClosedError",
    "ConfigurationError",
    "ConnectError",
    "CredentialsError",
    "EndUserMessagingClient",
    "InvalidEventError",
    "InvalidRequestError",
    "InvalidResponseError",
    "OutcomeUnknownError",
    "PaginationError",
    "Paginator",
    "RegistrationError",
    "RetryPolicy",
    "SMSVoiceClient",
    "ServiceError",
    "SmsregError",
    "SocialMessagingClient",
    "ThrottlingError",
    "TransportError",
    "UnsupportedOperationError",
    "WaiterError",
    "WaiterFailedError",
    "WaiterTimeoutError",
    "__version__",
    "idempotency_token",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = attach(
        __name__,
        {
            "_token": ("idempotency_token",),
            "end_user_messaging": ("EndUserMessagingClient",),
            "errors": tuple(name for name in __all__ if name.endswith("Error")),
            "pagination": ("Paginator",),
            "retry": ("RetryPolicy",),
            "sms_voice": ("SMSVoiceClient",),
            "social_messaging": ("SocialMessagingClient",),
        },
    )
