"""Examples of operations on opt-out lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def create_opt_out_list(client: SMSVoiceClient) -> None:
    result = await client.create_opt_out_list(opt_out_list_name="newsletter")
    print(result.opt_out_list_arn)


async def describe_opt_out_lists(client: SMSVoiceClient) -> None:
    async for opt_out_list in client.describe_opt_out_lists():
        print(opt_out_list.opt_out_list_name, opt_out_list.created_timestamp)


async def put_opted_out_number(client: SMSVoiceClient, opt_out_list_name: str) -> None:
    result = await client.put_opted_out_number(
        opt_out_list_name=opt_out_list_name, opted_out_number="+447700900123"
    )
    print(result.opted_out_timestamp)


async def describe_opted_out_numbers(client: SMSVoiceClient, opt_out_list_name: str) -> None:
    async for number in client.describe_opted_out_numbers(opt_out_list_name=opt_out_list_name):
        print(number.opted_out_timestamp, number.end_user_opted_out)


async def delete_opted_out_number(
    client: SMSVoiceClient, opt_out_list_name: str, opted_out_number: str
) -> None:
    await client.delete_opted_out_number(
        opt_out_list_name=opt_out_list_name, opted_out_number=opted_out_number
    )


async def delete_opt_out_list(client: SMSVoiceClient, opt_out_list_name: str) -> None:
    await client.delete_opt_out_list(opt_out_list_name=opt_out_list_name)
