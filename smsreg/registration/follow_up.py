"""What follows an approval: keywords, two-way channel, pool, event destination, resource policy."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smsreg._token import idempotency_token
from smsreg.registration.problems import FormProblem
from smsreg.registration.steps import Step
from smsreg.sms_voice import (
    CloudWatchLogsDestination,
    EventType,
    KeywordAction,
    KinesisFirehoseDestination,
    ResourceNotFoundException,
    SnsDestination,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from smsreg.sms_voice import PhoneNumberInformation, SMSVoiceClient

_PAGE = 100
TOLL_FREE = "TOLL_FREE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """A keyword of a number, and the reply to it.

    Attributes:
        keyword: The word, without a space at its end.
        message: The text of the reply.
        action: ``AUTOMATIC_RESPONSE``, ``OPT_OUT`` or ``OPT_IN``.
    """

    keyword: str
    message: str
    action: str = "AUTOMATIC_RESPONSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDestinationRequest:
    """Where a configuration set sends its events; one of the three kinds of destination.

    Attributes:
        configuration_set_name: A configuration set that exists.
        name: Name of the destination.
        event_types: Types of events, such as ``TEXT_ALL``.
        sns_topic_arn: A topic.
        delivery_stream_arn: A Firehose stream, with ``iam_role_arn``.
        log_group_arn: A log group, with ``iam_role_arn``.
        iam_role_arn: The role to write with.
    """

    configuration_set_name: str
    name: str
    event_types: Sequence[str] = ("ALL",)
    sns_topic_arn: str | None = None
    delivery_stream_arn: str | None = None
    log_group_arn: str | None = None
    iam_role_arn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterApproval:
    """The configuration of the draft's number once its registration is complete.

    Attributes:
        keywords: Keywords of the number.
        two_way_channel_arn: Where replies to the number are sent.
        two_way_channel_role: The role to send them with.
        pool_id: A pool to add the number to.
        event_destination: A destination for the events of a configuration set.
        resource_policy: A policy in JSON that shares the number with other accounts.
    """

    keywords: Sequence[Keyword] = ()
    two_way_channel_arn: str | None = None
    two_way_channel_role: str | None = None
    pool_id: str | None = None
    event_destination: EventDestinationRequest | None = None
    resource_policy: str | None = None

    def problems(self, number_type: str | None) -> Iterator[FormProblem]:
        """Find what the service would refuse."""
        for item in self.keywords:
            if item.keyword != item.keyword.strip():
                message = "a keyword with a space at its start or end is refused"
                yield FormProblem("after_approval", "keyword", message)
            if KeywordAction(item.action).is_unknown:
                known = ", ".join(KeywordAction)
                yield FormProblem("after_approval", "keyword", f"an action is one of {known}")
            if item.action == "OPT_OUT" and number_type == TOLL_FREE:
                message = "the network handles STOP for toll-free numbers: no OPT_OUT keyword"
                yield FormProblem("after_approval", "keyword", message)
        if self.resource_policy is not None and not _is_json(self.resource_policy):
            yield FormProblem("after_approval", "resource_policy", "the policy must be JSON")
        chosen = self.event_destination
        if chosen is not None:
            kinds = (chosen.sns_topic_arn, chosen.delivery_stream_arn, chosen.log_group_arn)
            if sum(kind is not None for kind in kinds) != 1:
                message = "give one of sns_topic_arn, delivery_stream_arn and log_group_arn"
                yield FormProblem("after_approval", "event_destination", message)
            if any(EventType(name).is_unknown for name in chosen.event_types):
                message = "an event type is not one of the service's"
                yield FormProblem("after_approval", "event_destination", message)


@dataclass(frozen=True, slots=True)
class Present:
    """The existing resources of a follow-up."""

    keywords: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    two_way: tuple[str | None, str | None] = (None, None)
    pool_id: str | None = None
    has_destination: bool = False
    policy: str | None = None


async def read_present(
    client: SMSVoiceClient, wanted: AfterApproval, number: PhoneNumberInformation
) -> Present:
    """Read the existing resources, as far as the follow-up needs them."""
    identifier = number.phone_number_id or ""
    keywords: dict[str, tuple[str, str]] = {}
    if wanted.keywords:
        listing = client.describe_keywords(origination_identity=identifier, max_results=_PAGE)
        keywords = {
            item.keyword: (item.keyword_message, str(item.keyword_action))
            for item in await listing.collect()
        }
    return Present(
        keywords=keywords,
        two_way=(number.two_way_channel_arn, number.two_way_channel_role),
        pool_id=number.pool_id,
        has_destination=await _has_destination(client, wanted.event_destination),
        policy=await _policy(client, number.phone_number_arn) if wanted.resource_policy else None,
    )


async def _has_destination(client: SMSVoiceClient, wanted: EventDestinationRequest | None) -> bool:
    if wanted is None:
        return False
    found = await client.describe_configuration_sets(
        configuration_set_names=[wanted.configuration_set_name]
    ).first()
    known = (found.event_destinations if found else None) or []
    return any(item.event_destination_name == wanted.name for item in known)


async def _policy(client: SMSVoiceClient, arn: str) -> str | None:
    try:
        return (await client.get_resource_policy(resource_arn=arn)).policy
    except ResourceNotFoundException:
        return None


def follow_up_steps(wanted: AfterApproval, present: Present) -> Iterator[Step]:
    """Yield the steps that are left."""
    reason = "the registration is complete"
    for item in wanted.keywords:
        # Keywords are stored in capitals, whatever their case in the draft.
        found = present.keywords.get(item.keyword.upper()) or present.keywords.get(item.keyword)
        if found != (item.message, item.action):
            yield Step("put_keyword", item.keyword, reason)
    two_way = (wanted.two_way_channel_arn, wanted.two_way_channel_role)
    if wanted.two_way_channel_arn is not None and present.two_way != two_way:
        yield Step("update_phone_number", "two-way channel", reason)
    if wanted.pool_id is not None and present.pool_id != wanted.pool_id:
        yield Step("associate_origination_identity", wanted.pool_id, reason)
    if wanted.event_destination is not None and not present.has_destination:
        yield Step("create_event_destination", wanted.event_destination.name, reason)
    if wanted.resource_policy is not None and not _same_json(
        wanted.resource_policy, present.policy
    ):
        yield Step("put_resource_policy", "the number", reason)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _same_json(wanted: str, present: str | None) -> bool:
    known = present is not None and _is_json(present)
    return known and json.loads(wanted) == json.loads(present or "")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Executes the steps for one number."""

    client: SMSVoiceClient
    key: str
    wanted: AfterApproval
    number: PhoneNumberInformation

    async def do(self, step: Step) -> None:
        """Execute one step."""
        actions: dict[str, Callable[[Step], Awaitable[object]]] = {
            "put_keyword": self._put_keyword,
            "update_phone_number": self._two_way,
            "associate_origination_identity": self._pool,
            "create_event_destination": self._destination,
            "put_resource_policy": self._share,
        }
        await actions[step.action](step)

    async def _put_keyword(self, step: Step) -> None:
        item = next(item for item in self.wanted.keywords if item.keyword == step.target)
        await self.client.put_keyword(
            origination_identity=self.number.phone_number_id or "",
            keyword=item.keyword,
            keyword_message=item.message,
            keyword_action=KeywordAction(item.action),
        )

    async def _two_way(self, _: Step) -> None:
        await self.client.update_phone_number(
            phone_number_id=self.number.phone_number_id or "",
            two_way_enabled=True,
            two_way_channel_arn=self.wanted.two_way_channel_arn,
            two_way_channel_role=self.wanted.two_way_channel_role,
        )

    async def _pool(self, step: Step) -> None:
        identifier = self.number.phone_number_id or ""
        await self.client.associate_origination_identity(
            pool_id=step.target,
            origination_identity=identifier,
            iso_country_code=self.number.iso_country_code,
            client_token=idempotency_token("smsreg", self.key, "pool", step.target, identifier),
        )

    async def _destination(self, _: Step) -> None:
        wanted = self.wanted.event_destination
        if wanted is None:
            return
        role, sns = wanted.iam_role_arn or "", wanted.sns_topic_arn
        stream, group = wanted.delivery_stream_arn, wanted.log_group_arn
        await self.client.create_event_destination(
            configuration_set_name=wanted.configuration_set_name,
            event_destination_name=wanted.name,
            matching_event_types=[EventType(name) for name in wanted.event_types],
            sns_destination=SnsDestination(topic_arn=sns) if sns else None,
            kinesis_firehose_destination=(
                KinesisFirehoseDestination(iam_role_arn=role, delivery_stream_arn=stream)
                if stream
                else None
            ),
            cloud_watch_logs_destination=(
                CloudWatchLogsDestination(iam_role_arn=role, log_group_arn=group) if group else None
            ),
            client_token=idempotency_token(
                "smsreg", wanted.configuration_set_name, "destination", wanted.name
            ),
        )

    async def _share(self, _: Step) -> None:
        await self.client.put_resource_policy(
            resource_arn=self.number.phone_number_arn, policy=self.wanted.resource_policy or ""
        )


ACTIONS = (
    "put_keyword",
    "update_phone_number",
    "associate_origination_identity",
    "create_event_destination",
    "put_resource_policy",
)
"""The steps that are executed here."""
