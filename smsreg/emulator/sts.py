"""STS for tools that request their caller identity before anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.world import Call, Handlers

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()


@HANDLERS.handle("GetCallerIdentity")
def get_caller_identity(call: Call) -> Doc:
    """The user that every access key of an account stands for."""
    account_id = call.world.scope.account_id
    return {
        "Account": account_id,
        "Arn": f"arn:aws:iam::{account_id}:user/emulator",
        "UserId": f"AIDA{account_id}EMUL",
    }
