"""Drafts in files: YAML, or JSON by the name ``.json``.

    key: tenant-7/toll-free
    registration_type: US_TOLL_FREE_REGISTRATION
    values:
      companyInfo.companyName: Example Dental
      messagingUseCase.optInImage: {file: opt-in.png}
    phone_number: {iso_country_code: US, number_type: TOLL_FREE}
    associations: [other/key]

Attachments are ``{file: …}``, relative to the file's folder and inside of it, ``{s3: …}`` or
``{existing: …}``. ``{remove: true}`` removes a value that a brand profile has filled.
"""

from __future__ import annotations

import difflib
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from smsreg._text import escape
from smsreg.errors import InvalidRequestError
from smsreg.registration.attachments import Attachment
from smsreg.registration.draft_parts import BAD_REFERENCE, Draft, PhoneNumberRequest
from smsreg.registration.follow_up import AfterApproval, EventDestinationRequest, Keyword
from smsreg.registration.node_file import read_file
from smsreg.registration.nodes import Node, Place, quoted, refusal
from smsreg.registration.values import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike


DraftT = TypeVar("DraftT", bound=Draft)
_FLAGS = {"true": True, "false": False}
RecordT = TypeVar("RecordT", Keyword, EventDestinationRequest)
_FOLLOW_UPS = tuple(item.name for item in fields(AfterApproval))
_NUMBER_MEMBERS = tuple(item.name for item in fields(PhoneNumberRequest))


def read_one(path: str | PathLike[str], kind: type[DraftT]) -> DraftT:
    """Read a file with one draft; see ``RegistrationDraft.read``."""
    found = read_all(path, kind)
    if len(found) != 1:
        message = f"the file has {len(found)} drafts, and one is wanted: use read_all"
        raise refusal(Place(1, 1), message)
    return found[0]


def read_all(path: str | PathLike[str], kind: type[DraftT]) -> list[DraftT]:
    """Read a file with several drafts; see ``RegistrationDraft.read_all``."""
    folder = Path(path).parent
    nodes: list[Node] = []
    for document in read_file(path):
        nodes += document.value if isinstance(document.value, list) else [document]
    drafts: list[DraftT] = []
    for node in nodes:
        draft = _draft(node, folder, kind)
        if any(draft.key == other.key for other in drafts):
            raise refusal(node.place, "an earlier draft has the same key")
        drafts.append(draft)
    return drafts


def read_values(path: str | PathLike[str]) -> dict[str, Any]:
    """Read a file that is a mapping from field paths to values.

    Raises:
        InvalidRequestError: The file is not such a mapping; with line and column.
        ConfigurationError: PyYAML is not installed, and the file is no JSON file.
        OSError: The file cannot be read.
    """
    documents = read_file(path)
    if len(documents) != 1:
        raise refusal(Place(1, 1), "the file must be one mapping from field paths to values")
    return _values(documents[0], Path(path).parent)


def _draft(node: Node, folder: Path, kind: type[DraftT]) -> DraftT:
    members = node.members("a draft")
    _known(members, [item.name for item in fields(kind)], "a draft")
    for name in ("key", "registration_type"):
        if name not in members or not members[name].text(name):
            raise refusal(node.place, f"the draft has no {name}")
    made: dict[str, Any] = {}
    for name, member in members.items():
        if name == "values":
            made[name] = _values(member, folder)
        elif name == "phone_number":
            made[name] = _number(member)
        elif name == "after_approval":
            made[name] = _after_approval(member)
        elif name == "tags":
            tags = member.members(name)
            made[name] = {key: value.text("a tag") for key, value in tags.items()}
        elif name in ("associations", "after"):
            made[name] = _references(member, name)
        elif name == "aws_review":
            made[name] = _flag(member, name)
        else:
            made[name] = member.text(name)
    return kind(**made)


def _known(members: Mapping[str, Node], names: Iterable[str], what: str) -> None:
    known = list(names)
    for name, node in members.items():
        if name not in known:
            close = difflib.get_close_matches(name[:100], known, 1)
            nearest = f": did you mean {close[0]}?" if close else f"; it has {', '.join(known)}"
            raise refusal(node.place, f"{what} has no {escape(name[:100])}{nearest}")


def _texts(node: Node, name: str) -> list[str]:
    return [item.text(f"each of the {name}") for item in node.items(name)]


def _references(node: Node, name: str) -> list[str]:
    for item in node.items(name):
        if not plain_text(item.value):
            raise refusal(item.place, BAD_REFERENCE[name])
    return _texts(node, name)


def _flag(node: Node, name: str) -> bool:
    text = node.text(name)
    if text not in _FLAGS:
        raise refusal(node.place, f"{name} must be true or false")
    return _FLAGS[text]


