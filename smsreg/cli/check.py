"""``smsreg check``."""

import asyncio
from typing import Annotated

import typer

from smsreg.cli.exit_status import DONE, FAILED, worst
from smsreg.cli.options import Ignore
from smsreg.cli.session import Session


async def check(
    session: Session,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Drafts, in YAML or JSON.")],
    *,
    ignore: Ignore = None,
) -> int:
    """Check the drafts of a file against their live forms and the consistency rules."""
    from smsreg.cli.documents import Check, CheckedDraft
    from smsreg.cli.files import read_drafts
    from smsreg.cli.problems import show_problems
    from smsreg.registration.brand_profile import left_to_the_profile
    from smsreg.registration.plan import association_problems

    drafts, registrar = read_drafts([file]), session.registrar
    await session.client.open()
    region = str(session.client.aws_client.meta.region_name)
    checked: list[CheckedDraft] = []
    statuses: list[int] = []
    for draft in drafts:
        with session.output.progress(f"checking {draft.key}"):
            form = await registrar.form(draft.registration_type)
            found = await asyncio.to_thread(
                form.check,
                draft.values,
                consistency=True,
                ignore=ignore or (),
                region=region,
                tags=draft.tags,
            )
        if draft.brand_profile is not None:
            found = left_to_the_profile(form, found)
        problems = [*draft.problems(), *association_problems(form, draft), *found]
        errors = [problem for problem in problems if problem.severity == "error"]
        statuses.append(FAILED if errors else DONE)
        checked.append(
            CheckedDraft.model_validate(
                {
                    "key": draft.key,
                    "registration_type": draft.registration_type,
                    "problems": problems,
                }
            )
        )
        verdict = f"{len(errors)} error(s), {len(problems) - len(errors)} other finding(s)"
        session.output.line(f"{draft.key}: {verdict if problems else 'no problems'}", "bold")
        show_problems(session.output, problems)
    session.output.document(Check(drafts=checked))
    return worst(statuses)
