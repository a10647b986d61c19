# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportIncompatibleMethodOverride=false
# botocore ships no types.
"""botocore's loader of service models, made faster for a client of one service.

botocore looks through the folders of all services for one, twice, and reads JSON in Python's way:
together about half of what it takes to make a client.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path
from typing import Any

from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader, Loader, create_loader
from pydantic_core import from_json

from smsreg._gc import no_garbage


class _Files(JSONFileLoader):  # type: ignore[misc] # botocore has no types
    """Reads the same files with pydantic's parser."""

    def load_file(self, file_path: str) -> Any:  # noqa: ANN401 -- JSON
        for ending, unpacked in ((".json", bytes), (".json.gz", gzip.decompress)):
            try:
                content = Path(file_path + ending).read_bytes()
            except OSError:
                continue
            with no_garbage():
                return from_json(unpacked(content))
        return None


@lru_cache(maxsize=8)
def loader_of(service_name: str, data_path: str | None) -> ServiceLoader:
    """Give the loader of a service's models, which all its clients share.

    Args:
        service_name: botocore's name of the service.
        data_path: The ``AWS_DATA_PATH``, or None.
    """
    return ServiceLoader(service_name, create_loader(data_path).search_paths)


class ServiceLoader(Loader):  # type: ignore[misc] # botocore has no types
    """Loads the models of one service, from where botocore's own loader would.

    Args:
        service_name: botocore's name of the service.
        paths: The folders to look in.
    """

    def __init__(self, service_name: str, paths: list[str]) -> None:
        super().__init__(
            extra_search_paths=paths, file_loader=_Files(), include_default_search_paths=False
        )
        self._service_name = service_name

    def list_available_services(self, type_name: str) -> list[str]:
        """Give the one service, if there are models of it of this type."""
        try:
            self.list_api_versions(self._service_name, type_name)
        except DataNotFoundError:
            return []
        return [self._service_name]