def _number(node: Node) -> PhoneNumberRequest:
    members = node.members("phone_number")
    _known(members, _NUMBER_MEMBERS, "phone_number")
    made: dict[str, Any] = {}
    for name, member in members.items():
        if name == "number_capabilities":
            made[name] = _texts(member, name)
        elif name.endswith("_enabled"):
            made[name] = _flag(member, name)
        else:
            made[name] = member.text(name)
    for name in ("iso_country_code", "number_type"):
        if not made.get(name):
            raise refusal(node.place, f"phone_number has no {name}")
    return PhoneNumberRequest(**made)


def _after_approval(node: Node) -> AfterApproval:
    members = node.members("after_approval")
    _known(members, _FOLLOW_UPS, "after_approval")
    made: dict[str, Any] = {}
    for name, member in members.items():
        if name == "keywords":
            made[name] = [_record(item, Keyword, "a keyword") for item in member.items(name)]
        elif name == "event_destination":
            made[name] = _record(member, EventDestinationRequest, name)
        else:
            made[name] = member.text(name)
    return AfterApproval(**made)


def _record(node: Node, kind: type[RecordT], what: str) -> RecordT:
    """Read a mapping whose members are the attributes of a class: texts, and lists of texts."""
    members = node.members(what)
    known = {item.name: item for item in fields(kind)}
    _known(members, known, what)
    for name, attribute in known.items():
        if attribute.default is MISSING and name not in members:
            raise refusal(node.place, f"{what} has no {name}")
    made: dict[str, Any] = {
        name: _texts(member, name) if name == "event_types" else member.text(name)
        for name, member in members.items()
    }
    return kind(**made)


def _values(node: Node, folder: Path) -> dict[str, Any]:
    return {path: _value(value, folder) for path, value in node.members("values").items()}


def _value(node: Node, folder: Path) -> Any:  # noqa: ANN401 -- a text, a list or an attachment
    if isinstance(node.value, str):
        return node.value
    if isinstance(node.value, list):
        return [item.text("a choice") for item in node.value]
    members = node.value
    if set(members) == {"remove"}:
        if not _flag(members["remove"], "remove"):
            raise refusal(node.place, "remove must be true, or left out")
        return None
    _known(members, ("file", "s3", "existing", "strip_metadata"), "an attachment")
    strip = "strip_metadata" in members and _flag(members["strip_metadata"], "strip_metadata")
    sources = [name for name in members if name != "strip_metadata"]
    if len(sources) != 1:
        raise refusal(node.place, "an attachment has one of file, s3 and existing")
    reference = members[sources[0]].text(sources[0])
    if sources[0] == "file":
        return Attachment.from_file(reference, folder=folder, strip_metadata=strip)
    return Attachment.from_s3(reference) if sources[0] == "s3" else Attachment.existing(reference)


def to_yaml(draft: Draft) -> str:
    """Write a draft; see ``RegistrationDraft.to_yaml``."""
    lines = [f"key: {quoted(draft.key)}", f"registration_type: {quoted(draft.registration_type)}"]
    if draft.registration_id:
        lines.append(f"registration_id: {quoted(draft.registration_id)}")
    if draft.brand_profile:
        lines.append(f"brand_profile: {quoted(draft.brand_profile)}")
    lines.append("values:" if draft.values else "values: {}")
    lines += [f"  {quoted(path)}: {_written(path, value)}" for path, value in draft.values.items()]
    if draft.associations:
        lines.append(f"associations: {quoted(list(draft.associations))}")
    if draft.after:
        lines.append(f"after: {quoted(list(draft.after))}")
    if draft.phone_number is not None:
        given = _without_none(asdict(draft.phone_number))
        lines.append(f"phone_number: {quoted(given)}")
    if draft.after_approval is not None:
        lines.append(f"after_approval: {quoted(_without_none(asdict(draft.after_approval)))}")
    if draft.tags:
        lines.append(f"tags: {quoted(dict(draft.tags))}")
    if draft.aws_review:
        lines.append("aws_review: true")
    return "\n".join(lines) + "\n"


def _without_none(value: object) -> object:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value).items()
        return {name: _without_none(item) for name, item in members if item is not None}
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return [_without_none(item) for item in cast("list[object]", value)]
    return value


def _written(path: str, value: object) -> str:
    if value is None:
        return '{"remove": "true"}'
    if isinstance(value, Attachment):
        if value.source == "bytes":
            message = "an attachment from memory cannot be written: use a file"
            raise InvalidRequestError(None, [(path, message)])
        flag = ', "strip_metadata": "true"' if value.strip_metadata else ""
        return f'{{"{value.source}": {quoted(value.reference)}{flag}}}'
    text = plain_text(value)
    return quoted(text if text is not None else list(cast("Iterable[str]", value)))
