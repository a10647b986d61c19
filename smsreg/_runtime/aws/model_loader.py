# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportIncompatibleMethodOverride=false
# botocore ships no types.
"""botocore's loader of service models, made faster.

botocore scans the folders of all services twice to find one, and parses JSON with Python's
parser: together about half of the time to create a client. A session needs more than one service:
credential providers are clients of STS, SSO and others.
"""

from __future__ import annotations

import gzip
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader, Loader, create_loader
from pydantic_core import from_json

from smsreg._gc import no_garbage
from smsreg._runtime.aws.endpoint_table import endpoint_table

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Files(JSONFileLoader):  # type: ignore[misc] # botocore has no types
    """Reads the same files with pydantic's parser.

    Attributes:
        expected: The names under which the table of endpoints has the services in use.
    """

    def __init__(self) -> None:
        self.expected: set[str] = set()

    def load_file(self, file_path: str) -> Any:
        for ending, unpacked in ((".json", bytes), (".json.gz", gzip.decompress)):
            try:
                content = Path(file_path + ending).read_bytes()
            except OSError:
                continue
            if Path(file_path).name == "endpoints":
                return endpoint_table(unpacked(content), self.expected)
            with no_garbage():
                return from_json(unpacked(content))
        return None


@lru_cache(maxsize=8)
def loader_of(data_path: str | None) -> ServiceLoader:
    """Return the loader of service models, which all clients share.

    Args:
        data_path: The ``AWS_DATA_PATH``, or None.
    """
    return ServiceLoader(create_loader(data_path).search_paths)


class ServiceLoader(Loader):  # type: ignore[misc] # botocore has no types
    """Loads the model of any service from the same folders as botocore's own loader.

    botocore lists all services whenever it loads a model, only to check that the service is among
    them. Here that check reads the folder of the one service.

    Args:
        paths: The folders to search.
    """

    def __init__(self, paths: list[str]) -> None:
        self._files = _Files()
        super().__init__(
            extra_search_paths=paths, file_loader=self._files, include_default_search_paths=False
        )

    def expect(self, service_name: str) -> None:
        """Let the endpoints of a service be read together with what concerns all services.

        Raises:
            UnknownServiceError: The service has no model.
        """
        model = self.load_service_model(service_name, "service-2")
        self._files.expected.add(model["metadata"]["endpointPrefix"])

    def list_available_services(self, type_name: str) -> Collection[str]:
        """Return the services that have models of a type."""
        return _Services(self, type_name)

    def list_all_services(self, type_name: str) -> list[str]:
        """Return the same as a list, which scans every folder."""
        found: list[str] = super().list_available_services(type_name)
        return found


class _Services(Collection[str]):
    """The services that have models of a type; a membership test reads one folder."""

    def __init__(self, loader: ServiceLoader, type_name: str) -> None:
        self._loader = loader
        self._type_name = type_name

    def __contains__(self, name: object) -> bool:
        try:
            self._loader.list_api_versions(name, self._type_name)
        except DataNotFoundError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._loader.list_all_services(self._type_name))

    def __len__(self) -> int:
        return len(self._loader.list_all_services(self._type_name))
