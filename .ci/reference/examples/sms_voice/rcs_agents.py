"""Examples of operations on RCS agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def create_rcs_agent(client: SMSVoiceClient) -> None:
    result = await client.create_rcs_agent(opt_out_list_name="Default")
    print(result.rcs_agent_id, result.status)


async def describe_rcs_agents(client: SMSVoiceClient) -> None:
    async for agent in client.describe_rcs_agents():
        print(agent.rcs_agent_id, agent.status)


async def describe_rcs_agent_country_launch_status(
    client: SMSVoiceClient, launched_rcs_agent_id: str
) -> None:
    countries = client.describe_rcs_agent_country_launch_status(rcs_agent_id=launched_rcs_agent_id)
    async for country in countries:
        print(country.iso_country_code, country.status)


async def update_rcs_agent(client: SMSVoiceClient, rcs_agent_id: str, topic_arn: str) -> None:
    result = await client.update_rcs_agent(
        rcs_agent_id=rcs_agent_id, two_way_enabled=True, two_way_channel_arn=topic_arn
    )
    print(result.two_way_enabled)


async def delete_rcs_agent(client: SMSVoiceClient, rcs_agent_id: str) -> None:
    await client.delete_rcs_agent(rcs_agent_id=rcs_agent_id)
