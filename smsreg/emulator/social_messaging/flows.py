"""WhatsApp flows: DRAFT, PUBLISHED, DEPRECATED."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

from smsreg.emulator.core.indexes import Index
from smsreg.emulator.core.paging import Listing, page
from smsreg.emulator.core.safe_json import parse
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.social_messaging.accounts import BY_ACCOUNT, find_account, missing, wrong

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
PREVIEW_LIFETIME = 30 * 86_400
"""Seconds. inferred: the address of a preview is good for 30 days."""


def _find(call: Call) -> Doc:
    account = find_account(call.world, call.params["id"])
    record: Doc | None = call.world.state.table("flows").get(call.params["flowId"])
    if record is None or record["_account"] != account["id"]:
        raise missing("flow")
    return record


def _in(record: Doc, *statuses: str) -> None:
    if record["flowStatus"] not in statuses:
        # inferred: a change that Meta does not allow comes back as InvalidParametersException.
        msg = f"The flow is {record['flowStatus']}, not {' or '.join(statuses)}"
        raise wrong(msg)


def _complaints(content: bytes) -> list[str]:
    """inferred: a flow needs a JSON object with a version and screens."""
    try:
        document = parse(content)
    except ValueError:
        return ["INVALID_JSON: the flow is not JSON"]
    if not isinstance(document, dict):
        return ["INVALID_JSON: the flow is not a JSON object"]
    return [
        f"MISSING_REQUIRED_PROPERTY: {name}"
        for name in ("version", "screens")
        if name not in document
    ]


def _free_name(world: World, account: Doc, name: str) -> str:
    if world.state.table("flows").count_having(_BY_NAME, (account["id"], name)):
        raise wrong("flowName: there is a flow of this name")
    return name


_BY_NAME = Index(
    frozenset({"flowName", "_account"}), lambda flow: [(flow["_account"], flow["flowName"])]
)


@HANDLERS.handle("CreateWhatsAppFlow")
def create(call: Call) -> Doc:
    """Create a draft, published at once if requested and valid."""
    world, params = call.world, call.params
    account = find_account(world, params["id"])
    name = _free_name(world, account, params["flowName"])
    source: Doc | None = None
    if "cloneFlowId" in params:
        source = world.state.table("flows").get(params["cloneFlowId"])
        if source is None:
            raise missing("flow to clone")
    complaints = source["validationErrors"] if source else ["MISSING_FLOW_JSON"]
    if "flowJson" in params:
        complaints = _complaints(params["flowJson"])
    if params.get("publish") and complaints:
        raise wrong("A flow with errors cannot be published")
    identifier = world.digits(16)
    record: Doc = {
        "flowId": identifier,
        "flowName": name,
        "flowStatus": "PUBLISHED" if params.get("publish") else "DRAFT",
        "categories": list(dict.fromkeys(params["categories"])),
        "validationErrors": complaints,
        "endpointUri": params.get("endpointUri"),
        "jsonVersion": "7.0",
        "dataApiVersion": "3.0",
        "_account": account["id"],
        "_preview": world.hex(),
        "_previewed": world.now(),
        "_application": None,
    }
    world.state.add("flows", identifier, record)
    return record


@HANDLERS.handle("UpdateWhatsAppFlow")
def update(call: Call) -> Doc:
    """Update the name, categories, endpoint and application of a flow."""
    params = call.params
    record = _find(call)
    _in(record, "DRAFT", "PUBLISHED")
    if "flowName" in params and params["flowName"] != record["flowName"]:
        account = find_account(call.world, params["id"])
        record["flowName"] = _free_name(call.world, account, params["flowName"])
    for key in ("categories", "endpointUri"):
        if key in params:
            record[key] = params[key]
    if "metaAppId" in params:
        record["_application"] = params["metaAppId"]
    return {}


@HANDLERS.handle("UpdateWhatsAppFlowAssets")
def update_assets(call: Call) -> Doc:
    """Replace the JSON document of a draft."""
    record = _find(call)
    _in(record, "DRAFT")
    record["validationErrors"] = _complaints(call.params["flowJson"])
    return record


@HANDLERS.handle("PublishWhatsAppFlow")
def publish(call: Call) -> Doc:
    """Publish a draft without errors; this is irreversible."""
    record = _find(call)
    _in(record, "DRAFT")
    if record["validationErrors"]:
        raise wrong("A flow with errors cannot be published")
    record["flowStatus"] = "PUBLISHED"
    return {}


@HANDLERS.handle("DeprecateWhatsAppFlow")
def deprecate(call: Call) -> Doc:
    """Deprecate a published flow."""
    record = _find(call)
    _in(record, "PUBLISHED")
    record["flowStatus"] = "DEPRECATED"
    return {}


@HANDLERS.handle("DeleteWhatsAppFlow")
def delete(call: Call) -> Doc:
    """Delete a draft."""
    record = _find(call)
    _in(record, "DRAFT")
    del call.world.state.table("flows")[record["flowId"]]
    return {}


@HANDLERS.handle("GetWhatsAppFlow")
def get(call: Call) -> Doc:
    """A flow with its preview, account and health."""
    record = _find(call)
    account = find_account(call.world, call.params["id"])
    application: str | None = record["_application"]
    fine = "AVAILABLE" if not record["validationErrors"] else "BLOCKED"
    return {
        **record,
        "preview": _preview(record),
        "whatsAppBusinessAccount": {"id": account["wabaId"], "name": account["wabaName"]},
        "application": {"name": "Emulated app", "id": application} if application else None,
        "healthStatus": {
            "canSendMessage": fine,
            "entities": [{"entityType": "FLOW", "id": record["flowId"], "canSendMessage": fine}],
        },
    }


@HANDLERS.handle("GetWhatsAppFlowPreview")
def get_preview(call: Call) -> Doc:
    """The preview of a flow, with a new address if the old one is to be invalidated."""
    record = _find(call)
    if call.params.get("invalidate"):
        record["_preview"] = call.world.hex()
        record["_previewed"] = call.world.now()
    return {"flowId": record["flowId"], "preview": _preview(record)}


def _preview(record: Doc) -> Doc:
    end = datetime.fromtimestamp(record["_previewed"] + PREVIEW_LIFETIME, timezone.utc)
    return {
        "previewUrl": f"https://flows.example.com/{record['flowId']}?token={record['_preview']}",
        "expiresAt": end.isoformat(),
    }


@HANDLERS.handle("ListWhatsAppFlows")
def list_all(call: Call) -> Doc:
    """List the flows of an account."""
    account = find_account(call.world, call.params["id"])
    records = partial(call.world.state.table("flows").having, BY_ACCOUNT, account["id"])
    items = Listing.records(records).map(
        lambda record: {**record, "flowCategories": record["categories"]}
    )
    return page(call.operation, call.params, items, "flows")


@HANDLERS.handle("ListWhatsAppFlowAssets")
def list_assets(call: Call) -> Doc:
    """The flow's one JSON document."""
    record = _find(call)
    asset: Doc = {
        "name": "flow.json",
        "assetType": "FLOW_JSON",
        "downloadUrl": f"https://flows.example.com/{record['flowId']}/flow.json",
    }
    return page(call.operation, call.params, [asset], "flowAssets")
