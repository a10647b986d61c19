"""Settings that cannot work, from any source, raise an error that says what to do."""

from __future__ import annotations

import math
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.config import AioConfig

from smsreg import RetryPolicy, SMSVoiceClient
from smsreg.errors import ConfigurationError, ConnectError, SmsregError
from tests.support.scripts import respond
from tests.support.server import TLS, Server

from .conftest import CREDENTIALS, static_session
from .frames import leaks
from .samples import SECRET_KEY, SESSION_TOKEN, UNSAFE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sampled

PASSWORD = "canary-password"
CANARIES = (SECRET_KEY, SESSION_TOKEN, PASSWORD)
NOBODY = "https://127.0.0.1:1"
CONTEXT = ssl.create_default_context(cafile=str(TLS / "localhost.crt"))


@dataclass(frozen=True)
class Setting:
    """The settings of one client; ``{path}`` in values is a folder with files for all cases.

    Attributes:
        names: What the message names.
        when: ``open`` if opening the client fails, ``call`` if the first call does.
    """

    names: str
    environment: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    profile: str = ""
    when: str = "open"
    session: bool = True
    """Whether the case also applies to a client with the caller's session."""


def config(**options: Any) -> dict[str, Any]:
    return {"config": AioConfig(**options)}


BUNDLES = {
    "missing": "{path}/missing.pem",
    "empty": "{path}/empty.pem",
    "garbage": "{path}/garbage.pem",
    "binary": "{path}/binary",
    "folder": "{path}/folder",
    "unprintable": "{path}/\x1b[31m\u202e.pem",
}
ENDPOINTS = {
    "elsewhere": ("http://sms.example.invalid", "https"),
    "elsewhere, upper case": ("HTTP://sms.example.invalid", "https"),
    "password": (f"https://user:{PASSWORD}@127.0.0.1:1", "user, a password"),
    "user": (f"https://{PASSWORD}@127.0.0.1:1", "user, a password"),
    "query": (f"https://127.0.0.1:1/?token={PASSWORD}", "query"),
    "fragment": (f"https://127.0.0.1:1/#{PASSWORD}", "fragment"),
    "scheme": ("ftp://127.0.0.1:1", "https"),
    "no scheme": ("127.0.0.1:1", "https"),
    "no host": ("https://", "https"),
    "port": ("https://127.0.0.1:port", "URL"),
    "high port": ("https://127.0.0.1:99999", "URL"),
    "brackets": ("https://[::1", "URL"),
    "space": ("https://127.0.0.1 :1", "URL"),
    "line break": ("https://127.0.0.1:1/\nx", "URL"),
    "unprintable": ("https://127.0.0.1:1/\x1b[31m", "URL"),
    "like loopback": ("http://127.0.0.1.example.invalid", "https"),
}
VARIABLES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2")

