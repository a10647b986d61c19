"""The message of a CredentialsError for each cause, and what it never contains."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from botocore import UNSIGNED

from smsreg import CredentialsError
from tests.support.clients import CREDENTIALS
from tests.support.loops import advance_time
from tests.support.scripts import Reply, replies

from .conftest import TIMEOUT, MessageService, Services, send
from .sources import (
    CONTAINER,
    INSTANCE,
    ROLE,
    SECRET,
    SECRETS,
    SESSION_TOKEN,
    SOURCE_PROFILE,
    SSO_SESSION,
    WEB_IDENTITY,
    Source,
    Tokens,
    access_key,
    registration,
)

pytestmark = pytest.mark.sampled


async def fail(services: Services, **options: Any) -> CredentialsError:
    """Send a message without usable credentials; return the error."""
    client = services.client(**options)
    with pytest.raises(CredentialsError) as caught:
        await send(client)
    assert services.messages.requests == []
    assert str(caught.value).isprintable()
    assert not any(secret in str(caught.value) for secret in SECRETS)
    return caught.value


def helper(services: Services, program: str) -> dict[str, str]:
    """Configure a profile with a helper program in Python; return the client's options."""
    script = services.settings.folder / "helper.py"
    script.write_text(program)
    services.settings.config(
        f"[profile helper]\ncredential_process = {sys.executable} -S -E {script}\n"
    )
    return {"profile_name": "helper"}


# -- no credentials ------------------------------------------------------------------------------


async def test_no_credentials_anywhere(services: Services) -> None:
    error = await fail(services)
    assert error.provider is None
    assert "aws_access_key_id" in str(error)


async def test_half_of_the_keys(services: Services) -> None:
    error = await fail(services, aws_secret_access_key=SECRET)
    assert error.provider == "explicit"
    assert "aws_access_key_id" in str(error)


async def test_requests_that_are_not_signed_need_none(services: Services) -> None:
    services.messages.scripts[:] = [replies(lambda _: Reply({"MessageId": "m-1"}))]
    client = services.client(config=AioConfig(signature_version=UNSIGNED))
    await client.warm_up()
    assert await send(client) == "m-1"


# -- files and programs --------------------------------------------------------------------------


async def test_token_file_is_missing(services: Services) -> None:
    options = WEB_IDENTITY.setup(services.settings)
    (services.settings.folder / "token").unlink()
    error = await fail(services, **options)
    assert error.provider == "assume-role-with-web-identity"
    assert "No such file or directory" in str(error)
    assert str(services.settings.folder / "token") in str(error)


async def test_token_file_is_not_text(services: Services) -> None:
    options = WEB_IDENTITY.setup(services.settings)
    (services.settings.folder / "token").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in str(await fail(services, **options))


async def test_helper_is_missing(services: Services) -> None:
    services.settings.config("[profile helper]\ncredential_process = /nowhere/helper --token abc\n")
    error = await fail(services, profile_name="helper")
    assert (error.provider, error.profile) == ("custom-process", "helper")
    assert "No such file or directory: /nowhere/helper (" in str(error)
    assert "abc" not in str(error)


async def test_what_a_helper_prints_on_stderr_is_reported(services: Services) -> None:
    program = (
        "import sys\n"
        f"sys.stdout.write({SECRET!r})\n"
        "text = 'log in first:\\x1b[31m run corp-login\\n' + 'x ' * 5000\n"
        "sys.stderr.write(text)\n"
        "sys.exit(3)\n"
    )
    error = await fail(services, **helper(services, program))
    assert "log in first:\\x1b[31m run corp-login x x x" in str(error)
    assert len(str(error)) < 800


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        (f"{SECRET} {SESSION_TOKEN}", "not JSON"),
        ("", "not JSON"),
        (f'{{"Version": "{SECRET[:12]}"}}', "unsupported version"),
        (f'{{"Version": 1, "AccessKeyId": "{SECRET[:12]}"}}', "SecretAccessKey"),
        (f'["{SECRET[:12]}"]', "AttributeError"),
        ("[" * 100_000, "RecursionError"),
    ],
    ids=["text", "nothing", "version", "a key too few", "a list", "nested"],
)
async def test_what_a_helper_prints_on_stdout_is_not(
    printed: str, reason: str, services: Services
) -> None:
    (services.settings.folder / "output").write_text(printed)
    program = (
        "import sys\n"
        f"sys.stdout.write(open({str(services.settings.folder / 'output')!r}).read())\n"
        "sys.stderr.write('a hint of the helper')\n"
    )
    error = await fail(services, **helper(services, program))
    assert error.provider == "custom-process"
    assert reason in str(error)
    assert "a hint of the helper" in str(error)
    assert SECRET[:12] not in str(error)


