"""``smsreg doctor``."""

import contextlib
from typing import TYPE_CHECKING

from smsreg.cli.exit_status import DONE, FAILED
from smsreg.cli.session import Session

if TYPE_CHECKING:
    from smsreg.cli.documents import Finding

STYLES = {"ok": "green", "note": "yellow", "missing": "red"}


async def doctor(session: Session) -> int:
    """Check Region, credentials, permissions, account and quotas, by reads alone.

    All three services are read. Permissions to create and change cannot be checked by reads.
    """
    from smsreg import EndUserMessagingClient, SocialMessagingClient
    from smsreg.cli.diagnosis import diagnose
    from smsreg.cli.documents import Doctor

    findings: list[Finding] = []
    async with contextlib.AsyncExitStack() as stack:
        social = SocialMessagingClient(**session.client_options)
        end_user = EndUserMessagingClient(**session.client_options)
        for client in (social, end_user):
            stack.push_async_callback(client.aclose)
        stack.enter_context(session.output.progress("checking"))
        async for finding in diagnose(session.client, social, end_user):
            findings.append(finding)
            label = finding.state.ljust(max(map(len, STYLES)))
            text = f"{finding.name}: {finding.detail}"
            session.output.item(label, text, STYLES[finding.state])
    session.output.document(Doctor(findings=findings))
    return FAILED if any(finding.state == "missing" for finding in findings) else DONE
