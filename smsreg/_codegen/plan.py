"""The plan of a package: the service's model joined with its table, checked, split by resource."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from smsreg._codegen.problem import GeneratorError
from smsreg._codegen.service import Member, OperationModel, Service, Shape, snake_case
from smsreg._codegen.tables import IDEMPOTENCY, OPERATION_KEYS, OperationEntry, Tables
from smsreg._runtime.models import base as runtime_model
from smsreg._runtime.operation import Guard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMON = "common"
ERRORS = "errors"
"""Modules of what several resources have in common, and of what only errors have."""
THROTTLING_CODES = frozenset({"ThrottlingException", "ThrottledRequestException"})
_TAKEN = frozenset(dir(BaseModel)) | frozenset(dir(runtime_model.Result))
_LOOK_AROUND = re.compile(r"\(\?(?:[=!]|<[=!])")


@dataclass(frozen=True, kw_only=True)
class OperationPlan:
    """An operation with its entry of the table."""

    model: OperationModel
    entry: OperationEntry
    phrase: str
    guards: list[Guard] = field(default_factory=list[Guard])


@dataclass(kw_only=True)
class Plan:
    """Everything that the renderers need, already checked."""

    service: Service
    tables: Tables
    operations: list[OperationPlan] = field(default_factory=list[OperationPlan])
    structures: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    enums: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    errors: list[str] = field(default_factory=list[str])
    home: dict[str, str] = field(default_factory=dict[str, str])
    known_home: dict[str, str] = field(default_factory=dict[str, str])
    in_requests: set[str] = field(default_factory=set[str])
    in_results: set[str] = field(default_factory=set[str])
    sensitive: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def attribute(self, structure: str, member: str) -> str:
        """Return the Python name of a member: snake case, with an underscore where it is taken."""
        name = next(m.attribute for m in self.shape(structure).members if m.name == member)
        return safe_name(name)

    def shape(self, name: str) -> Shape:
        """Return a shape by its name."""
        return self.service.shapes[name]

    def home_of(self, name: str) -> str:
        """Return the module of a model, an enum, or a request type that is named after one."""
        known = {**self.home, **self.known_home}
        return known.get(name) or known[name.removesuffix("Input").removesuffix("Dict")]

    def inputs(self, resource: str) -> list[str]:
        """Return the types for requests that list values, of one resource."""
        enums = self.enums.get(resource, ())
        named = [f"{name}Input" for name in enums if name in self.in_requests]
        return sorted([*named, *(n for n, home in self.known_home.items() if home == resource)])

    def shared(self, name: str) -> bool:
        """Whether a structure stands in requests as well as in results."""
        return name in self.in_requests and name in self.in_results

    def of_resource(self, resource: str) -> list[OperationPlan]:
        """Return the operations of one resource."""
        return [operation for operation in self.operations if operation.entry.resource == resource]


def safe_name(name: str) -> str:
    """Append an underscore where a name is Python's or pydantic's."""
    return f"{name}_" if keyword.iskeyword(name) or name in _TAKEN else name


def enum_member(value: str) -> str:
    """Return the Python name of an enum's value."""
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", value):
        value = re.sub(r"\W+", "_", snake_case(value)).upper()
    return f"_{value}" if value[:1].isdigit() else value


def make_plan(service: Service, tables: Tables) -> Plan:
    """Join a model with its table, and fail on everything that does not match."""
    service = _with_known_values(service, tables)
    plan = Plan(service=service, tables=tables)
    problems = [*_operations(plan), *_reach(plan)]
    _hide(plan)
    problems += [
        *_phrases(plan),
        *_patterns(plan),
        *_names(plan),
        *_waiters(plan),
        *_guards(plan),
        *tables.unused(),
    ]
    if problems:
        raise GeneratorError(service.name, sorted(problems))
    return plan


_KNOWN_KEYS = frozenset({"members", "values", "phrase", "reason"})


