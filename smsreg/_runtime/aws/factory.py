# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# aiobotocore ships no types.
"""Creates the aiobotocore client; no other module does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError, UnknownServiceError

from smsreg._runtime.aws import hooks, upstream
from smsreg._runtime.aws.client_settings import (
    check_config,
    check_configured_endpoint,
    max_attempts_of,
)
from smsreg._runtime.aws.credential_errors import credentials_error, is_about_credentials
from smsreg._runtime.aws.credentials import Credentials, end_helpers
from smsreg._runtime.aws.fast_exchange import FastExchange
from smsreg._runtime.aws.fast_path import FastPath
from smsreg._runtime.aws.http_session import HttpSession, http_session_of, leave_connections
from smsreg._runtime.aws.interception import fast_path_off
from smsreg._runtime.aws.log_filter import fetching, quiet
from smsreg._runtime.aws.model_loader import loader_of
from smsreg._runtime.aws.ordinary_path import OrdinaryPath
from smsreg._runtime.retry.classify import setup_error
from smsreg._runtime.retry.recovery import Recovery
from smsreg._version import __version__
from smsreg.errors import (
    ClientClosedError,
    ConfigurationError,
    SmsregError,
    UnsupportedOperationError,
)

if TYPE_CHECKING:
    import contextlib

    from smsreg._runtime.aws.ordinary_path import Path
    from smsreg._runtime.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Opened:
    """An open aiobotocore client, and the state that belongs to it.

    Attributes:
        client: The client.
        recovery: Corrects the clock and refreshes credentials between attempts.
        credentials: The credentials that sign its calls.
        path: The path of its calls.
        max_attempts: ``AWS_MAX_ATTEMPTS`` or the profile's ``max_attempts``; None without either.
    """

    client: Any
    recovery: Recovery
    credentials: Credentials
    path: Path
    max_attempts: int | None

    async def leave_connections(self) -> contextlib.AsyncExitStack:
        """Detach the connections, so that calls open new ones in the loop that they run in.

        Returns:
            The exit stack that closes the old ones, in their loop or after its end.
        """
        return await leave_connections(http_session_of(self.client))


async def open_client(settings: Settings, stack: contextlib.AsyncExitStack) -> Opened:
    """Open the client that the settings describe, to be closed with ``stack``.

    Raises:
        ConfigurationError: Region, profile, endpoint or configuration are missing or unusable, or
            the installed libraries lack a name that a guard requires.
        CredentialsError: A provider of credentials failed.
        UnsupportedOperationError: The installed botocore does not know the service.
    """
    upstream.check_guards()
    credentials = Credentials()
    recovery = Recovery(credentials)
    session: Any = settings.session
    max_attempts = None
    if settings.aws_client is not None:
        client = settings.aws_client
    else:
        session, client, max_attempts = await _create(settings, stack)
    signer = client._request_signer
    credentials.take_over(signer, session, profile_of(settings, session))
    http: Any = http_session_of(client)
    own_transport = settings.aws_client is None and isinstance(http, HttpSession)
    path: Path = OrdinaryPath(client)
    if own_transport and (missing := upstream.missing_for_fast_path()):
        fast_path_off(f"this version of aiobotocore has no {', '.join(missing)}")
    elif own_transport:
        http.prepare_for(client.meta.endpoint_url)
        path = FastPath(client, http, recovery=recovery, credentials=credentials, ordinary=path)
    installed = hooks.install(
        client,
        recovery,
        credentials,
        stack,
        own_session=settings.session is None and settings.aws_client is None,
        own_transport=own_transport,
    )
    if isinstance(path, FastPath):
        FastExchange(client, recovery, installed, path.interception).install(stack)
    stack.enter_context(quiet())
    stack.push_async_callback(credentials.aclose, ClientClosedError())
    return Opened(
        client=client,
        recovery=recovery,
        credentials=credentials,
        path=path,
        max_attempts=max_attempts,
    )


async def _create(settings: Settings, stack: contextlib.AsyncExitStack) -> Any:
    """Create a client, and a session unless the caller passed one."""
    session: Any = settings.session
    if session is not None and not isinstance(session, AioSession):
        raise ConfigurationError("session must be an aiobotocore.session.AioSession")
    try:
        with fetching():
            if session is None:
                session = _session(settings)
            max_attempts = max_attempts_of(session)
            config = _config(settings.config, session)
            client = await stack.enter_async_context(_context(settings, session, config))
            _check_http_session(client, config)
            return session, client, max_attempts
    except asyncio.CancelledError as error:
        await end_helpers(error)
        raise
    except SmsregError:
        raise
    except Exception as error:
        failure = _failure(error, settings, session)
        if failure is None:
            raise
    raise failure


def _check_http_session(client: Any, config: Any) -> None:
    """Reject a client with another HTTP session than this package's, which holds all guards."""
    own = config.http_session_cls is HttpSession
    if own and not isinstance(http_session_of(client), HttpSession):
        raise ConfigurationError("the installed aiobotocore does not use our HTTP session")


