"""The ledger: the internals of aiobotocore, botocore and aiohttp that this package relies on.

Each entry says why it is needed and what happens without it. Opening a client checks them: it fails
where a guard would not be in force; where the fast path lacks a name, calls take the ordinary path,
with a warning. A test compares the source of every method of these libraries that is replaced or
bypassed with a digest of the version that was reviewed.
"""

from __future__ import annotations

import enum
import inspect
from functools import lru_cache
from importlib import import_module
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from smsreg.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Without(enum.Enum):
    """What happens where a name no longer exists."""

    REFUSED = "a client that opens raises ConfigurationError"
    ORDINARY = "the fast path is off, with a warning"
    CAREFUL = "every request that is passed to a foreign HTTP session counts as sent"


class Name(NamedTuple):
    """A name of a library that is not part of its API.

    Attributes:
        owner: The class or method, with its module. The name exists if the code of the class, or
            of the method, uses it: so an attribute that is set but no longer read is detected.
        name: The attribute.
        why: What it is needed for.
        without: What happens where it no longer exists.
    """

    owner: str
    name: str
    why: str
    without: Without


_SESSION = "aiobotocore.httpsession:AIOHTTPSession"
_SIGNER = "aiobotocore.signers:AioRequestSigner"
_CLIENT = "aiobotocore.client:AioBaseClient"
_REFRESHABLE = "aiobotocore.credentials:AioRefreshableCredentials"
_ENDPOINT = "aiobotocore.endpoint:AioEndpoint"
_READER = "aiohttp.streams:StreamReader"
_HANDLER = "aiohttp.client_proto:ResponseHandler"

