"""What clients need to reach an emulator, and nothing else."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, TypedDict, cast

if TYPE_CHECKING:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import AioSession


class BotoOptions(TypedDict):
    """What any AWS client in Python needs to reach an emulator."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


class ClientOptions(BotoOptions):
    """What smsreg's clients need to reach an emulator from any machine."""

    session: AioSession
    """A session that ignores the environment and configuration files."""
    config: AioConfig
    """No proxy, whatever the environment names."""


_RETRIES = ("max_attempts", "retry_mode")
"""What the environment may set: the number of attempts does not affect where a call goes."""


def hermetic(options: BotoOptions) -> ClientOptions:
    """Options that override the machine's proxy, profile, CA bundle and endpoint."""
    # aiobotocore is what the clients of these options run on; the emulator itself does not.
    from aiobotocore.config import AioConfig

    config = AioConfig(proxies={}, use_fips_endpoint=False, use_dualstack_endpoint=False)
    return {**options, "session": _session(), "config": config}


def _session() -> AioSession:
    from aiobotocore.session import AioSession
    from botocore import configprovider

    # aiobotocore and botocore ship no types.
    provider: Any = configprovider
    make: Any = AioSession
    variables: dict[str, tuple[Any, Any, Any, Any]] = {
        name: (None, None, default, convert)
        for name, (_, _, default, convert) in provider.BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
        if name not in _RETRIES
    }
    for name in ("config_file", "credentials_file"):
        variables[name] = (None, None, os.devnull, None)
    session: Any = make(session_vars=variables)
    session.register_component("data_loader", _loader())
    return cast("AioSession", session)


@cache
def _loader() -> Any:
    """A loader of botocore's own data, read once; it ignores `AWS_DATA_PATH`."""
    from botocore.loaders import Loader

    return Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
