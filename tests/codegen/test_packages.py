"""Everything in botocore's models is in the packages, under its own name."""

from __future__ import annotations

import importlib
import inspect
import keyword
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from pydantic import BaseModel

import smsreg
import smsreg.errors
from smsreg._codegen.plan import safe_name
from smsreg._codegen.service import BOTOCORE_VERSION
from smsreg._public import defined_in
from smsreg._runtime.models.base import Request, Result
from smsreg._runtime.models.enums import OpenEnum
from smsreg.errors import ServiceError, SmsregError

if TYPE_CHECKING:
    from types import ModuleType


@dataclass(frozen=True, kw_only=True)
class Case:
    package: str
    service: str
    client: str
    operations: int
    paginated: int

    @property
    def module(self) -> ModuleType:
        return importlib.import_module(self.package)

    @property
    def client_class(self) -> Any:
        return getattr(self.module, self.client)


CASES = (
    Case(
        package="smsreg.sms_voice",
        service="pinpoint-sms-voice-v2",
        client="SMSVoiceClient",
        operations=110,
        paginated=28,
    ),
    Case(
        package="smsreg.social_messaging",
        service="socialmessaging",
        client="SocialMessagingClient",
        operations=38,
        paginated=5,
    ),
    Case(
        package="smsreg.end_user_messaging",
        service="endusermessaging",
        client="EndUserMessagingClient",
        operations=27,
        paginated=5,
    ),
)


@pytest.fixture(params=CASES, ids=lambda case: case.package)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture
def model(case: Case) -> dict[str, Any]:
    """botocore's model, restricted to the operations that this package has.

    An installed botocore newer or older than the one in the stamp has other operations and shapes;
    those that both have must be in the package.
    """
    model = Loader().load_service_model(case.service, "service-2")
    if case.client_class.botocore_version == BOTOCORE_VERSION:
        return model
    known = {operation.name for operation in case.client_class.operations.values()}
    operations = {name: raw for name, raw in model["operations"].items() if name in known}
    exported = set(case.module.__all__)
    shapes = {name: shape for name, shape in model["shapes"].items() if name in exported}
    return {**model, "operations": operations, "shapes": shapes}


def test_every_structure_enum_and_error_is_importable(case: Case, model: dict[str, Any]) -> None:
    kinds = {"structure": 0, "enum": 0, "error": 0}
    for name, shape in model["shapes"].items():
        if shape.get("exception"):
            kinds["error"] += 1
            assert issubclass(getattr(case.module, name), ServiceError), name
        elif shape["type"] == "structure":
            kinds["structure"] += 1
            assert issubclass(getattr(case.module, name), BaseModel), name
        elif "enum" in shape:
            kinds["enum"] += 1
            enum = getattr(case.module, name)
            assert issubclass(enum, OpenEnum), name
            if case.client_class.botocore_version == BOTOCORE_VERSION:
                assert [member.value for member in enum] == shape["enum"]
    assert all(kinds.values())


def test_every_error_code_has_its_class(case: Case, model: dict[str, Any]) -> None:
    errors = case.client_class._errors()

    assert set(errors) >= {n for n, shape in model["shapes"].items() if shape.get("exception")}
    assert all(errors[name] is getattr(case.module, name) for name in errors)


def test_every_operation_is_there(case: Case, model: dict[str, Any]) -> None:
    operations: Any = case.client_class.operations

    assert isinstance(operations, Mapping)
    with pytest.raises(TypeError, match="item assignment"):
        operations["describe_nothing"] = None
    assert operations.get("describe_nothing") is None
    assert "describe_nothing" not in operations
    assert len(operations) == case.operations
    assert sum(operation.paginated for operation in operations.values()) == case.paginated
    assert {operation.name for operation in operations.values()} >= set(model["operations"])
    for method, operation in operations.items():
        assert method == operation.method_name == xform_name(operation.name)


def test_every_operation_finds_its_types(case: Case, model: dict[str, Any]) -> None:
    for method, operation in case.client_class.operations.items():
        raw = model["operations"].get(operation.name)
        if raw is None:
            continue
        request, result = operation.request_type, operation.result_type
        assert issubclass(request, Request)
        assert issubclass(result, Result)
        assert request.__operation__ == method
        assert request.__name__ == raw.get("input", {}).get("shape", f"{operation.name}Request")
        assert result.__name__ == raw.get("output", {}).get("shape", f"{operation.name}Result")
        assert getattr(case.module, request.__name__) is request
        assert getattr(case.module, result.__name__) is result
        names = {error.__name__ for error in operation.error_types}
        assert names == {error["shape"] for error in raw.get("errors", [])}


