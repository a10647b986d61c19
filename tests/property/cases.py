"""The operations of all services, each with its shapes in botocore's model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from hypothesis import HealthCheck, Phase, settings

from tests.support.known import ClientType, known_clients
from tests.support.sampling import RANDOM_CASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel, Shape

CLIENTS = known_clients()


def budget(cases: int = RANDOM_CASES) -> settings:
    """The same cases on every run and every machine, without a database of examples."""
    return settings(
        max_examples=cases,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=tuple(HealthCheck),
    )


@dataclass(frozen=True, eq=False)
class Case:
    """One operation: botocore's model of it, and smsreg's."""

    client_type: ClientType
    service: ServiceModel
    model: OperationModel
    method: str

    def __str__(self) -> str:
        return f"{self.service.service_name}.{self.method}"

    @property
    def operation(self) -> Any:
        return self.client_type.operations[self.method]

    @property
    def facets(self) -> tuple[object, ...]:
        """A sample covers each operation class of each resource; see tests/support/sampling.py."""
        return ((self.operation.request_type.__module__, self.operation.idempotency),)

    @property
    def protocol(self) -> str:
        return self.service.resolved_protocol

    @property
    def input_shape(self) -> Shape | None:
        return self.model.input_shape

    @property
    def token(self) -> list[str]:
        """The member that holds the idempotency token, if there is one."""
        members = {} if self.input_shape is None else self.input_shape.members
        return [n for n, shape in members.items() if shape.metadata.get("idempotencyToken")]

    @property
    def output_shape(self) -> Shape | None:
        return self.model.output_shape


@cache
def service_model(name: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(name, "service-2"), service_name=name)


def _cases() -> Iterator[Case]:
    for client_type in CLIENTS:
        service = service_model(client_type.service_name)
        methods = {operation.name: name for name, operation in client_type.operations.items()}
        for name in service.operation_names:
            yield Case(client_type, service, service.operation_model(name), methods[name])


CASES = tuple(_cases())
