"""Examples of operations on jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import EndUserMessagingClient


async def get_job(profiles: EndUserMessagingClient, job_id: str) -> None:
    job = await profiles.get_job(job_id=job_id)
    print(job.status, job.error_code)


async def list_jobs(profiles: EndUserMessagingClient) -> None:
    async for job in profiles.list_jobs():
        print(job.job_id, job.operation_type, job.status)
