"""The only place where an aiobotocore client is made, and hooked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError

from smsreg._runtime.attempts import current_call
from smsreg._runtime.connection import user_agent
from smsreg._runtime.failure import setup_error
from smsreg._runtime.parser import parser_factory
from smsreg.errors import ConfigurationError

if TYPE_CHECKING:
    import contextlib

    from smsreg._runtime.connection import Settings


async def open_client(settings: Settings, stack: contextlib.AsyncExitStack) -> Any:  # noqa: ANN401
    """Open the client that the settings describe, to be closed with ``stack``.

    Raises:
        ConfigurationError: Region, profile, endpoint or configuration are missing or unusable.
        CredentialsError: Looking for credentials failed.
    """
    client = settings.aws_client
    if client is None:
        try:
            client = await stack.enter_async_context(_context(settings))
        except (BotoCoreError, ValueError) as error:
            raise setup_error(error) from None
    event = f"request-created.{client.meta.service_model.service_id.hyphenize()}"
    hook = "smsreg-retry-headers"
    client.meta.events.register(event, _count_attempt, unique_id=hook, unique_id_uses_count=True)
    stack.callback(
        client.meta.events.unregister,
        event,
        _count_attempt,
        unique_id=hook,
        unique_id_uses_count=True,
    )
    return client


def _context(settings: Settings) -> Any:  # noqa: ANN401 -- aiobotocore has no types
    session = settings.session
    if session is None:
        session = _session(settings)
        operations = {operation.name: operation for operation in settings.operations.values()}
        session.register_component("response_parser_factory", parser_factory(operations))
    return session.create_client(
        settings.service_name,
        region_name=settings.region_name,
        endpoint_url=settings.endpoint_url,
        aws_access_key_id=settings.aws_access_key_id,
        aws_secret_access_key=settings.aws_secret_access_key,
        aws_session_token=settings.aws_session_token,
        config=_config(settings.config),
    )


def _config(theirs: Any) -> Any:  # noqa: ANN401 -- botocore has no types
    """Join the caller's configuration with ours: botocore's retries are off, the loop is ours."""
    extra = getattr(theirs, "user_agent_extra", None)
    ours = AioConfig(
        retries={"total_max_attempts": 1, "mode": "standard"},
        user_agent_extra=user_agent(extra),
    )
    if theirs is None:
        return ours
    if not isinstance(theirs, AioConfig):
        raise ConfigurationError("config must be an aiobotocore.config.AioConfig")
    joined: Any = theirs
    return joined.merge(ours)


def _session(settings: Settings) -> Any:  # noqa: ANN401 -- aiobotocore has no types
    return AioSession(profile=settings.profile_name)


def configured_max_attempts(settings: Settings) -> int | None:
    """Give AWS_MAX_ATTEMPTS or the profile's ``max_attempts``, or None where neither is set."""
    if settings.aws_client is not None:
        return None
    session = settings.session or _session(settings)
    try:
        value = session.get_config_variable("max_attempts")
    except (BotoCoreError, ValueError) as error:
        raise setup_error(error) from None
    return None if value is None else max(int(value), 1)


def _count_attempt(request: Any, **_: Any) -> None:  # noqa: ANN401 -- botocore has no types
    """Let botocore's handler write the headers by which AWS counts attempts, with our count."""
    call = current_call.get()
    if call is not None:
        request.context["retries"] = {
            "invocation-id": call.invocation_id,
            "attempt": call.attempt,
            "max": call.policy.max_attempts,
        }
