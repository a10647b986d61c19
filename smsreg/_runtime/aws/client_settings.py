# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# botocore ships no types.
"""Checks of a client's settings: the same for arguments, environment and profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError

from smsreg._numbers import seconds, whole
from smsreg._runtime.settings import check_endpoint
from smsreg._text import escape
from smsreg.errors import ConfigurationError

if TYPE_CHECKING:
    from smsreg._runtime.settings import Settings

_HEADER_OPTIONS = ("user_agent", "user_agent_extra")
_TIMEOUTS = ("connect_timeout", "read_timeout")
_CERTIFICATE_AND_KEY = 2
SETUP_ERRORS = (OSError, ValueError, TypeError, BotoCoreError)
"""Exceptions that setting up an HTTP session raises for unusable settings."""


def check_config(config: Any, source: str) -> None:
    """Reject a configuration that makes botocore fail later.

    Args:
        config: An ``AioConfig``.
        source: Where the configuration comes from, for messages.

    Raises:
        ConfigurationError: An option in it is unusable.
    """
    for name in _HEADER_OPTIONS:
        text = getattr(config, name)
        if text is not None and not (isinstance(text, str) and text.isprintable()):
            msg = f"{name} in {source} must be text without line breaks and control characters"
            raise ConfigurationError(msg)
    for name in _TIMEOUTS:
        if (value := getattr(config, name)) is not None:
            seconds(f"{name} in {source}", value)
    whole(f"max_pool_connections in {source}", config.max_pool_connections, least=1)
    certificate = config.client_cert
    if isinstance(certificate, tuple):
        certificate = cast("tuple[object, ...]", certificate)
        usable = len(certificate) == _CERTIFICATE_AND_KEY
    else:
        usable = certificate is None or isinstance(certificate, str)
    if not usable:
        msg = f"client_cert in {source} must be a path, or a tuple of two paths"
        raise ConfigurationError(msg)


def max_attempts_of(session: Any) -> int | None:
    """Return ``AWS_MAX_ATTEMPTS`` or the profile's ``max_attempts``; None without either.

    Raises:
        ConfigurationError: It is not a number.
    """
    try:
        attempts: int | None = session.get_config_variable("max_attempts")
        return None if attempts is None else max(int(attempts), 1)
    except ValueError:
        msg = "AWS_MAX_ATTEMPTS, or max_attempts in the profile, must be a whole number"
        raise ConfigurationError(msg) from None


def check_configured_endpoint(settings: Settings, session: Any, config: Any) -> None:
    """Apply the rule for ``endpoint_url`` to an endpoint from the environment or profile.

    Raises:
        ConfigurationError: As in ``check_endpoint``.
    """
    if settings.endpoint_url is not None or _ignores_configured(session, config):
        return
    provider: Any = ConfiguredEndpointProvider(
        full_config=session.full_config,
        scoped_config=session.get_scoped_config(),
        client_name=settings.service_name,
    )
    url: str | None = provider.provide()
    if url is not None:
        suffix = settings.service_name.upper().replace("-", "_")
        source = (
            f"the endpoint in the environment (AWS_ENDPOINT_URL_{suffix}, AWS_ENDPOINT_URL) "
            "or in the profile (endpoint_url)"
        )
        check_endpoint(url, allow_http=settings.allow_http, source=source)


def _ignores_configured(session: Any, config: Any) -> bool:
    ignored: bool | None = config.ignore_configured_endpoint_urls
    if ignored is None:
        ignored = session.get_config_variable("ignore_configured_endpoint_urls")
    return bool(ignored)


def tls_problem(http_session: Any, error: Exception) -> str:
    """Describe which TLS settings prevent an HTTP session from being set up.

    Args:
        http_session: aiobotocore's session, which holds the settings.
        error: The exception that the setup raised.
    """
    if isinstance(error, BotoCoreError):
        return (
            f"the proxy or its certificates cannot be used ({type(error).__name__}): check "
            "proxies and proxies_config in config, and HTTP_PROXY and HTTPS_PROXY"
        )
    used = [
        f"{what} {escape(path)}"
        for what, name in (
            ("the CA bundle", "_verify"),
            ("the client certificate", "_cert_file"),
            ("its key", "_key_file"),
        )
        if isinstance(path := getattr(http_session, name, None), str)
    ]
    reason = getattr(error, "strerror", None) or type(error).__name__
    return (
        f"TLS cannot be set up with {', '.join(used) or 'these settings'} ({escape(reason)}): "
        "check AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE, ca_bundle in the profile, and client_cert "
        "and connector_args in config"
    )
