"""The sources of credentials in these tests, one for each of botocore's providers.

Each uses a scripted token service on loopback, and writes the settings that refer to it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from botocore.credentials import SSOProvider
from botocore.tokens import SSOTokenProvider

from tests.support.loops import advance_time
from tests.support.scripts import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pytest

    from tests.support.server import Request

ROLE = "arn:aws:iam::123456789012:role/sender"
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"
SESSION_TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKENOFASESSIONTHATISLONGENOUGHTOLOOKREAL"
WEB_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjbHVzdGVyIn0.c2lnbmF0dXJlT2ZUaGVDbHVzdGVy"
ACCESS_TOKEN = "aoaAAAAAGVzc28tYWNjZXNzLXRva2VuLW9mLXRoZS1wb3J0YWwtdGhhdC1pcy1sb25n"
GARBAGE = f"<!doctype {SECRET} {SESSION_TOKEN}".encode()
SECRETS = (SECRET, SESSION_TOKEN, WEB_TOKEN, ACCESS_TOKEN)

STATIC = f"aws_access_key_id = AKIASOURCE\naws_secret_access_key = {SECRET}\n"


def access_key(number: int) -> str:
    """The id of the key that the fetch of this number returns."""
    return f"ASIAFAKE{number:08d}"


def moment(seconds: float) -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=seconds)


@dataclass
class Tokens:
    """A token service that returns keys, or fails as configured.

    ``mode`` is ``good``, ``same`` (the key of the previous fetch), ``refusal``, ``500``, ``hang``
    or ``garbage``; ``lifetime`` is that of the keys, in seconds; ``passing`` is by how many seconds
    the time is advanced when it hangs.
    """

    mode: str = "good"
    lifetime: float = 7200.0
    fetches: int = 0
    others: list[str] = field(default_factory=list)
    delay: float = 0.0
    passing: float = 0.0

    def key(self) -> str:
        self.fetches += 1
        return access_key(1 if self.mode == "same" else self.fetches)

    def __call__(self, seen: Request) -> Reply:
        if seen.path == "/latest/api/token":
            return Reply(b"an-imds-token")
        if seen.path.endswith("/security-credentials/"):
            return Reply(b"a-role")
        if self.mode == "hang":
            self.fetches += 1
            advance_time(self.passing)
            return Reply(fault="stall")
        reply = self._reply(seen)
        return Reply(reply.content, reply.status, reply.headers, delay=self.delay)

    def _reply(self, seen: Request) -> Reply:
        if self.mode == "500":
            self.fetches += 1
            return Reply(b"<html>oops</html>", 500)
        if self.mode == "garbage":
            self.fetches += 1
            return Reply(GARBAGE)
        if seen.path == "/token":
            return self._sso_token()
        if seen.path.startswith("/federation/credentials"):
            return self._sso()
        if seen.body.startswith(b"Action="):
            return self._sts(parse_qs(seen.body.decode())["Action"][0])
        return self._metadata()

    def _sts(self, action: str) -> Reply:
        if self.mode == "refusal":
            self.fetches += 1
            error = "<Type>Sender</Type><Code>AccessDenied</Code><Message>not\x1byours</Message>"
            error = error.replace("\x1b", "&#10;")
            return Reply(f"<ErrorResponse><Error>{error}</Error></ErrorResponse>".encode(), 403)
        self.others.append(action)
        body = (
            f"<{action}Response><{action}Result><Credentials><AccessKeyId>{self.key()}"
            f"</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>"
            f"{SESSION_TOKEN}</SessionToken><Expiration>{moment(self.lifetime).isoformat()}"
            "</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>a:b</AssumedRoleId>"
            "<Arn>arn:aws:sts::123456789012:assumed-role/x/y</Arn></AssumedRoleUser>"
            f"</{action}Result></{action}Response>"
        )
        return Reply(body.encode(), headers={"Content-Type": "text/xml"})

    def _sso(self) -> Reply:
        if self.mode == "refusal":
            self.fetches += 1
            return Reply({"__type": "ForbiddenException", "message": "not yours"}, 403)
        return Reply({
            "roleCredentials": {
                "accessKeyId": self.key(),
                "secretAccessKey": SECRET,
                "sessionToken": SESSION_TOKEN,
                "expiration": int(moment(self.lifetime).timestamp() * 1000),
            }
        })  # fmt: skip

    def _sso_token(self) -> Reply:
        self.others.append("CreateToken")
        return Reply({"accessToken": f"{ACCESS_TOKEN}-new", "expiresIn": 3600})

    def _metadata(self) -> Reply:
        """The response of the metadata services of containers and instances."""
        if self.mode == "refusal":
            self.fetches += 1
            return Reply({"Code": "AccessDenied", "Message": "not yours"}, 403)
        return Reply({
            "Code": "Success",
            "Version": 1,
            "SessionToken": SESSION_TOKEN,
            "AccessKeyId": self.key(),
            "SecretAccessKey": SECRET,
            "Token": SESSION_TOKEN,
            "Expiration": moment(self.lifetime).strftime("%Y-%m-%dT%H:%M:%SZ"),
        })  # fmt: skip


@dataclass
class SourceSettings:
    """The environment and folder for a source's settings, and the URL of its token service."""

    env: pytest.MonkeyPatch
    folder: Path
    url: str

    def config(self, text: str) -> None:
        path = self.folder / "config"
        path.write_text(text)
        self.env.setenv("AWS_CONFIG_FILE", str(path))

    def sso_cache(self, name: str, **token: Any) -> None:
        """Write the token file that `aws sso login` creates."""
        for owner in (SSOProvider, SSOTokenProvider):
            self.env.setattr(owner, "_SSO_TOKEN_CACHE_DIR", str(self.folder))
        digest = hashlib.sha1(name.encode()).hexdigest()  # noqa: S324 -- names a file
        content = {"accessToken": ACCESS_TOKEN, "expiresAt": moment(36000).isoformat(), **token}
        (self.folder / f"{digest}.json").write_text(json.dumps(content))

    def web_token(self) -> Path:
        path = self.folder / "token"
        path.write_text(WEB_TOKEN)
        return path


