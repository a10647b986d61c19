"""Workers that are forked from one process, as those of Celery and gunicorn are."""

import asyncio
import multiprocessing

from smsreg import SMSVoiceClient

client = SMSVoiceClient(timeout=10)  # created before the fork; each worker opens it for itself


def remind(number: str) -> str | None:  # in Celery, a task
    return asyncio.run(send(number))


async def send(number: str) -> str | None:
    sent = await client.send_text_message(
        destination_phone_number=number, message_body="See you on Monday"
    )
    return sent.message_id


if __name__ == "__main__":
    numbers = [f"+4477009001{n:02}" for n in range(6)]
    with multiprocessing.get_context("fork").Pool(2) as workers:
        print(workers.map(remind, numbers))
