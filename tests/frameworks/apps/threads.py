"""Threads that share one client, in an event loop that runs in its own thread."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from anyio.from_thread import start_blocking_portal

from smsreg import SMSVoiceClient

if __name__ == "__main__":
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(SMSVoiceClient(timeout=10)) as client,
    ):
        send = partial(client.send_text_message, message_body="See you on Monday")

        def remind(number: str) -> str | None:
            return portal.call(partial(send, destination_phone_number=number)).message_id

        with ThreadPoolExecutor(4) as threads:
            print(list(threads.map(remind, [f"+4477009001{n:02}" for n in range(6)])))