def _with_known_values(service: Service, tables: Tables) -> Service:
    """Add the known values of the table to plain strings.

    The members of an open enum get an enum of their own instead of a string. Those of
    ``known_values`` stay strings, and requests have a type that lists the values.
    """
    shapes = dict(service.shapes)
    problems: list[str] = []
    for section, entries in (
        ("open_enums", tables.open_enums),
        ("known_values", tables.known_values),
    ):
        for name, entry in entries.items():
            where = f"[{section}.{name}]"
            if missing := _KNOWN_KEYS - entry.keys():
                problems.append(f"{where}: {', '.join(sorted(missing))} missing")
                continue
            if name in shapes:
                problems.append(f"{where}: the model has a shape of this name")
                continue
            if section == "open_enums":
                shapes[name] = Shape(name=name, kind="string", enum=tuple(entry["values"]))
                tables.enum_phrases.entries.setdefault(name, entry["phrase"])
            elif not name.endswith("Input"):
                problems.append(f"{where}: the name of a type for requests ends in Input")
            for path in entry["members"]:
                structure, _, member = path.partition(".")
                shape = shapes.get(structure)
                old = next((m for m in shape.members if m.name == member), None) if shape else None
                if shape is None or old is None:
                    problems.append(f"{where} {path}: no such member")
                    continue
                new = (
                    replace(old, known=name)
                    if section == "known_values"
                    else replace(old, known=f"{name}Input", shape=_with_enum(shapes, old, name))
                )
                members = tuple(new if m is old else m for m in shape.members)
                shapes[structure] = replace(shape, members=members)
    if problems:
        raise GeneratorError(service.name, problems)
    return replace(service, shapes=shapes)


def _with_enum(shapes: dict[str, Shape], member: Member, enum: str) -> str:
    """Return the shape of a member that becomes an enum: the enum, or a list of it."""
    shape = shapes[member.shape]
    if shape.kind == "string":
        return enum
    listed = replace(shape, name=f"{enum}List", item=enum)
    shapes[listed.name] = listed
    return listed.name


def _operations(plan: Plan) -> Iterator[str]:
    for model in plan.service.operations:
        entry = plan.tables.operation(model.name)
        phrase = plan.tables.operation_phrases.get(model.name)
        if phrase is None:
            yield f"[phrases.operations] {model.name}: missing phrase"
        if entry is None:
            yield f"[operations] {model.name}: no resource and no idempotency class"
            continue
        yield from (
            f"[operations] {model.name}: no {key}"
            for key in OPERATION_KEYS
            if not getattr(entry, key)
        )
        if entry.resource and entry.resource not in plan.tables.resources:
            yield f"[operations] {model.name}: unknown resource {entry.resource!r}"
        if entry.idempotency and entry.idempotency not in IDEMPOTENCY:
            yield f"[operations] {model.name}: unknown idempotency class {entry.idempotency!r}"
        has_token = any(m.idempotency_token for m in plan.shape(model.input).members)
        if has_token != (entry.idempotency == "token"):
            yield f"[operations] {model.name}: class token is for inputs with a ClientToken"
        plan.operations.append(OperationPlan(model=model, entry=entry, phrase=phrase or ""))
    empty = plan.tables.resources.keys() - {o.entry.resource for o in plan.operations}
    yield from (f"[resources] {name}: has no operation" for name in empty)


def _reach(plan: Plan) -> Iterator[str]:
    """Find which resources use a shape, which determines its module."""
    resources: dict[str, set[str]] = {}
    order: dict[str, None] = {}

    def visit(name: str, resource: str, direction: set[str], above: tuple[str, ...]) -> None:
        shape = plan.shape(name)
        if name in above:
            raise GeneratorError(name, ["a structure that contains itself is not supported"])
        for inner in (*_shapes_of(shape), shape.item, shape.key):
            if inner:
                visit(inner, resource, direction, (*above, name))
        resources.setdefault(name, set()).add(resource)
        direction.add(name)
        order.setdefault(name)

    for operation in plan.operations:
        resource = operation.entry.resource
        visit(operation.model.input, resource, plan.in_requests, ())
        visit(operation.model.output, resource, plan.in_results, ())
        for error in operation.model.errors:
            visit(error, ERRORS, plan.in_results, ())
    for name in order:
        used_by = resources[name]
        _settle(plan, name, _home(used_by))
    for name, entry in plan.tables.known_values.items():
        structures = {path.partition(".")[0] for path in entry["members"]}
        plan.known_home[name] = _home({plan.home.get(name, COMMON) for name in structures})
        yield from (
            f"[known_values.{name}] {structure}: not in requests"
            for structure in structures - plan.in_requests
        )
    plan.errors.sort()
    unreached = {name for name, s in plan.service.shapes.items() if s.kind == "structure"}
    yield from (f"{n}: no operation reaches this structure" for n in unreached - order.keys())


def _home(resources: set[str]) -> str:
    return next(iter(resources)) if len(resources) == 1 else COMMON


def _shapes_of(shape: Shape) -> list[str]:
    """Return the shapes of a structure's members, in results and in requests."""
    return [
        name for member in shape.members for name in dict.fromkeys((member.shape, member.asked))
    ]


