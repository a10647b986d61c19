"""Registrations from an empty form to an approved number.

``Registrar`` does the work against the service. ``RegistrationForm`` is a form as the service
defines it, and checks values before anything is sent. ``Attachment`` is a file of a form.
Everything is loaded on first use.
"""

from smsreg._lazy import TYPE_CHECKING, attach

if TYPE_CHECKING:
    from smsreg.registration.attachments import Attachment as Attachment
    from smsreg.registration.brand_profile import RegistrationProfile as RegistrationProfile
    from smsreg.registration.consistency.rule import Rule as Rule
    from smsreg.registration.denial import Denial as Denial
    from smsreg.registration.denial import DenialReason as DenialReason
    from smsreg.registration.denial import FieldDenial as FieldDenial
    from smsreg.registration.draft import RegistrationDraft as RegistrationDraft
    from smsreg.registration.draft_parts import PhoneNumberRequest as PhoneNumberRequest
    from smsreg.registration.follow_up import AfterApproval as AfterApproval
    from smsreg.registration.follow_up import EventDestinationRequest as EventDestinationRequest
    from smsreg.registration.follow_up import Keyword as Keyword
    from smsreg.registration.form import RegistrationForm as RegistrationForm
    from smsreg.registration.form_diff import FormChange as FormChange
    from smsreg.registration.form_parts import FormAssociation as FormAssociation
    from smsreg.registration.form_parts import FormField as FormField
    from smsreg.registration.form_parts import FormSection as FormSection
    from smsreg.registration.problems import FormProblem as FormProblem
    from smsreg.registration.registrar import Registrar as Registrar
    from smsreg.registration.status import RegistrationState as RegistrationState
    from smsreg.registration.steps import Applied as Applied
    from smsreg.registration.steps import Plan as Plan
    from smsreg.registration.steps import Step as Step
    from smsreg.registration.watch import StatusChange as StatusChange

__all__ = [
    "AfterApproval",
    "Applied",
    "Attachment",
    "Denial",
    "DenialReason",
    "EventDestinationRequest",
    "FieldDenial",
    "FormAssociation",
    "FormChange",
    "FormField",
    "FormProblem",
    "FormSection",
    "Keyword",
    "PhoneNumberRequest",
    "Plan",
    "Registrar",
    "RegistrationDraft",
    "RegistrationForm",
    "RegistrationProfile",
    "RegistrationState",
    "Rule",
    "StatusChange",
    "Step",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = attach(
        __name__,
        {
            "attachments": ("Attachment",),
            "brand_profile": ("RegistrationProfile",),
            "consistency.rule": ("Rule",),
            "denial": (
                "Denial",
                "DenialReason",
                "FieldDenial",
            ),
            "draft": ("RegistrationDraft",),
            "draft_parts": ("PhoneNumberRequest",),
            "follow_up": ("AfterApproval", "EventDestinationRequest", "Keyword"),
            "form": ("RegistrationForm",),
            "form_diff": ("FormChange",),
            "form_parts": ("FormAssociation", "FormField", "FormSection"),
            "problems": ("FormProblem",),
            "registrar": ("Registrar",),
            "status": ("RegistrationState",),
            "steps": (
                "Applied",
                "Plan",
                "Step",
            ),
            "watch": ("StatusChange",),
        },
    )