@dataclass(frozen=True)
class Source:
    """One source of credentials.

    ``method`` is botocore's name of the provider; ``setup`` writes the settings and returns the
    options for the client.
    """

    name: str
    method: str
    setup: Callable[[SourceSettings], Mapping[str, Any]]

    def __str__(self) -> str:
        return self.name


def _web_identity(settings: SourceSettings) -> Mapping[str, Any]:
    settings.env.setenv("AWS_ENDPOINT_URL_STS", settings.url)
    settings.env.setenv("AWS_ROLE_ARN", ROLE)
    settings.env.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(settings.web_token()))
    return {}


def _web_identity_profile(settings: SourceSettings) -> Mapping[str, Any]:
    settings.env.setenv("AWS_ENDPOINT_URL_STS", settings.url)
    settings.config(
        f"[profile web]\nrole_arn = {ROLE}\nweb_identity_token_file = {settings.web_token()}\n"
    )
    return {"profile_name": "web"}


def _source_profile(settings: SourceSettings) -> Mapping[str, Any]:
    settings.env.setenv("AWS_ENDPOINT_URL_STS", settings.url)
    settings.config(
        f"[profile base]\n{STATIC}[profile role]\nrole_arn = {ROLE}\nsource_profile = base\n"
    )
    return {"profile_name": "role"}


def _chain(settings: SourceSettings) -> Mapping[str, Any]:
    """A role whose source is another role."""
    settings.env.setenv("AWS_ENDPOINT_URL_STS", settings.url)
    settings.config(
        f"[profile base]\n{STATIC}[profile middle]\nrole_arn = {ROLE}\nsource_profile = base\n"
        f"[profile end]\nrole_arn = {ROLE}-end\nsource_profile = middle\n"
    )
    return {"profile_name": "end"}


def _credential_source(settings: SourceSettings) -> Mapping[str, Any]:
    settings.env.setenv("AWS_ENDPOINT_URL_STS", settings.url)
    settings.env.setenv("AWS_ACCESS_KEY_ID", "AKIASOURCE")
    settings.env.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    settings.config(f"[profile role]\nrole_arn = {ROLE}\ncredential_source = Environment\n")
    return {"profile_name": "role"}


def _sso(settings: SourceSettings) -> Mapping[str, Any]:
    settings.env.setenv("AWS_ENDPOINT_URL_SSO", settings.url)
    settings.sso_cache("https://portal.example/start")
    settings.config(
        "[profile sso]\nsso_start_url = https://portal.example/start\nsso_region = us-east-1\n"
        "sso_account_id = 123456789012\nsso_role_name = sender\n"
    )
    return {"profile_name": "sso"}


def _sso_session(settings: SourceSettings) -> Mapping[str, Any]:
    settings.env.setenv("AWS_ENDPOINT_URL_SSO", settings.url)
    settings.env.setenv("AWS_ENDPOINT_URL_SSO_OIDC", settings.url)
    settings.sso_cache("corp", **registration(expires=36000))
    settings.config(
        "[sso-session corp]\nsso_start_url = https://portal.example/start\n"
        "sso_region = us-east-1\n[profile sso]\nsso_session = corp\n"
        "sso_account_id = 123456789012\nsso_role_name = sender\n"
    )
    return {"profile_name": "sso"}


def registration(expires: float) -> dict[str, Any]:
    """The members that an SSO token needs in order to be refreshed."""
    return {
        "expiresAt": moment(expires).isoformat(),
        "refreshToken": f"{ACCESS_TOKEN}-refresh",
        "clientId": "a-client",
        "clientSecret": f"{ACCESS_TOKEN}-client",
        "registrationExpiresAt": moment(36000).isoformat(),
    }


def _container(settings: SourceSettings) -> Mapping[str, Any]:
    settings.env.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{settings.url}/pod")
    return {}


def _instance(settings: SourceSettings) -> Mapping[str, Any]:
    settings.env.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", settings.url)
    settings.env.delenv("AWS_EC2_METADATA_DISABLED")
    return {}


HELPER = """\
import sys, urllib.request
sys.stdout.write(urllib.request.urlopen({url!r}).read().decode())
"""


def _process(settings: SourceSettings) -> Mapping[str, Any]:
    """A helper program that prints the response of the token service."""
    script = settings.folder / "helper.py"
    script.write_text(HELPER.format(url=f"{settings.url}/helper"))
    settings.config(f"[profile helper]\ncredential_process = {sys.executable} -S -E {script}\n")
    return {"profile_name": "helper"}


WEB_IDENTITY = Source("web-identity", "assume-role-with-web-identity", _web_identity)
SOURCE_PROFILE = Source("source-profile", "assume-role", _source_profile)
SSO_SESSION = Source("sso-session", "sso", _sso_session)
CONTAINER = Source("container", "container-role", _container)
INSTANCE = Source("instance", "iam-role", _instance)

SOURCES = [
    WEB_IDENTITY,
    Source("web-identity-profile", "assume-role-with-web-identity", _web_identity_profile),
    SOURCE_PROFILE,
    Source("credential-source", "assume-role", _credential_source),
    Source("sso", "sso", _sso),
    SSO_SESSION,
    CONTAINER,
    INSTANCE,
]
CHAIN = Source("chain", "assume-role", _chain)
PROCESS = Source("process", "custom-process", _process)