def test_every_schema_builds(case: Case) -> None:
    built = 0
    for name in case.module.__all__:
        value = getattr(case.module, name)
        if inspect.isclass(value) and issubclass(value, BaseModel):
            assert value.model_rebuild() is not False, name
            assert value.model_json_schema()["type"] == "object", name
            built += 1
    assert built > case.operations


def test_every_method_takes_the_members_of_its_request(case: Case) -> None:
    for method, operation in case.client_class.operations.items():
        function = getattr(case.client_class, method)
        _, *parameters = inspect.signature(function).parameters.values()
        fields = operation.request_type.model_fields
        assert [parameter.name for parameter in parameters] == list(fields), method
        assert inspect.iscoroutinefunction(function) is not operation.paginated, method
        for parameter in parameters:
            assert parameter.kind is parameter.KEYWORD_ONLY
            required = fields[parameter.name].is_required()
            assert parameter.default is (parameter.empty if required else None)
            assert f" {parameter.name}: " in function.__doc__, f"{method}.{parameter.name}"


def test_every_attribute_is_the_snake_case_of_its_member(case: Case, model: dict[str, Any]) -> None:
    for name, shape in model["shapes"].items():
        if shape["type"] != "structure" or shape.get("exception"):
            continue
        fields = getattr(case.module, name).model_fields
        aliases = {info.alias: attribute for attribute, info in fields.items()}
        if case.client_class.botocore_version == BOTOCORE_VERSION:
            assert set(aliases) == set(shape["members"]), name
        for alias, attribute in aliases.items():
            assert attribute == safe_name(xform_name(alias))
            assert attribute.isidentifier()
            assert not keyword.iskeyword(attribute)


def test_paginators_are_those_of_botocore(case: Case) -> None:
    paginators = Loader().load_service_model(case.service, "paginators-1")["pagination"]

    for operation in case.client_class.operations.values():
        raw = paginators.get(operation.name)
        if operation.paging is None:
            assert raw is None or case.client_class.botocore_version != BOTOCORE_VERSION
            continue
        request, result = operation.request_type.model_fields, operation.result_type.model_fields
        paging = operation.paging
        assert request[paging.input_token].alias == raw["input_token"]
        assert request[paging.limit].alias == raw["limit_key"]
        assert result[paging.output_token].alias == raw["output_token"]
        assert result[paging.items].alias == raw["result_key"]


def test_the_token_class_is_that_of_the_idempotency_tokens(
    case: Case, model: dict[str, Any]
) -> None:
    for operation in case.client_class.operations.values():
        raw = model["operations"].get(operation.name, {})
        shape = model["shapes"][raw["input"]["shape"]] if "input" in raw else {"members": {}}
        tokens = [n for n, ref in shape["members"].items() if ref.get("idempotencyToken")]
        assert (operation.idempotency == "token") is bool(tokens), operation.name
        assert [xform_name(name) for name in tokens] == ([operation.token] * bool(tokens))


def test_what_a_package_exports_is_what_its_modules_define(case: Case) -> None:
    exports = importlib.import_module(f"{case.package}._exports").MODULES
    defined: set[str] = set()
    for module_name, names in exports.items():
        module = importlib.import_module(f"{case.package}.{module_name}")
        defined |= set(names)
        own = {
            name
            for name, value in vars(module).items()
            if inspect.isclass(value) and defined_in(value) == module.__name__
        }
        public = {name for name in own if not name.startswith("_")}
        assert public <= set(names), module_name

    assert set(case.module.__all__) == defined
    assert len(case.module.__all__) == len(defined)
    assert all(getattr(case.module, name) is not None for name in defined)
    assert set(dir(case.module)) >= defined
    with pytest.raises(AttributeError, match="has no attribute 'NoSuchShape'"):
        _ = case.module.NoSuchShape


def test_the_exports_of_the_package_are_exact() -> None:
    errors = {
        name
        for name, value in vars(smsreg.errors).items()
        if inspect.isclass(value)
        and issubclass(value, SmsregError)
        and value.__module__ == "smsreg.errors"
    }

    assert set(smsreg.errors.__all__) == errors
    assert set(smsreg.__all__) == errors | {
        "EndUserMessagingClient",
        "Paginator",
        "RetryPolicy",
        "SMSVoiceClient",
        "SocialMessagingClient",
        "__version__",
        "idempotency_token",
    }
    assert len(smsreg.__all__) == len(set(smsreg.__all__))
    assert all(getattr(smsreg, name) is not None for name in smsreg.__all__)
    assert set(dir(smsreg)) >= set(smsreg.__all__)