def _settle(plan: Plan, name: str, home: str) -> None:
    """Assign a shape to its module; strings and other scalars have none."""
    shape = plan.shape(name)
    if shape.exception:
        plan.errors.append(name)
    elif shape.kind == "structure":
        plan.home[name] = home
        plan.structures.setdefault(home, []).append(name)
    elif shape.enum:
        plan.home[name] = home
        plan.enums.setdefault(home, []).append(name)


def _all_members(plan: Plan) -> Iterator[tuple[str, str]]:
    names = [*plan.home, *plan.errors]
    for name in names:
        for member in plan.shape(name).members:
            yield name, member.name


def _hide(plan: Plan) -> None:
    """Record which attributes are sensitive, by the model and by the table."""
    for name in [*plan.home, *plan.errors]:
        hidden = plan.sensitive.setdefault(name, set())
        for member in plan.shape(name).members:
            entries = [
                plan.tables.sensitive.get(f"{name}.{member.name}"),
                plan.tables.sensitive.get(member.name),
            ]
            if member.sensitive or any(entries):
                hidden.add(safe_name(member.attribute))


def _phrases(plan: Plan) -> Iterator[str]:
    tops = {end for o in plan.operations for end in (o.model.input, o.model.output)}
    for name in [*plan.home, *plan.errors]:
        shape = plan.shape(name)
        if shape.enum:
            if plan.tables.enum_phrases.get(name) is None:
                yield f"[phrases.enums] {name}: missing phrase"
            for value in shape.enum:
                plan.tables.value_phrase(name, value)
        elif name not in tops and plan.tables.structure_phrases.get(name) is None:
            yield f"[phrases.structures] {name}: missing phrase"
    for name, member in _all_members(plan):
        if not member_phrase(plan.tables, name, member):
            yield f"[phrases.members] {name}.{member}: missing phrase"


def member_phrase(tables: Tables, structure: str, member: str) -> str:
    """Return the phrase for a member: its own in this structure, else the one of its name."""
    return tables.member_phrases.get(f"{structure}.{member}", member) or ""


def _patterns(plan: Plan) -> Iterator[str]:
    for name in sorted(_used_scalars(plan)):
        pattern = plan.shape(name).pattern
        entry = plan.tables.patterns.get(name)
        if pattern is not None and entry is None and _LOOK_AROUND.search(pattern):
            yield f"[patterns] {name}: {pattern} has a look-around, which Rust's engine lacks"


def _used_scalars(plan: Plan) -> Iterable[str]:
    return (name for name in plan.in_requests if plan.shape(name).pattern is not None)


def _names(plan: Plan) -> Iterator[str]:
    for name in [*plan.home, *plan.errors]:
        shape = plan.shape(name)
        members = [enum_member(value) for value in shape.enum] or [
            safe_name(member.attribute) for member in shape.members
        ]
        for member in {m for m in members if members.count(m) > 1}:
            yield f"{name}.{member}: two members of this name"
    literals = {f"{name}Input" for name in plan.home if plan.shape(name).enum}
    yield from (
        f"{name}: the name of an enum's input type" for name in literals & plan.known_home.keys()
    )
    yield from (f"{name}: the name of an enum's input type" for name in literals & plan.home.keys())
    dicts = {f"{name}Dict" for name in plan.in_requests if plan.shape(name).kind == "structure"}
    yield from (f"{name}: the name of a typed dictionary" for name in dicts & plan.home.keys())


_WAITER_KEYS = frozenset({
    "phrase", "operation", "id", "id_phrase", "status", "success", "failure", "min_delay",
    "max_delay",
})  # fmt: skip
_WAITER_EXTRAS = frozenset({
    "action", "arn", "denial", "endless", "ids", "parent", "parent_phrase", "timeout",
})  # fmt: skip


def _waiters(plan: Plan) -> Iterator[str]:
    reads = {o.model.name: o.model for o in plan.operations if o.entry.idempotency == "read"}
    listings = {name: model for name, model in reads.items() if model.paging is not None}
    for name, entry in plan.tables.waiters.items():
        where = f"[waiters.{name}]"
        keys = entry.keys()
        yield from (f"{where}: no {key}" for key in sorted(_WAITER_KEYS - keys))
        unused = keys - _WAITER_KEYS - _WAITER_EXTRAS
        yield from (f"{where}: unused entry {key!r}" for key in sorted(unused))
        if not keys >= _WAITER_KEYS:
            continue
        if "ids" not in entry and entry["operation"] in reads.keys() - listings.keys():
            yield from (f"{where}: {p}" for p in _waiter(plan, reads[entry["operation"]], entry))
            continue
        named = [
            entry["operation"],
            *(entry.get("denial", {}).get(k) for k in ("versions", "values")),
        ]
        yield from (f"{where}: no listing {n!r}" for n in named if n and n not in listings)
        if not all(n in listings for n in named if n):
            continue
        if "ids" not in entry:
            yield f"{where}: no ids, which a listing needs"
            continue
        yield from (f"{where}: {p}" for p in _waiter(plan, listings[entry["operation"]], entry))
        if "denial" in entry:
            yield from (f"{where}: {p}" for p in _denial(plan, listings, entry))


