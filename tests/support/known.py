"""What the installed botocore knows: the oldest that is allowed lacks the newest service.

Tests of every service or operation run over what is known, so that they also run there.
"""

from __future__ import annotations

from functools import cache

from botocore.loaders import Loader

from smsreg import EndUserMessagingClient, SMSVoiceClient, SocialMessagingClient

ClientType = type[SMSVoiceClient | SocialMessagingClient | EndUserMessagingClient]


@cache
def known_clients() -> tuple[ClientType, ...]:
    """The clients whose services are known."""
    services = Loader().list_available_services("service-2")
    every = (SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient)
    return tuple(client_type for client_type in every if client_type.service_name in services)