@pytest.mark.parametrize(
    ("key", "date", "reason"),
    [
        ("AKIAX", "2099-01-01T00:00:00", "failed with TypeError"),  # without a time zone
        ("AKIAX", SECRET[:12], "failed with ParserError"),
        ("", "2099-01-01T00:00:00Z", "access key id is missing"),
    ],
)
async def test_what_a_helper_prints_is_no_credentials(
    key: str, date: str, reason: str, services: Services
) -> None:
    content = {"Version": 1, "AccessKeyId": key, "SecretAccessKey": SECRET, "Expiration": date}
    error = await fail(services, **helper(services, f"print({json.dumps(content)!r})\n"))
    assert error.provider == "custom-process"
    assert reason in str(error)
    assert SECRET[:12] not in str(error)


async def test_helper_prints_no_text(services: Services) -> None:
    program = "import sys\nsys.stdout.buffer.write(b'\\xff\\xfe' * 9)\n"
    assert "not UTF-8" in str(await fail(services, **helper(services, program)))


async def test_helper_is_ended_with_the_call(services: Services) -> None:
    """A helper that waits for input is ended with the call."""
    noted = services.settings.folder / "pid"
    program = (
        "import os, time\n"
        f"with open({str(noted)!r} + '~', 'w') as file:\n    file.write(str(os.getpid()))\n"
        f"os.rename({str(noted)!r} + '~', {str(noted)!r})\n"
        "time.sleep(600)\n"
    )
    failing = asyncio.create_task(fail(services, **helper(services, program)))
    while not noted.exists():  # noqa: ASYNC110 -- another process makes it
        await asyncio.sleep(0.01)
    advance_time(TIMEOUT)
    error = await failing
    assert error.provider == "custom-process"
    assert "no response within the time" in str(error)
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


# -- profiles ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "provider", "reason"),
    [
        (f"role_arn = {ROLE}\nsource_profile = gone\n", "assume-role", "gone"),
        (f"role_arn = {ROLE}\ncredential_source = Elsewhere\n", "assume-role", "Elsewhere"),
        (f"role_arn = {ROLE}\n", "assume-role", "source_profile"),
        (f"role_arn = {ROLE}\nsource_profile = empty\n", "assume-role", "must have credentials"),
        (
            f"role_arn = {ROLE}\ncredential_source = Environment\n",
            "assume-role",
            "No credentials found in credential_source",
        ),
        ("web_identity_token_file = /token\n", "assume-role-with-web-identity", "role ARN"),
        ("sso_account_id = 1\nsso_role_name = x\n", "sso", "sso_start_url"),
        (
            "sso_session = gone\nsso_account_id = 1\nsso_role_name = x\n",
            "sso",
            "sso-session does not exist",
        ),
        ("aws_access_key_id = AKIAHALF\n", "config-file", "aws_secret_access_key"),
        ("login_session = arn:aws:iam::123456789012:user/me\n", "login", ""),
    ],
)
async def test_profile_is_not_complete(
    config: str, provider: str, reason: str, services: Services
) -> None:
    services.settings.config(f"[profile app]\n{config}[profile empty]\nregion = us-east-1\n")
    error = await fail(services, profile_name="app")
    assert (error.provider, error.profile) == (provider, "app")
    assert reason in str(error)


async def test_no_login(services: Services) -> None:
    options = SSO_SESSION.setup(services.settings)
    for path in services.settings.folder.glob("*.json"):
        path.unlink()
    error = await fail(services, **options)
    assert error.provider == "sso"
    assert "Token for corp does not exist" in str(error)


