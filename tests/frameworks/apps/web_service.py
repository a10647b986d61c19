"""An HTTP service that sends messages and lists registrations."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from smsreg import (
    InvalidRequestError,
    OutcomeUnknownError,
    SmsregError,
    SMSVoiceClient,
    ThrottlingError,
)
from smsreg.sms_voice import (
    ConflictException,
    RegistrationInformation,
    ResourceNotFoundException,
    SendTextMessageRequest,
    SendTextMessageResult,
    ThrottlingException,
    ValidationException,
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with SMSVoiceClient(timeout=10) as client:
        await client.warm_up()  # so that the first request is not delayed
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


def client_of(request: Request) -> SMSVoiceClient:
    return request.app.state.client


Client = Annotated[SMSVoiceClient, Depends(client_of)]


@app.post("/messages", status_code=202)
async def send(message: SendTextMessageRequest, client: Client) -> SendTextMessageResult:
    return await client.send(message)


@app.get("/registrations")
async def registrations(client: Client) -> list[RegistrationInformation]:
    return await client.describe_registrations().collect(limit=100)


@app.delete("/registrations/{registration_id}", status_code=204)
async def delete(registration_id: str, client: Client) -> None:
    await client.delete_registration(registration_id=registration_id)


STATUSES: dict[type[SmsregError], int] = {
    InvalidRequestError: 422,  # invalid by the service's model
    ResourceNotFoundException: 404,
    ConflictException: 409,
    ValidationException: 422,  # refused by the service
    ThrottlingError: 503,
    ThrottlingException: 503,
    OutcomeUnknownError: 502,  # the message may have been sent: see safe_to_repeat
    SmsregError: 502,  # everything else, which the caller cannot correct
}


def error_response(_request: Request, error: SmsregError) -> JSONResponse:
    status = next(STATUSES[each] for each in type(error).__mro__ if each in STATUSES)
    content: dict[str, object] = {"error": type(error).__name__}
    if isinstance(error, InvalidRequestError):
        content["problems"] = error.problems  # paths and rules, without the values
    if isinstance(error, OutcomeUnknownError):
        content["safe_to_repeat"] = error.safe_to_repeat
    return JSONResponse(content, status, {"Retry-After": "1"} if status == 503 else None)


app.add_exception_handler(SmsregError, error_response)