def _failure(error: Exception, settings: Settings, session: Any) -> SmsregError | None:
    """Return the SmsregError for an error of opening; None for one that passes unchanged."""
    if is_about_credentials(error):
        secrets = (settings.aws_secret_access_key, settings.aws_session_token)
        profile = profile_of(settings, session)
        return credentials_error(error, profile=profile, secrets=filter(None, secrets))
    if isinstance(error, UnknownServiceError) and _is_about(error, settings.service_name):
        return UnsupportedOperationError(
            f"the installed botocore does not know {settings.service_name}: install botocore "
            f"{settings.botocore_version} or newer, with the aiobotocore that goes with it"
        )
    return setup_error(error) if isinstance(error, (BotoCoreError, ValueError)) else None


def _is_about(error: Any, service_name: str) -> bool:
    """Whether an error of botocore names this service, rather than one that a provider uses."""
    named: object = error.kwargs.get("service_name")
    return named == service_name


def profile_of(settings: Settings, session: Any = None) -> str | None:
    """Name the profile that credentials come from; None where they come from elsewhere.

    Args:
        settings: How the client is opened.
        session: Its aiobotocore session, once there is one.
    """
    if settings.aws_client is not None or settings.aws_access_key_id is not None:
        return None
    profile: str | None = settings.profile_name
    if profile is None and (session := session or settings.session) is not None:
        profile = session.get_config_variable("profile")
    return profile or "default"


def _session(settings: Settings) -> Any:
    session: Any = AioSession(profile=settings.profile_name)
    data_path = session.get_config_variable("data_path")
    loader = loader_of(data_path)
    loader.expect(settings.service_name)
    session.register_component("data_loader", loader)
    return session


def _context(settings: Settings, session: Any, config: Any) -> Any:
    check_configured_endpoint(settings, session, config)
    return session.create_client(
        settings.service_name,
        region_name=settings.region_name,
        endpoint_url=settings.endpoint_url,
        aws_access_key_id=settings.aws_access_key_id,
        aws_secret_access_key=settings.aws_secret_access_key,
        aws_session_token=settings.aws_session_token,
        config=config,
    )


def _config(callers: Any, session: Any) -> Any:
    """Merge all configuration; retries and the HTTP session are those of this package."""
    own: Any = AioConfig(retries={"total_max_attempts": 1, "mode": "standard"})
    config: Any = AioConfig()
    for name, given in (
        ("the session's default config", session.get_default_client_config()),
        ("config", callers),
    ):
        if given is not None and not isinstance(given, AioConfig):
            msg = f"{name} must be an aiobotocore.config.AioConfig"
            raise ConfigurationError(msg)
        if given is not None:
            check_config(given, name)
            config = config.merge(given)
    config = config.merge(own)
    if config.http_session_cls is own.http_session_cls:
        config = config.merge(AioConfig(http_session_cls=HttpSession))
    return config.merge(AioConfig(**_user_agent(config, session)))


def _user_agent(config: Any, session: Any) -> dict[str, str]:
    """Add this package to the user agent, and build that once instead of for every call."""
    own = f"smsreg/{__version__}"
    extra = f"{config.user_agent_extra} {own}" if config.user_agent_extra else own
    if config.user_agent is not None:
        return {"user_agent_extra": extra}
    creator = session.get_component("user_agent_creator").with_client_config(config)
    creator.set_session_config(session.user_agent_name, session.user_agent_version, None)
    return {"user_agent": creator.to_string(), "user_agent_extra": own}