LEDGER = (
    Name(_CLIENT, "_endpoint", "leads to the HTTP session, to check its class", Without.REFUSED),
    Name(_CLIENT, "_request_signer", "has the credentials and the region", Without.REFUSED),
    Name(
        "aiobotocore.endpoint:AioEndpointCreator.create_endpoint",
        "http_session_cls",
        "makes the HTTP session that all guards are in",
        Without.REFUSED,
    ),
    Name(
        f"{_SESSION}.send",
        "_get_session",
        "makes this package's session send: no redirects",
        Without.REFUSED,
    ),
    Name(f"{_SESSION}.send", "_proxy_config", "determines the proxy for a URL", Without.REFUSED),
    Name(_SESSION, "_create_connector", "makes the pool behind a proxy", Without.REFUSED),
    Name(_SESSION, "_build_ssl_contexts", "takes the caller's TLS context there", Without.REFUSED),
    Name(_SESSION, "_exit_stack", "closes the connections with the client", Without.REFUSED),
    Name(_SESSION, "_connector_args", "the caller's settings of the pool", Without.REFUSED),
    Name(_SESSION, "_max_pool_connections", "the caller's size of the pool", Without.REFUSED),
    Name(_SESSION, "_timeout", "the caller's timeouts", Without.REFUSED),
    Name(_SESSION, "_verify", "whether, and by which CA bundle, to verify", Without.REFUSED),
    Name(_SESSION, "_cert_file", "the caller's client certificate", Without.REFUSED),
    Name(_SESSION, "_key_file", "its key", Without.REFUSED),
    Name(
        "aiohttp.client:ClientSession._request",
        "_retry_connection",
        "switches off aiohttp's own resending of a request",
        Without.REFUSED,
    ),
    Name(
        "aiohttp.client:ClientSession._request",
        "connect",
        "hands out a connection after checking what has arrived on it",
        Without.REFUSED,
    ),
    Name(
        "aiohttp.connector:TCPConnector",
        "_factory",
        "creates connections that detect a late response",
        Without.REFUSED,
    ),
    Name(_HANDLER, "data_received", "detects bytes on an idle connection", Without.REFUSED),
    Name(_HANDLER, "should_close", "keeps such a connection out of the pool", Without.REFUSED),
    Name(
        "aiobotocore.signers:AioRequestSigner",
        "_credentials",
        "the credentials to sign with",
        Without.REFUSED,
    ),
    Name(_REFRESHABLE, "_frozen_credentials", "the credentials at hand", Without.REFUSED),
    Name(_REFRESHABLE, "_mandatory_refresh_timeout", "when a refresh is a must", Without.REFUSED),
    Name(_REFRESHABLE, "_refresh_lock", "refreshes expired credentials once", Without.REFUSED),
    Name(_REFRESHABLE, "_protected_refresh", "refreshes expired credentials", Without.REFUSED),
    Name(_REFRESHABLE, "_refresh_using", "leads to the cache of an assumed role", Without.REFUSED),
    Name(_CLIENT, "_resolve_endpoint_ruleset", "finds an operation's endpoint", Without.ORDINARY),
    Name(_CLIENT, "_serializer", "serializes parameters to a request", Without.ORDINARY),
    Name(_CLIENT, "_user_agent_creator", "writes the user agent", Without.ORDINARY),
    Name(
        "botocore.hooks:EventAliaser", "_emitter", "knows the handlers of events", Without.ORDINARY
    ),
    Name(
        "botocore.hooks:HierarchicalEmitter",
        "_lookup_cache",
        "is replaced whenever the handlers change",
        Without.ORDINARY,
    ),
    Name("botocore.hooks:HierarchicalEmitter", "_handlers", "the handlers", Without.ORDINARY),
    Name(_ENDPOINT, "_update_retries_context", "counts attempts for handlers", Without.ORDINARY),
    Name(_ENDPOINT, "_needs_retry", "asks handlers whether to resend", Without.ORDINARY),
    Name(_ENDPOINT, "_send", "sends a request that handlers may change", Without.ORDINARY),
    Name(_SIGNER, "_choose_signer", "chooses the signature version", Without.ORDINARY),
    Name(
        f"{_SIGNER}.sign",
        "_event_emitter",
        "is set aside for a signer whose events have been fired",
        Without.ORDINARY,
    ),
    Name(
        "botocore.awsrequest:HeadersDict.__getitem__",
        "_dict",
        "is created on first access",
        Without.ORDINARY,
    ),
    Name(
        "botocore.awsrequest:AWSRequest.prepare",
        "_request_preparer",
        "prepares a request, which is signed already, for a patched method",
        Without.ORDINARY,
    ),
    Name(_HANDLER, "set_response_params", "creates the parser of a response", Without.ORDINARY),
    Name(_HANDLER, "start_timeout", "starts the read timer", Without.ORDINARY),
    Name(_HANDLER, "writing_paused", "whether a request waits in the buffer", Without.ORDINARY),
    Name(_HANDLER, "resume_writing", "reports when it has left the buffer", Without.ORDINARY),
    Name(_HANDLER, "read", "waits for the head of a response", Without.ORDINARY),
    Name(_READER, "read_nowait", "reads a body that has arrived", Without.ORDINARY),
    Name(_READER, "iter_any", "reads a body as it arrives", Without.ORDINARY),
    Name("aiohttp.connector:Connection", "release", "returns it to the pool", Without.ORDINARY),
    Name(
        "botocore.history:HistoryRecorder",
        "_enabled",
        "whether calls are recorded",
        Without.ORDINARY,
    ),
    Name(
        f"{_SESSION}.send",
        "_proxy_config",
        "finds a foreign session to watch",
        Without.CAREFUL,
    ),
)
"""Every private name used here, and the public ones that the libraries themselves must use."""

