"""WhatsApp message templates."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from smsreg.emulator.core.indexes import Index
from smsreg.emulator.core.paging import Listing, page
from smsreg.emulator.core.safe_json import parse
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.social_messaging.accounts import BY_ACCOUNT, find_account, missing, wrong
from smsreg.emulator.social_messaging.json_blobs import read_object, text_of
from smsreg.emulator.social_messaging.template_library import LIBRARY

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
_LONGEST = 6000


def _settle(world: World, record: Doc) -> Doc:
    span = world.settings.review_seconds
    due = span is not None and world.now() >= record["_submitted"] + span
    if record["templateStatus"] == "PENDING" and due:
        record["templateStatus"] = "APPROVED"
    return record


_BY_NAME = Index(
    frozenset({"templateName", "_account"}),
    lambda template: [(template["_account"], template["templateName"])],
)


def named(world: World, account_id: str, name: Hashable) -> Iterator[Doc]:
    """An account's templates of one name, a language each."""
    return world.state.table("templates").having(_BY_NAME, (account_id, name))


def _find(call: Call) -> Doc:
    """The template with this id, or this name and language."""
    params = call.params
    world = call.world
    account_id = find_account(world, params["id"])["id"]
    if "metaTemplateId" in params:
        record = world.state.table("templates").get(params["metaTemplateId"])
        found = [record] if record is not None and record["_account"] == account_id else []
    elif "templateName" in params:
        found = list(named(world, account_id, params["templateName"]))
        language = params.get("templateLanguageCode")
        if language is not None:
            found = [r for r in found if r["templateLanguage"] == language]
    else:
        raise wrong("metaTemplateId or templateName is needed")
    if not found:
        raise missing("template")
    return _settle(world, found[0])


# inferred: name, language, category and components of a definition are looked at, and what Meta
# refuses comes back as InvalidParametersException.
def _add(world: World, account: Doc, definition: Doc, member: str) -> Doc:
    name = text_of(definition, "name", member, 512)
    language = text_of(definition, "language", member, 6)
    category = text_of(definition, "category", member, 100).upper()
    if not _NAME.fullmatch(name):
        msg = f"{member}: a name has small letters, digits and underscores"
        raise wrong(msg)
    if category not in _CATEGORIES:
        msg = f"{member}: category must be one of {', '.join(_CATEGORIES)}"
        raise wrong(msg)
    for other in named(world, account["id"], name):
        if other["templateLanguage"] == language:
            msg = f"{member}: there is a template of this name in this language"
            raise wrong(msg)
    identifier = world.digits(16)
    record: Doc = {
        "metaTemplateId": identifier,
        "templateName": name,
        "templateLanguage": language,
        "templateCategory": category,
        "templateStatus": "PENDING",
        "templateQualityScore": "UNKNOWN",
        "templateSource": "CUSTOMER",
        "_definition": definition,
        "_account": account["id"],
        "_submitted": world.now(),
    }
    world.state.add("templates", identifier, record)
    return {**record, "category": category}


@HANDLERS.handle("CreateWhatsAppMessageTemplate")
def create(call: Call) -> Doc:
    """Create a template, which is PENDING until it is reviewed."""
    account = find_account(call.world, call.params["id"])
    member = "templateDefinition"
    definition = read_object(call.params[member], member)
    if not isinstance(definition.get("components", []), list):
        msg = f"{member}: components must be a list"
        raise wrong(msg)
    return _add(call.world, account, definition, member)


@HANDLERS.handle("CreateWhatsAppMessageTemplateFromLibrary")
def create_from_library(call: Call) -> Doc:
    """Create a copy of one of Meta's templates under a new name."""
    account = find_account(call.world, call.params["id"])
    wish: Doc = call.params["metaLibraryTemplate"]
    source = [t for t in LIBRARY if t["templateName"] == wish["libraryTemplateName"]]
    if not source:
        raise missing("library template")
    definition: Doc = {
        "name": wish["templateName"],
        "language": wish["templateLanguage"],
        "category": wish["templateCategory"],
        "components": [{"type": "BODY", "text": source[0]["templateBody"]}],
    }
    made = _add(call.world, account, definition, "metaLibraryTemplate")
    call.world.state.table("templates")[made["metaTemplateId"]]["templateSource"] = "LIBRARY"
    return made


@HANDLERS.handle("CreateWhatsAppMessageTemplateMedia")
def create_media(call: Call) -> Doc:
    """A handle for a header's sample file, which is assumed to exist in S3."""
    find_account(call.world, call.params["id"])
    if "sourceS3File" not in call.params:
        raise wrong("sourceS3File is needed")
    return {"metaHeaderHandle": f"4::{call.world.hex()}"}


@HANDLERS.handle("GetWhatsAppMessageTemplate")
def get(call: Call) -> Doc:
    """A template as Meta returns it: one JSON document."""
    record = _find(call)
    full: dict[str, Any] = {
        **record["_definition"],
        "id": record["metaTemplateId"],
        "status": record["templateStatus"],
    }
    text = json.dumps(full, separators=(",", ":"), ensure_ascii=False)
    if len(text) > _LONGEST:
        full["components"] = []
        text = json.dumps(full, separators=(",", ":"), ensure_ascii=False)[:_LONGEST]
    return {"template": text}


@HANDLERS.handle("ListWhatsAppMessageTemplates")
def list_all(call: Call) -> Doc:
    """List the templates of an account."""
    world = call.world
    account = find_account(world, call.params["id"])
    records = partial(world.state.table("templates").having, BY_ACCOUNT, account["id"])
    items = Listing.records(records).map(lambda record: _settle(world, record))
    return page(call.operation, call.params, items, "templates")


@HANDLERS.handle("UpdateWhatsAppMessageTemplate")
def update(call: Call) -> Doc:
    """Update the content or category of a template, which is reviewed again."""
    params = call.params
    record = _find(call)
    components: Any = None
    if "templateComponents" in params:
        try:
            components = parse(params["templateComponents"])
        except ValueError:
            components = None
        if not isinstance(components, list):
            raise wrong("templateComponents: it is not a JSON list")
    category = str(params.get("templateCategory", record["templateCategory"])).upper()
    if category not in _CATEGORIES:
        msg = f"templateCategory must be one of {', '.join(_CATEGORIES)}"
        raise wrong(msg)
    if components is not None:
        record["_definition"]["components"] = components
    record["_definition"]["category"] = record["templateCategory"] = category
    record["templateStatus"] = "PENDING"
    record["_submitted"] = call.world.now()
    return {}


@HANDLERS.handle("DeleteWhatsAppMessageTemplate")
def delete(call: Call) -> Doc:
    """Delete a template by its id, or all languages of a name."""
    world, params = call.world, call.params
    account = find_account(world, params["id"])
    found = list(named(world, account["id"], params["templateName"]))
    if "metaTemplateId" in params and not params.get("deleteAllLanguages"):
        found = [r for r in found if r["metaTemplateId"] == params["metaTemplateId"]]
    if not found:
        raise missing("template")
    for record in found:
        del world.state.table("templates")[record["metaTemplateId"]]
    return {}


@HANDLERS.handle("ListWhatsAppTemplateLibrary")
def list_library(call: Call) -> Doc:
    """inferred: a filter names a member of the response and its value."""
    find_account(call.world, call.params["id"])
    items: list[Doc] = LIBRARY
    wanted: dict[str, str] = call.params.get("filters") or {}
    for name, value in wanted.items():
        items = [item for item in items if str(item.get(name)) == value]
    return page(call.operation, call.params, items, "metaLibraryTemplates")
