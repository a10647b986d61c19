"""The services that the installed botocore has: the oldest supported one lacks the newest.

Tests that cover every service or operation use this list, so that they also run with the oldest.
"""

from __future__ import annotations

from functools import cache

from botocore.loaders import Loader

from smsreg import EndUserMessagingClient, SMSVoiceClient, SocialMessagingClient

ClientType = type[SMSVoiceClient | SocialMessagingClient | EndUserMessagingClient]


@cache
def known_clients() -> tuple[ClientType, ...]:
    """The clients whose services the installed botocore has."""
    services = Loader().list_available_services("service-2")
    every = (SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient)
    return tuple(client_type for client_type in every if client_type.service_name in services)
