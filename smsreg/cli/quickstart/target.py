"""The target of the quickstart: the emulator in this process, or an endpoint of the user."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from smsreg import RetryPolicy, SMSVoiceClient, SocialMessagingClient
from smsreg.cli.quickstart.choices import WhatsAppSource
from smsreg.emulator import Clock, Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from smsreg.cli.quickstart.choices import Choices

OTHER_SETTINGS = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})
REVIEW_SECONDS = 1.0
"""By the emulator's clock, which only the waits advance."""
CONFIGURATION_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


class ClientOptions(TypedDict, total=False):
    """The keyword arguments that both clients get."""

    region_name: str | None
    endpoint_url: str | None
    profile_name: str | None
    aws_access_key_id: str | None
    aws_secret_access_key: str | None


@dataclass(frozen=True, kw_only=True)
class Target:
    """Two open clients, and the facts of their target."""

    sms: SMSVoiceClient
    social: SocialMessagingClient
    embedded: bool
    whatsapp: WhatsAppSource | None
    options: ClientOptions = field(repr=False)
    policy: RetryPolicy | None = None
    """How calls wait, where they do not use the clock of this machine."""


@contextlib.asynccontextmanager
async def open_target(choices: Choices) -> AsyncGenerator[Target, None]:
    """Open the clients, and the emulator first where it is their target.

    Raises:
        ConfigurationError: Region, profile or endpoint are missing or unusable.
        CredentialsError: Credentials could not be retrieved.
        OSError: The emulator cannot listen.
    """
    async with contextlib.AsyncExitStack() as stack:
        whatsapp = choices.whatsapp
        policy: RetryPolicy | None = None
        options = ClientOptions(
            region_name=choices.region,
            endpoint_url=choices.endpoint_url,
            profile_name=choices.profile,
        )
        if choices.embedded:
            stack.enter_context(own_environment())
            emulator = await stack.enter_async_context(
                Emulator(clock=Clock.fixed(), seed=1, review_seconds=REVIEW_SECONDS)
            )
            options = _options(emulator)
            policy = _by_the_clock_of(emulator)
            whatsapp = WhatsAppSource(
                phone_number_id=emulator.whatsapp_phone_number_id,
                bucket="example-bucket",
                key="menu.png",
            )
        yield Target(
            sms=await stack.enter_async_context(SMSVoiceClient(**options)),
            social=await stack.enter_async_context(SocialMessagingClient(**options)),
            embedded=choices.embedded,
            whatsapp=whatsapp,
            options=options,
            policy=policy,
        )


def _by_the_clock_of(emulator: Emulator) -> RetryPolicy:
    async def sleep(seconds: float) -> None:
        await emulator.advance(seconds=seconds)

    return RetryPolicy(sleep=sleep)


def _options(emulator: Emulator) -> ClientOptions:
    given = emulator.client_options
    return ClientOptions(
        region_name=given["region_name"],
        endpoint_url=given["endpoint_url"],
        aws_access_key_id=given["aws_access_key_id"],
        aws_secret_access_key=given["aws_secret_access_key"],
    )


@contextlib.contextmanager
def own_environment() -> Generator[None, None, None]:
    """Isolate clients of the emulator from proxies and AWS settings of this machine.

    A proxy would get requests that are for this process only, and a profile that does not exist
    would fail a client that needs none.
    """
    before = dict(os.environ)
    for name in before:
        if name.startswith("AWS_") or name.lower() in OTHER_SETTINGS:
            del os.environ[name]
    for name in CONFIGURATION_FILES:
        os.environ[name] = os.devnull
    try:
        yield
    finally:
        for name in CONFIGURATION_FILES:
            os.environ.pop(name, None)
        os.environ.update(before)
