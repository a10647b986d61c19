from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import smsreg.opentelemetry
from smsreg import EndUserMessagingClient, SMSVoiceClient, SocialMessagingClient
from smsreg.emulator import Emulator


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout, or CI's copy of it without the package."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def package() -> Path:
    """The package under test: the checkout's, or one installed from a wheel."""
    return Path(smsreg.__file__).parent


@pytest.fixture(autouse=True)
def _instrumented() -> Iterator[None]:
    """Turn off the tracing that a block enables for all clients."""
    yield
    smsreg.opentelemetry.uninstrument()


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with Emulator(review_seconds=0.2) as emulator:
        yield emulator
    assert emulator.unexpected == []


@pytest.fixture
def aws_environment(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables with which any AWS client finds the emulator, and unset the machine's."""
    options = emulator.boto_options
    monkeypatch.setenv("AWS_ENDPOINT_URL", options["endpoint_url"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", options["region_name"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", options["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", options["aws_secret_access_key"])
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[SMSVoiceClient]:
    async with SMSVoiceClient(**emulator.client_options) as client:
        yield client


@pytest.fixture
async def social(emulator: Emulator) -> AsyncIterator[SocialMessagingClient]:
    social = SocialMessagingClient(**emulator.client_options)  # opened on first use
    yield social
    await social.aclose()


@pytest.fixture
async def profiles(emulator: Emulator) -> AsyncIterator[EndUserMessagingClient]:
    profiles = EndUserMessagingClient(**emulator.client_options)
    yield profiles
    await profiles.aclose()
