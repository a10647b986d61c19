"""Django views that send reminders: one for WSGI, one for ASGI."""

import threading

from asgiref.sync import async_to_sync
from django.http import HttpRequest, JsonResponse

from smsreg import SMSVoiceClient

TEXT = "See you on Monday"
of_thread = threading.local()
of_loop = SMSVoiceClient(timeout=10)


def client_of_thread() -> SMSVoiceClient:
    """A WSGI server runs requests in threads: each has its own client."""
    if not hasattr(of_thread, "client"):
        of_thread.client = SMSVoiceClient(timeout=10)
    return of_thread.client


def remind(request: HttpRequest) -> JsonResponse:
    send = async_to_sync(client_of_thread().send_text_message)
    sent = send(destination_phone_number=request.POST["number"], message_body=TEXT)
    return JsonResponse({"message_id": sent.message_id})


async def remind_async(request: HttpRequest) -> JsonResponse:
    """An ASGI server has one event loop, so one client is enough."""
    sent = await of_loop.send_text_message(
        destination_phone_number=request.POST["number"], message_body=TEXT
    )
    return JsonResponse({"message_id": sent.message_id})