SETTINGS: dict[str, Setting] = {
    **{
        f"{variable} {name}": Setting("CA bundle", {variable: path}, when="call")
        for variable in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
        for name, path in BUNDLES.items()
    },
    **{
        f"client_cert {name}": Setting(
            "client certificate", options={"client_cert": path}, when="call"
        )
        for name, path in BUNDLES.items()
    },
    "client_cert without its key": Setting(
        "client certificate", options={"client_cert": str(TLS / "localhost.crt")}, when="call"
    ),
    "client_cert and another's key": Setting(
        "client certificate",
        options={"client_cert": (str(TLS / "localhost.crt"), str(TLS / "elsewhere.key"))},
        when="call",
    ),
    **{
        f"{name} of {value!r}": Setting(name, options=config(**{name: value}))
        for name in ("connect_timeout", "read_timeout", "max_pool_connections")
        for value in (math.nan, -1, 0, "10")
    },
    "client_cert of three": Setting("client_cert", options={"client_cert": ("a", "b", "c")}),
    "ca_bundle in the profile": Setting(
        "CA bundle", profile="ca_bundle = {path}/missing.pem", when="call"
    ),
    **{
        f"{variable} {name}": Setting(names, {variable: url})
        for variable in VARIABLES
        for name, (url, names) in ENDPOINTS.items()
    },
    **{
        f"endpoint_url in the profile, {name}": Setting(names, profile=f"endpoint_url = {url}")
        for name, (url, names) in ENDPOINTS.items()
        if "\n" not in url
    },
    "services in the profile": Setting(
        "https",
        profile=(
            "services = mine\n[services mine]\npinpoint_sms_voice_v2 =\n"
            "  endpoint_url = http://sms.example.invalid"
        ),
    ),
    **{
        f"{name} with {kind}": Setting(name, options={name: f"ours{text}"})
        for name in ("user_agent", "user_agent_extra")
        for kind, text in {
            "a line break": "\r\nX-Amz-Security-Token: mine",
            "a null": "\0",
            "an escape": "\x1b[31m",
            "a lone surrogate": "\ud800",
        }.items()
    },
    "AWS_CONFIG_FILE of a binary": Setting("config", {"AWS_CONFIG_FILE": "{path}/binary"}),
    "AWS_CONFIG_FILE of garbage": Setting("config", {"AWS_CONFIG_FILE": "{path}/garbage.pem"}),
    "AWS_MAX_ATTEMPTS of a word": Setting("max_attempts", {"AWS_MAX_ATTEMPTS": "three"}),
    "region with a slash": Setting("region", options={"region_name": "us-east-1/evil.example"}),
    "region with a line break": Setting("region", options={"region_name": "us-east-1\nevil"}),
    "region of the environment": Setting(
        "region", {"AWS_DEFAULT_REGION": "us east"}, {"region_name": None}
    ),
    "profile that is not there": Setting(
        "profile", options={"profile_name": "gone"}, session=False
    ),
    "AWS_PROFILE that is not there": Setting("gone", {"AWS_PROFILE": "gone"}),
    "config of another type": Setting(
        "AioConfig", options={"config": {"region_name": "us-east-1"}}
    ),
    "proxy of the environment": Setting("proxy", {"HTTPS_PROXY": "http://[::1"}, when="call"),
    "proxy's CA bundle": Setting(
        "proxies_config",
        options={
            "proxies": {"https": "https://127.0.0.1:1"},
            "proxies_config": {"proxy_ca_bundle": "{path}/missing.pem"},
        },
        when="call",
    ),
    "defaults mode": Setting("mode", {"AWS_DEFAULTS_MODE": "unheard-of"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("settings")
    (path / "empty.pem").write_bytes(b"")
    (path / "garbage.pem").write_text("this is no certificate\n" * 10)
    (path / "binary").write_bytes(bytes(range(256)) * 4)
    (path / "folder").mkdir()
    return path


def filled(value: Any, path: Path) -> Any:
    if isinstance(value, str):
        return value.replace("{path}", str(path))
    if isinstance(value, dict):
        return {key: filled(item, path) for key, item in value.items()}
    return tuple(filled(item, path) for item in value) if isinstance(value, tuple) else value


CONFIG = {
    "client_cert",
    "connector_args",
    "proxies",
    "proxies_config",
    "user_agent",
    "user_agent_extra",
}
"""The options that are passed in an AioConfig."""


def client_of(
    setting: Setting, path: Path, patch: pytest.MonkeyPatch, *, own_session: bool
) -> SMSVoiceClient:
    if setting.names == "CA bundle":
        patch.delenv("AWS_CA_BUNDLE")  # it takes precedence over the other sources
    for name, value in filled(setting.environment, path).items():
        patch.setenv(name, value)
    if setting.profile:
        file = path / "config"
        file.write_text(f"[default]\n{filled(setting.profile, path)}\n")
        patch.setenv("AWS_CONFIG_FILE", str(file))
    options_given = filled(setting.options, path)
    options: dict[str, Any] = {
        "region_name": "us-east-1",
        "timeout": 5,
        "retry": RetryPolicy.none(),
    }
    if not (setting.profile or setting.environment.keys() & set(VARIABLES)):
        options["endpoint_url"] = NOBODY
    in_config = {name: value for name, value in options_given.items() if name in CONFIG}
    if in_config:
        options["config"] = AioConfig(**in_config)
    options |= {name: value for name, value in options_given.items() if name not in CONFIG}
    if not own_session:
        return SMSVoiceClient(**options, session=static_session())
    return SMSVoiceClient(**options, **CREDENTIALS)


def check(error: SmsregError, setting: Setting) -> None:
    assert type(error) is ConfigurationError
    text = str(error)
    assert text.isprintable()
    assert setting.names.lower() in text.lower()
    assert leaks(error, CANARIES) == []


@pytest.mark.parametrize("own_session", [True, False], ids=["own", "caller's"])
@pytest.mark.parametrize("name", SETTINGS)
async def test_settings_that_cannot_work(
    name: str,
    own_session: bool,  # noqa: FBT001 -- pytest's
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    setting = SETTINGS[name]
    if not (own_session or setting.session):
        own_session = True
    client = client_of(setting, files, monkeypatch, own_session=own_session)
    try:
        if setting.when == "open":
            with pytest.raises(SmsregError) as opening:
                await client.open()
            check(opening.value, setting)
        with pytest.raises(SmsregError) as calling:
            await client.describe_pools()
        check(calling.value, setting)
        assert calling.value.operation_name == "DescribePools"
    finally:
        await client.aclose()


HARMLESS = {
    "AWS_CONFIG_FILE of a folder": Setting("", {"AWS_CONFIG_FILE": "{path}/folder"}),
    "AWS_RETRY_MODE of a word": Setting("", {"AWS_RETRY_MODE": "sometimes"}),
    "AWS_SDK_UA_APP_ID with a line break": Setting("", {"AWS_SDK_UA_APP_ID": "a\nb"}),
    "use of FIPS and an odd word": Setting("", {"AWS_USE_FIPS_ENDPOINT": "perhaps"}),
    "endpoints that are ignored": Setting(
        "",
        {
            "AWS_ENDPOINT_URL": "http://sms.example.invalid",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        },
        {"endpoint_url": NOBODY},
    ),
    "endpoints behind the argument": Setting(
        "", {"AWS_ENDPOINT_URL": "http://sms.example.invalid"}, {"endpoint_url": NOBODY}
    ),
    "a loopback endpoint of the environment": Setting(
        "", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    ),
    "an ssl_context": Setting("", options={"connector_args": {"ssl_context": CONTEXT}}),
}


@pytest.mark.parametrize("name", HARMLESS)
async def test_settings_that_do_no_harm(
    name: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings that botocore ignores, or that may be intended: the call proceeds to connect."""
    client = client_of(HARMLESS[name], files, monkeypatch, own_session=True)
    async with client:
        with pytest.raises(ConnectError):
            await client.describe_pools()


@pytest.mark.parametrize("own_session", [True, False], ids=["own", "caller's"])
async def test_the_ssl_context_of_connector_args_is_used(
    own_session: bool,  # noqa: FBT001 -- pytest's
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trusting = ssl.create_default_context(cafile=str(TLS / "localhost.crt"))
    setting = Setting("", options={"connector_args": {"ssl_context": trusting}})
    async with Server(respond(200, {"Pools": []}), tls="localhost") as server:
        monkeypatch.setitem(setting.options, "endpoint_url", server.url)
        async with client_of(setting, files, monkeypatch, own_session=own_session) as client:
            assert (await client.describe_pools()).pools == []


@pytest.mark.parametrize(
    ("options", "config", "names"),
    [
        ({"verify": "{path}/missing.pem"}, {}, "CA bundle"),
        ({"verify": "{path}/garbage.pem"}, {}, "CA bundle"),
        ({"verify": "{path}/folder"}, {}, "CA bundle"),
        ({}, {"client_cert": "{path}/missing.pem"}, "client certificate"),
        ({}, {"connector_args": {"ssl_context": CONTEXT}}, "connector_args"),
        ({}, {"proxies": {"https": "http://[::1"}}, "proxy"),
    ],
    ids=["missing", "garbage", "folder", "certificate", "ssl_context", "proxy"],
)
async def test_settings_of_a_borrowed_client(
    options: dict[str, Any], config: dict[str, Any], names: str, files: Path
) -> None:
    """This holds for an unsafe call too: nothing was sent, so its outcome is not unknown."""
    async with (
        static_session().create_client(
            "pinpoint-sms-voice-v2",
            region_name="us-east-1",
            endpoint_url=NOBODY,
            config=AioConfig(**filled(config, files)),
            **filled(options, files),
        ) as borrowed,
        SMSVoiceClient(aws_client=borrowed, timeout=5, retry=RetryPolicy.none()) as client,
    ):
        with pytest.raises(SmsregError) as info:
            await UNSAFE.call(client)
    check(info.value, Setting(names))