REPLACED = (
    f"{_CLIENT}._make_api_call",
    f"{_CLIENT}._emit_api_params",
    f"{_CLIENT}._convert_to_request_dict",
    f"{_CLIENT}._make_request",
    f"{_CLIENT}._resolve_endpoint_ruleset",
    "aiobotocore.endpoint:AioEndpoint.make_request",
    "aiobotocore.endpoint:AioEndpoint.create_request",
    "aiobotocore.endpoint:AioEndpoint._send_request",
    "aiobotocore.endpoint:AioEndpoint._get_response",
    "aiobotocore.endpoint:AioEndpoint._do_get_response",
    "aiobotocore.endpoint:AioEndpoint._send",
    "botocore.endpoint:Endpoint.prepare_request",
    "botocore.endpoint:Endpoint._encode_headers",
    "botocore.awsrequest:AWSRequestPreparer.prepare",
    "botocore.awsrequest:AWSRequestPreparer._prepare_headers",
    "aiobotocore.retries.standard:AioRetryHandler.needs_retry",
    "botocore.retries.standard:MaxAttemptsChecker.is_retryable",
    "aiobotocore.hooks:AioHierarchicalEmitter._emit",
    f"{_SIGNER}.handler",
    f"{_SIGNER}._choose_signer",
    f"{_SIGNER}.sign",
    f"{_SIGNER}.get_auth_instance",
    "botocore.auth:SigV4Auth.add_auth",
    "aiobotocore.httpsession:AIOHTTPSession.__init__",
    "aiobotocore.httpsession:AIOHTTPSession.__aexit__",
    "aiobotocore.httpsession:AIOHTTPSession._get_session",
    "aiobotocore.httpsession:AIOHTTPSession._create_connector",
    "aiobotocore.httpsession:AIOHTTPSession.send",
    "aiobotocore.credentials:AioCredentials.get_frozen_credentials",
    "aiobotocore.credentials:AioRefreshableCredentials.get_frozen_credentials",
    "aiobotocore.credentials:AioRefreshableCredentials._protected_refresh",
    "botocore.loaders:Loader.list_available_services",
    "botocore.loaders:JSONFileLoader.load_file",
    "aiohttp.client:ClientSession._request",
    "aiohttp.connector:BaseConnector.connect",
    "aiohttp.client_proto:ResponseHandler.data_received",
    "aiohttp.client_proto:ResponseHandler.set_response_params",
    "aiohttp.base_protocol:BaseProtocol.resume_writing",
    "aiohttp.client_reqrep:ClientRequest.send",
    "aiohttp.client_reqrep:ClientRequest.write_bytes",
    "aiohttp.client_reqrep:ClientResponse.start",
    "aiohttp.client_reqrep:ClientResponse.read",
)
"""The libraries' methods that are overridden, or whose work is done without calling them."""


def check_guards() -> None:
    """Reject libraries under which a guard would not be in force.

    Raises:
        ConfigurationError: A name that a guard needs no longer exists.
    """
    gone = _gone(Without.REFUSED, LEDGER)
    if gone:
        msg = (
            f"the installed aiobotocore, botocore or aiohttp has no {', '.join(gone)}, which "
            "guards of this package need: install versions that it is tested with"
        )
        raise ConfigurationError(msg)


def missing_for_fast_path() -> list[str]:
    """Return the names that the fast path needs and that no longer exist."""
    return list(_gone(Without.ORDINARY, LEDGER))


@lru_cache(maxsize=8)
def _gone(without: Without, ledger: tuple[Name, ...]) -> tuple[str, ...]:
    return tuple(
        f"{entry.owner.partition(':')[2]}.{entry.name}"
        for entry in ledger
        if entry.without is without and not is_there(entry.owner, entry.name)
    )


def is_there(owner: str, name: str) -> bool:
    """Whether a class or method of a library has, or uses, a name."""
    try:
        found: Any = find(owner)
    except (ImportError, AttributeError):
        return False
    if not isinstance(found, type):
        method: Any = inspect.unwrap(found)
        # A patched method need not use the name: the patch is responsible for that.
        patched = not isinstance(method, FunctionType) or not _is_of(method, owner)
        return patched or name in _used(method.__code__)
    if hasattr(found, name):
        return True
    classes: tuple[type, ...] = found.__mro__
    return any(
        name in _used(function.__code__)
        for each in classes
        for function in vars(each).values()
        if isinstance(function, FunctionType)
    )


def _is_of(method: FunctionType, owner: str) -> bool:
    package = owner.partition(":")[0].partition(".")[0]
    return method.__module__.partition(".")[0] == package


def find(path: str) -> Any:
    """Return what a path such as ``module:Class.method`` names."""
    module, _, names = path.partition(":")
    found = import_module(module)
    for name in names.split("."):
        found = getattr(found, name)
    return found


def _used(code: CodeType) -> Iterator[str]:
    """List the names that a function uses: attributes, parameters, keywords, inner functions."""
    yield from code.co_names
    yield from code.co_varnames
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _used(constant)
        elif isinstance(constant, tuple):  # the keywords of a call
            yield from map(str, cast("tuple[object, ...]", constant))