def _waiter(plan: Plan, model: OperationModel, entry: dict[str, Any]) -> Iterator[str]:
    """Check a waiter's members against its listing, and its statuses against their enum."""
    endless: dict[str, Any] = entry.get("endless", {})
    yield from _absent(plan, model.input, entry, ("ids" if model.paging else "id", "parent"))
    item = described(plan, model)
    yield from _absent(plan, item, entry, ("id", "arn", "status"))
    yield from _absent(plan, item, endless, ("member",))
    statuses = [*entry["success"], *entry["failure"], *entry.get("action", [])]
    shown = {member.name: member.shape for member in plan.shape(item).members}
    for member, named in (
        (entry["status"], statuses),
        (endless.get("member", ""), endless.get("values", [])),
    ):
        known = plan.shape(shown[member]).enum if member in shown else named
        yield from (f"{value!r} is no value of {member}" for value in named if value not in known)


def _denial(
    plan: Plan, listings: dict[str, OperationModel], entry: dict[str, Any]
) -> Iterator[str]:
    """Check where the reasons for a denial are read."""
    denial: dict[str, Any] = entry["denial"]
    versions, values = listings[denial["versions"]], listings[denial["values"]]
    yield from _absent(plan, described(plan, listings[entry["operation"]]), denial, ("number",))
    yield from _absent(plan, versions.input, denial, ("owner", "numbers"))
    yield from _absent(plan, described(plan, versions), denial, ("reasons", "feedback"))
    yield from _absent(plan, values.input, denial, ("owner", "version"))
    yield from _absent(plan, described(plan, values), denial, ("path", "reason", "feedback"))


def described(plan: Plan, model: OperationModel) -> str:
    """Return the structure that describes a resource: a listing's item, or the whole output."""
    paging = model.paging
    if paging is None:
        return model.output
    listed = next(m for m in plan.shape(model.output).members if m.name == paging.items)
    return plan.shape(listed.shape).item


def _absent(
    plan: Plan, structure: str, entry: dict[str, Any], keys: tuple[str, ...]
) -> Iterator[str]:
    """List the members of an entry that a structure does not have."""
    known = {member.name for member in plan.shape(structure).members}
    for key in keys:
        if key in entry and entry[key] not in known:
            yield f"{structure} has no member {entry[key]!r}"


def _guards(plan: Plan) -> Iterator[str]:
    """Set the guards of the operations from the table, and yield the problems."""
    guarded = {o.model.name: o for o in plan.operations if o.entry.idempotency == "guarded"}
    tables = plan.tables.guards
    yield from (f"[guards.{name}]: unused entry" for name in tables.keys() - guarded.keys())
    for name, operation in guarded.items():
        if not tables.get(name):
            yield f"[guards.{name}]: a guarded operation needs a guard"
        for key, entry in tables.get(name, {}).items():
            facts: dict[str, str] = {"reason": entry} if isinstance(entry, str) else entry
            guard = _guard(plan, operation.model, key, conclusive="otherwise" not in facts)
            if isinstance(guard, str):
                yield f"[guards.{name}] {key}: {guard}"
            elif not facts.get("reason") or facts.keys() - {"reason", "otherwise"}:
                yield f"[guards.{name}] {key}: it takes a reason, and what it can mean otherwise"
            else:
                operation.guards.append(guard)


def _guard(plan: Plan, model: OperationModel, key: str, *, conclusive: bool) -> Guard | str:
    """Read an error's code, with a value of its Reason or ResourceType; or return what is wrong."""
    code, _, value = key.partition(":")
    if code not in model.errors:
        return f"{model.name} has no error {code}"
    if not value:
        return Guard(code=code, conclusive=conclusive)
    enums = {member.name: plan.shape(member.shape).enum for member in plan.shape(code).members}
    if value in enums.get("Reason", ()):
        return Guard(code=code, reason=value, conclusive=conclusive)
    if value in enums.get("ResourceType", ()):
        return Guard(code=code, resource_type=value, conclusive=conclusive)
    return f"{value} is no Reason and no ResourceType of {code}"
