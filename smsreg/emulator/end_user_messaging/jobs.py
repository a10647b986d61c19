"""Jobs: work that is executed when it is due, and its outcome.

A job keeps its parameters in the state and derives identifiers from its own, so that an emulator
that restarts with its state file repeats the same work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import ServiceFault, not_found
from smsreg.emulator.core.filters import Fields
from smsreg.emulator.core.indexes import Index, Schedule
from smsreg.emulator.core.paging import Listing, page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.end_user_messaging.resources import PROFILE, arn_of

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
Work = Callable[[World, "Doc"], "list[Doc]"]
"""Executes a job and returns the resources it created or changed. A ServiceFault fails the job."""
WORK: dict[str, Work] = {}
"""The work of jobs by the operation that starts them."""
_KEPT = 1000
_FILTERS = ("status", "brandProfileId", "operationType")
_FIELDS = Fields({name: name for name in _FILTERS})


def work(operation: str) -> Callable[[Work], Work]:
    """Register the decorated function for the jobs of the named operation."""

    def register(function: Work) -> Work:
        WORK[operation] = function
        return function

    return register


def start(call: Call, identifiers: list[str], profile_id: str | None, todo: Doc) -> Doc:
    """Start a job for each of the request's identifiers; the operation's output."""
    world = call.world
    # inferred: a job takes a tenth of the time that a review takes.
    due = world.now() + (world.settings.review_seconds or 0.0) / 10
    results: list[Doc] = []
    for identifier in identifiers:
        job_id = world.new_id("job")
        record: Doc = {
            "jobId": job_id,
            "status": "PROCESSING",
            # inferred: a job's type is the name of the operation that started it.
            "operationType": call.operation.name,
            "createdAt": world.now(),
            "updatedAt": world.now(),
            "brandProfileId": profile_id,
            "_ends": due,
            "_todo": {**todo, "identifier": identifier},
        }
        world.state.add("jobs", job_id, record)
        results.append({"jobId": job_id, "resourceIdentifier": identifier})
    _forget(world)
    return {"results": results}


def _forget(world: World) -> None:
    """inferred: no more than 1,000 jobs are known at a time; the oldest that are done go."""
    table = world.state.table("jobs")
    done = table.having(_DONE, ())
    for job in list(islice(done, max(0, len(table) - _KEPT))):
        del table[job["jobId"]]


_DONE = Index(frozenset({"status"}), lambda job: () if job["status"] == "PROCESSING" else ((),))
_DUE = Schedule(
    frozenset({"status"}), lambda job: job["_ends"] if job["status"] == "PROCESSING" else None
)


def pending(world: World) -> list[Doc]:
    """The jobs that are due, in order."""
    table = world.state.table("jobs")
    due = table.due(_DUE, world.now()) if table else None
    if not due:  # the usual case, before and after an operation
        return []
    return sorted((table[key] for key in due), key=lambda job: job["_seq"])


def run(world: World, jobs: list[Doc]) -> None:
    """Execute jobs."""
    for job in jobs:
        try:
            job["resources"] = WORK[job["operationType"]](world, job)
            job["status"] = "SUCCESS"
        except ServiceFault as fault:
            # inferred: a job fails with the code or reason of the error that its work met.
            job["status"] = "FAILED"
            job["errorCode"] = fault.reason or fault.code
            job["errorMessage"] = fault.message
        job["updatedAt"] = job["_ends"]


def derived_id(prefix: str, job: Doc, part: str = "") -> str:
    """A deterministic identifier for a resource that a job creates."""
    text = f"{job['jobId']}/{job['_todo']['identifier']}/{part}"
    return f"{prefix}-{hashlib.blake2s(text.encode(), digest_size=16).hexdigest()}"


@HANDLERS.handle("GetJob")
def get(call: Call) -> Doc:
    """The current state of a job."""
    identifier: str = call.params["jobId"]
    record: Doc | None = call.world.state.table("jobs").get(identifier)
    if record is None:
        raise not_found("job", identifier)
    return record


@HANDLERS.handle("ListJobs")
def list_all(call: Call) -> Doc:
    """List jobs by status, profile and operation."""
    params = dict(call.params)
    if "brandProfileId" in params:
        # inferred: a filter by a profile that is not there finds no jobs.
        start_of_arn = arn_of(call.world, PROFILE, "")
        params["brandProfileId"] = params["brandProfileId"].removeprefix(start_of_arn)
    wanted = [_FIELDS.filter(name, [params[name]]) for name in _FILTERS if name in params]
    items = Listing.records(partial(call.world.state.table("jobs").passing, wanted))
    return page(call.operation, call.params, items, "jobs")