async def test_the_login_has_expired(services: Services) -> None:
    options = SSO_SESSION.setup(services.settings)
    services.settings.sso_cache("corp", expiresAt="2020-01-01T00:00:00Z")
    error = await fail(services, **options)
    assert error.provider == "sso"
    assert "Token has expired" in str(error)


async def test_the_login_is_refreshed(
    services: Services, tokens: Tokens, messages: MessageService
) -> None:
    options = SSO_SESSION.setup(services.settings)
    services.settings.sso_cache("corp", **registration(expires=60))
    assert await send(services.client(**options)) == "m-1"
    assert tokens.others == ["CreateToken"]
    assert messages.keys == [access_key(1)]


async def test_the_innermost_provider_is_named(services: Services) -> None:
    """A role whose source profile causes the failure."""
    services.settings.env.setenv("AWS_ENDPOINT_URL_STS", services.tokens.url)
    services.settings.config(
        "[profile base]\ncredential_process = /nowhere/helper\n"
        f"[profile role]\nrole_arn = {ROLE}\nsource_profile = base\n"
    )
    error = await fail(services, profile_name="role")
    assert (error.provider, error.profile) == ("custom-process", "role")


async def test_a_chain_of_roles(
    services: Services, tokens: Tokens, messages: MessageService
) -> None:
    services.settings.env.setenv("AWS_ENDPOINT_URL_STS", services.tokens.url)
    services.settings.config(
        f"[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = {SECRET}\n"
        f"[profile middle]\nrole_arn = {ROLE}\nsource_profile = base\n"
        f"[profile top]\nrole_arn = {ROLE}\nsource_profile = middle\nrole_session_name = top\n"
    )
    assert await send(services.client(profile_name="top")) == "m-1"
    assert tokens.others == ["AssumeRole"] * 2
    assert messages.keys == [access_key(2)]


@pytest.mark.parametrize("source", [CONTAINER, INSTANCE], ids=str)
async def test_a_role_on_top_of_a_machines(
    source: Source, services: Services, messages: MessageService
) -> None:
    source.setup(services.settings)
    named = {"container": "EcsContainer", "instance": "Ec2InstanceMetadata"}[source.name]
    services.settings.env.setenv("AWS_ENDPOINT_URL_STS", services.tokens.url)
    services.settings.config(f"[profile role]\nrole_arn = {ROLE}\ncredential_source = {named}\n")
    assert await send(services.client(profile_name="role")) == "m-1"
    assert messages.keys == [access_key(2)]


async def test_token_service_is_not_there(services: Services) -> None:
    options = SOURCE_PROFILE.setup(services.settings)
    await services.tokens.shut()
    error = await fail(services, **options)
    assert error.provider == "assume-role"
    assert "Could not connect" in str(error)


async def test_a_host_that_is_none_of_a_containers(services: Services) -> None:
    services.settings.env.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/x")
    error = await fail(services)
    assert error.provider == "container-role"


async def test_keys_that_have_expired_already(services: Services, tokens: Tokens) -> None:
    tokens.lifetime = -60.0
    error = await fail(services, **SOURCE_PROFILE.setup(services.settings))
    assert "have expired already" in str(error)


# -- keys that no header can contain -------------------------------------------------------------

UNUSABLE = ["with\nbreak", "ends-in-break\n", "lone\ud800", "ümlaut", "white space", "nul\0"]


@pytest.mark.parametrize("text", [*UNUSABLE, ""])
@pytest.mark.parametrize("name", list(CREDENTIALS))
@pytest.mark.parametrize("path", ["fast", "ordinary"])
async def test_unusable_keys(path: str, name: str, text: str, services: Services) -> None:
    client = services.client(**{**CREDENTIALS, name: text})
    if path == "ordinary":
        await client.open()
        client.aws_client.meta.events.register("before-send", lambda **_: None)
    with pytest.raises(CredentialsError, match="access key") as caught:
        await send(client)
    assert services.messages.requests == []
    assert not text or text.strip() not in str(caught.value)


@pytest.mark.parametrize("text", UNUSABLE)
async def test_unusable_session_token(text: str, services: Services) -> None:
    error = await fail(services, **CREDENTIALS, aws_session_token=text)
    assert "session token" in str(error)
    assert text.strip() not in str(error)
