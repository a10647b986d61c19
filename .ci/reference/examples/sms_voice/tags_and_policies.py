"""Examples of operations on tags and resource policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def tag_resource(client: SMSVoiceClient, pool_arn: str) -> None:
    await client.tag_resource(resource_arn=pool_arn, tags=[{"key": "team", "value": "growth"}])


async def list_tags_for_resource(client: SMSVoiceClient, pool_arn: str) -> None:
    result = await client.list_tags_for_resource(resource_arn=pool_arn)
    print({tag.key: tag.value for tag in result.tags or ()})


async def untag_resource(client: SMSVoiceClient, pool_arn: str) -> None:
    await client.untag_resource(resource_arn=pool_arn, tag_keys=["team"])


async def put_resource_policy(client: SMSVoiceClient, pool_arn: str) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                "Action": "sms-voice:SendTextMessage",
                "Resource": pool_arn,
            }
        ],
    }
    await client.put_resource_policy(resource_arn=pool_arn, policy=json.dumps(policy))


async def get_resource_policy(client: SMSVoiceClient, shared_pool_arn: str) -> None:
    result = await client.get_resource_policy(resource_arn=shared_pool_arn)
    print(result.policy)


async def delete_resource_policy(client: SMSVoiceClient, shared_pool_arn: str) -> None:
    await client.delete_resource_policy(resource_arn=shared_pool_arn)
