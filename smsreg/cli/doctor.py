"""``smsreg doctor``."""

from typing import TYPE_CHECKING

from smsreg.cli.exit_status import DONE, FAILED
from smsreg.cli.session import Session

if TYPE_CHECKING:
    from smsreg.cli.documents import Finding

STYLES = {"ok": "green", "note": "yellow", "missing": "red"}


async def doctor(session: Session) -> int:
    """Check Region, credentials, permissions, account and quotas, by reads alone.

    Permissions to create and change cannot be checked by reads.
    """
    from smsreg.cli.diagnosis import diagnose
    from smsreg.cli.documents import Doctor

    findings: list[Finding] = []
    with session.output.progress("checking"):
        async for finding in diagnose(session.client):
            findings.append(finding)
            label = finding.state.ljust(max(map(len, STYLES)))
            text = f"{finding.name}: {finding.detail}"
            session.output.item(label, text, STYLES[finding.state])
    session.output.document(Doctor(findings=findings))
    return FAILED if any(finding.state == "missing" for finding in findings) else DONE
