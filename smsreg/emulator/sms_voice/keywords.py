"""Keywords of numbers, pools and agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import FieldProblem, conflict, invalid, not_found, over_quota
from smsreg.emulator.core.filters import Fields
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice.identities import ARN_KEYS, ID_KEYS, resolve

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "keyword"
_FIELDS = Fields()
# inferred: every identity has HELP and STOP from the start, answered in these words.
_FIXED: dict[str, tuple[str, str]] = {
    "HELP": ("Reply STOP to get no more messages.", "AUTOMATIC_RESPONSE"),
    "STOP": ("You will get no more messages.", "OPT_OUT"),
}


def _own(world: World, arn: str) -> dict[str, Doc]:
    own: dict[str, Doc] = world.state.table("keywords").get(arn, {})
    return own


def of(world: World, arn: str) -> dict[str, Doc]:
    """The keywords of an identity, including the default ones."""
    fixed = {word: _entry(word, text, action) for word, (text, action) in _FIXED.items()}
    return {**fixed, **_own(world, arn)}


def _entry(word: str, text: str, action: str) -> Doc:
    return {"Keyword": word, "KeywordMessage": text, "KeywordAction": action}


def inherit(world: World, pool_arn: str, identity_arn: str) -> None:
    """Copy its first identity's keywords to a new pool."""
    own = _own(world, identity_arn)
    if own:
        world.state.table("keywords")[pool_arn] = dict(own)


def check_match(world: World, pool: Doc, kind: str, identity: Doc) -> None:
    """inferred: an identity that joins a pool has the pool's keywords or none of its own."""
    own = _own(world, identity[ARN_KEYS[kind]])
    if own and own != _own(world, pool["PoolArn"]):
        raise conflict("KEYWORD_MISMATCH", "Other keywords", "pool", pool["PoolId"])


def _identity(world: World, reference: str) -> Doc:
    kind, record = resolve(world, reference)
    if kind == "sender-id":
        raise invalid("INVALID_PARAMETER", "Nobody can reply to a sender id")
    return {
        "OriginationIdentityArn": record[ARN_KEYS[kind]],
        "OriginationIdentity": record[ID_KEYS[kind]],
        "_kind": kind,
        "_number_type": record.get("NumberType"),
    }


@HANDLERS.handle("PutKeyword")
def put(call: Call) -> Doc:
    """inferred: keywords are kept in capitals."""
    world, params = call.world, call.params
    identity = _identity(world, params["OriginationIdentity"])
    word = params["Keyword"].strip().upper()
    if not word or params["Keyword"].endswith(" "):
        problem = FieldProblem("keyword", "it is blank or has a space at its end")
        raise invalid("INVALID_PARAMETER", "Invalid parameter", problem)
    known = of(world, identity["OriginationIdentityArn"])
    action = params.get("KeywordAction") or known.get(word, {}).get(
        "KeywordAction", "AUTOMATIC_RESPONSE"
    )
    if word in _FIXED and action != _FIXED[word][1]:
        raise conflict("RESOURCE_MODIFICATION_NOT_ALLOWED", "Its action is fixed", KIND, word)
    network = identity["_number_type"] == "TOLL_FREE" and (word == "STOP" or action == "OPT_OUT")
    if network:
        # inferred: an opt-out keyword of a toll-free number is RESOURCE_MODIFICATION_NOT_ALLOWED.
        raise conflict(
            "RESOURCE_MODIFICATION_NOT_ALLOWED", "The network handles opt-outs", KIND, word
        )
    limit = world.settings.quotas["KEYWORDS_PER_IDENTITY"]
    if word not in known and len(known) >= limit:
        pool = identity["_kind"] == "pool"
        raise over_quota(
            "KEYWORDS_PER_POOL" if pool else "KEYWORDS_PER_PHONE_NUMBER", f"The limit is {limit}"
        )
    entry = _entry(word, params["KeywordMessage"], action)
    own = world.state.table("keywords").setdefault(identity["OriginationIdentityArn"], {})
    own[word] = entry
    return {**identity, **entry}


@HANDLERS.handle("DescribeKeywords")
def describe(call: Call) -> Doc:
    """List the keywords of an identity, by word and action."""
    world, params = call.world, call.params
    identity = _identity(world, params["OriginationIdentity"])
    known = of(world, identity["OriginationIdentityArn"])
    wanted = [word.strip().upper() for word in params.get("Keywords") or ()]
    for word in wanted:
        if word not in known:
            raise not_found(KIND, word)
    items = [entry for word, entry in known.items() if not wanted or word in wanted]
    return page(
        call.operation,
        params,
        _FIELDS.matching(items, params),
        "Keywords",
        OriginationIdentityArn=identity["OriginationIdentityArn"],
        OriginationIdentity=identity["OriginationIdentity"],
    )


@HANDLERS.handle("DeleteKeyword")
def delete(call: Call) -> Doc:
    """Delete a keyword other than HELP and STOP."""
    world = call.world
    identity = _identity(world, call.params["OriginationIdentity"])
    word = call.params["Keyword"].strip().upper()
    if word in _FIXED:
        raise conflict("RESOURCE_DELETION_NOT_ALLOWED", "Every identity has it", KIND, word)
    own = _own(world, identity["OriginationIdentityArn"])
    if word not in own:
        raise not_found(KIND, word)
    return {**identity, **own.pop(word)}
