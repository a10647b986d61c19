"""Creates the resources that the examples' parameters name, such as ``phone_number_id``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg import EndUserMessagingClient, SMSVoiceClient, SocialMessagingClient
    from smsreg.emulator import Emulator

TOLL_FREE = "US_TOLL_FREE_REGISTRATION"
RCS_LAUNCH = "TEST_RCS_LAUNCH_REGISTRATION"
VALUES_WITHOUT_EXAMPLE = {
    "agentDetails.contactEmailAddress": "help@dental.example",
    "agentDetails.contactPhoneNumber": "+12065550100",
    "agentDetails.monthlyRcsVolume": "100",
}
"""The values of fields whose definitions have no example."""
RECIPIENT = "+447700900123"

EXISTING = {
    "delete_account_default_protect_configuration": "default_protect_configuration_id",
    "describe_configuration_sets": "event_destination_name",
    "describe_notify_configurations": "notify_configuration_id",
    "describe_opted_out_numbers": "opted_out_number",
    "describe_phone_numbers": "phone_number_id",
    "describe_pools": "pool_id",
    "describe_protect_configurations": "protect_configuration_id",
    "describe_rcs_agents": "rcs_agent_id",
    "describe_registration_field_values": "field_path",
    "describe_registrations": "denied_registration_id",
    "describe_sender_ids": "sender_id",
    "describe_verified_destination_numbers": "verified_destination_number_id",
    "list_brand_profile_attributes": "attribute_name",
    "list_brand_profiles": "brand_profile_id",
    "list_jobs": "job_id",
    "list_notify_code_configurations": "notify_code_configuration_id",
    "list_protect_configuration_rule_set_number_overrides": "overridden_phone_number",
    "list_registration_associations": "complete_registration_id",
    "list_registrations_from_brand_profile": "job_id",
    "list_whatsapp_flows": "flow_id",
    "list_whatsapp_message_templates": "template_name",
}
"""What has to exist for an example besides its parameters."""


class Resources:
    """The resources of one example, each created once, on first use."""

    def __init__(
        self,
        emulator: Emulator,
        client: SMSVoiceClient,
        social: SocialMessagingClient,
        profiles: EndUserMessagingClient,
    ) -> None:
        self.emulator = emulator
        self._made: dict[str, Any] = {"client": client, "social": social, "profiles": profiles}
        self.sms: Any = client  # the emulator's responses are complete
        self.social: Any = social
        self.profiles: Any = profiles

    async def get(self, name: str) -> Any:  # noqa: ANN401 -- whatever the example takes
        """Return the value of an example's parameter."""
        if name not in self._made:
            make: Callable[[], Any] = getattr(self, f"_{name}")
            self._made[name] = await make()
        return self._made[name]

    # --- SMS and voice

    async def _number(self, country: str, number_type: str, capability: str = "SMS") -> str:
        made = await self.sms.request_phone_number(
            iso_country_code=country,
            message_type="TRANSACTIONAL",
            number_capabilities=["SMS"] if capability == "SMS" else ["SMS", capability],
            number_type=number_type,
        )
        await self.emulator.advance(days=30)  # toll-free numbers stay pending for days
        return str(made.phone_number_id)

    async def _phone_number_id(self) -> str:
        return await self._number("GB", "LONG_CODE")

    async def _another_phone_number_id(self) -> str:
        return await self._number("GB", "LONG_CODE")

    async def _toll_free_number_id(self) -> str:
        return await self._number("US", "TOLL_FREE", "MMS")

    async def _voice_number_id(self) -> str:
        return await self._number("US", "TOLL_FREE", "VOICE")

    async def _pool(self) -> Any:  # noqa: ANN401 -- a result
        number = await self.get("phone_number_id")
        made = await self.sms.create_pool(
            origination_identity=number, iso_country_code="GB", message_type="TRANSACTIONAL"
        )
        await self.emulator.advance(minutes=1)
        return made

    async def _pool_id(self) -> str:
        return str((await self.get("pool")).pool_id)

    async def _pool_arn(self) -> str:
        return str((await self.get("pool")).pool_arn)

    async def _shared_pool_arn(self) -> str:
        arn = await self.get("pool_arn")
        await self.sms.put_resource_policy(resource_arn=arn, policy='{"Version": "2012-10-17"}')
        return str(arn)

    async def _pooled_phone_number_id(self) -> str:
        number = await self.get("another_phone_number_id")
        await self.sms.associate_origination_identity(
            pool_id=await self.get("pool_id"), origination_identity=number, iso_country_code="GB"
        )
        return str(number)

    async def _topic_arn(self) -> str:
        return "arn:aws:sns:us-east-1:123456789012:events"

    async def _configuration_set_name(self) -> str:
        await self.sms.create_configuration_set(configuration_set_name="receipts")
        return "receipts"

    async def _event_destination_name(self) -> str:
        await self.sms.create_event_destination(
            configuration_set_name=await self.get("configuration_set_name"),
            event_destination_name="all",
            matching_event_types=["ALL"],
            sns_destination={"topic_arn": await self.get("topic_arn")},
        )
        return "all"

    async def _protect_configuration_id(self) -> str:
        return str((await self.sms.create_protect_configuration()).protect_configuration_id)

    async def _default_protect_configuration_id(self) -> str:
        configuration = await self.get("protect_configuration_id")
        await self.sms.set_account_default_protect_configuration(
            protect_configuration_id=configuration
        )
        return str(configuration)

    async def _protected_configuration_set_name(self) -> str:
        name = await self.get("configuration_set_name")
        await self.sms.associate_protect_configuration(
            protect_configuration_id=await self.get("protect_configuration_id"),
            configuration_set_name=name,
        )
        return str(name)

    async def _overridden_phone_number(self) -> str:
        await self.sms.put_protect_configuration_rule_set_number_override(
            protect_configuration_id=await self.get("protect_configuration_id"),
            destination_phone_number=RECIPIENT,
            action="BLOCK",
        )
        return RECIPIENT

    async def _verified_destination_number_id(self) -> str:
        made = await self.sms.create_verified_destination_number(destination_phone_number=RECIPIENT)
        return str(made.verified_destination_number_id)

    async def _verification_code(self) -> str:
        number = await self.get("verified_destination_number_id")
        await self.sms.send_destination_number_verification_code(
            verified_destination_number_id=number,
            verification_channel="TEXT",
            origination_identity=await self.get("phone_number_id"),
        )
        return str(self.emulator.verification_code(number))

    async def _keyword(self) -> str:
        await self.sms.put_keyword(
            origination_identity=await self.get("phone_number_id"),
            keyword="INFO",
            keyword_message="Example Dental, 1 Main Street.",
        )
        return "INFO"

    async def _message_id(self) -> str:
        sent = await self.sms.send_text_message(
            destination_phone_number=RECIPIENT,
            origination_identity=await self.get("phone_number_id"),
            message_body="See you on Monday",
            message_feedback_enabled=True,
        )
        return str(sent.message_id)

    async def _notify(self, channel: str) -> str:
        made = await self.sms.create_notify_configuration(
            display_name=f"codes by {channel}",
            use_case="CODE_VERIFICATION",
            enabled_channels=[channel],
            enabled_countries=["US"],
        )
        await self.emulator.advance(days=1)
        return str(made.notify_configuration_id)

    async def _template(self, channel: str) -> str:
        async for template in self.sms.describe_notify_templates():
            if channel in template.channels:
                return str(template.template_id)
        raise LookupError(channel)

    async def _notify_configuration_id(self) -> str:
        return await self._notify("SMS")

    async def _notify_voice_configuration_id(self) -> str:
        return await self._notify("VOICE")

    async def _template_id(self) -> str:
        return await self._template("SMS")

    async def _voice_template_id(self) -> str:
        return await self._template("VOICE")

    async def _opt_out_list_name(self) -> str:
        await self.sms.create_opt_out_list(opt_out_list_name="newsletter")
        return "newsletter"

    async def _opted_out_number(self) -> str:
        name = await self.get("opt_out_list_name")
        await self.sms.put_opted_out_number(opt_out_list_name=name, opted_out_number=RECIPIENT)
        return RECIPIENT

    async def _rcs_agent_id(self) -> str:
        return str((await self.sms.create_rcs_agent()).rcs_agent_id)

    async def _sender_id(self) -> str:
        await self.sms.request_sender_id(sender_id="EXAMPLE", iso_country_code="DE")
        return "EXAMPLE"

    # --- registrations

    async def _registration_id(self) -> str:
        made = await self.sms.create_registration(registration_type=TOLL_FREE)
        return str(made.registration_id)

    async def _registration_attachment_id(self) -> str:
        made = await self.sms.create_registration_attachment(attachment_body=b"%PDF-1.7")
        await self.emulator.advance(minutes=1)
        return str(made.registration_attachment_id)

    async def _field_path(self) -> str:
        path = "companyInfo.companyName"
        await self.sms.put_registration_field_value(
            registration_id=await self.get("registration_id"), field_path=path, text_value="Example"
        )
        return path

    async def _fill(self, registration: str, registration_type: str, resource: str) -> str:
        """Complete a registration for a resource, with the examples of its form."""
        await self.sms.create_registration_association(
            registration_id=registration, resource_id=resource
        )
        proof = await self.get("registration_attachment_id")
        async for field in self.sms.describe_registration_field_definitions(
            registration_type=registration_type
        ):
            value: dict[str, Any] = {}
            if field.field_requirement == "OPTIONAL":
                continue
            if field.select_validation:
                value["select_choices"] = field.select_validation.options[:1]
            elif field.field_type == "ATTACHMENT":
                value["registration_attachment_id"] = proof
            else:
                text = field.display_hints.example_text_value
                value["text_value"] = text or VALUES_WITHOUT_EXAMPLE.get(
                    field.field_path, "Example"
                )
            await self.sms.put_registration_field_value(
                registration_id=registration, field_path=field.field_path, **value
            )
        return registration

    async def _complete_registration_id(self) -> str:
        registration = str(await self.get("registration_id"))
        return await self._fill(registration, TOLL_FREE, await self.get("toll_free_number_id"))

    async def _launched_rcs_agent_id(self) -> str:
        agent = str(await self.get("rcs_agent_id"))
        made = await self.sms.create_registration(registration_type=RCS_LAUNCH)
        await self._fill(made.registration_id, RCS_LAUNCH, agent)
        await self.sms.submit_registration_version(registration_id=made.registration_id)
        await self.emulator.advance(days=30)
        await self._verify("+12065550123")  # an agent under test sends only to these
        return agent

    async def _verify(self, number: str) -> None:
        made = await self.sms.create_verified_destination_number(destination_phone_number=number)
        identifier = made.verified_destination_number_id
        await self.sms.send_destination_number_verification_code(
            verified_destination_number_id=identifier,
            verification_channel="TEXT",
            origination_identity=await self.get("toll_free_number_id"),
        )
        await self.sms.verify_destination_number(
            verified_destination_number_id=identifier,
            verification_code=self.emulator.verification_code(identifier),
        )

    async def _denied_registration_id(self) -> str:
        registration = str(await self.get("complete_registration_id"))
        await self.sms.submit_registration_version(registration_id=registration)
        self.emulator.deny(registration, "Not your site", field="companyInfo.website")
        return registration

    # --- WhatsApp

    async def _whatsapp_account_id(self) -> str:
        return self.emulator.whatsapp_account_id

    async def _whatsapp_phone_number_id(self) -> str:
        return self.emulator.whatsapp_phone_number_id

    async def _whatsapp_account_arn(self) -> str:
        result = await self.social.get_linked_whatsapp_business_account(
            id=self.emulator.whatsapp_account_id
        )
        return str(result.account.arn)

    async def _access_token(self) -> str:
        return "EAAG"

    async def _dataset_id(self) -> str:
        made = await self.social.create_whatsapp_dataset(id=self.emulator.whatsapp_account_id)
        return str(made.dataset_id)

    async def _flow(self, **members: Any) -> str:  # noqa: ANN401 -- of the request
        made = await self.social.create_whatsapp_flow(
            id=self.emulator.whatsapp_account_id,
            flow_name="feedback",
            categories=["SURVEY"],
            **members,
        )
        return str(made.flow_id)

    async def _flow_id(self) -> str:
        return await self._flow()

    async def _valid_flow_id(self) -> str:
        return await self._flow(flow_json=b'{"version": "7.0", "screens": []}')

    async def _published_flow_id(self) -> str:
        return await self._flow(flow_json=b'{"version": "7.0", "screens": []}', publish=True)

    async def _media_id(self) -> str:
        made = await self.social.post_whatsapp_message_media(
            origination_phone_number_id=self.emulator.whatsapp_phone_number_id,
            source_s3_file={"bucket_name": "example-menus", "key": "today.png"},
        )
        return str(made.media_id)

    async def _public_key(self) -> str:
        return "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"

    async def _keyed_phone_number_id(self) -> str:
        await self.social.put_whatsapp_business_public_key(
            origination_phone_number_id=self.emulator.whatsapp_phone_number_id,
            business_public_key=await self.get("public_key"),
        )
        return self.emulator.whatsapp_phone_number_id

    async def _template_name(self) -> str:
        definition = b"""{"name": "appointment", "language": "en", "category": "UTILITY",
            "components": [{"type": "BODY", "text": "See you"}]}"""
        await self.social.create_whatsapp_message_template(
            id=self.emulator.whatsapp_account_id, template_definition=definition
        )
        await self.emulator.advance(days=1)  # approved
        return "appointment"

    # --- brand profiles and passcodes

    async def _brand_profile(self) -> Any:  # noqa: ANN401 -- a result
        return await self.profiles.create_brand_profile(brand_profile_name="Example Dental")

    async def _brand_profile_id(self) -> str:
        return str((await self.get("brand_profile")).brand_profile_id)

    async def _brand_profile_arn(self) -> str:
        return str((await self.get("brand_profile")).brand_profile_arn)

    async def _attribute_name(self) -> str:
        await self.profiles.create_brand_profile_attributes(
            brand_profile_id=await self.get("brand_profile_id"),
            attributes=[
                {
                    "attribute_name": "Website",
                    "attribute_type": "TEXT",
                    "attribute_value": "https://dental.example",
                }
            ],
        )
        return "Website"

    async def _job_id(self) -> str:
        started = await self.profiles.create_registrations_from_brand_profile(
            brand_profile_id=await self.get("brand_profile_id"), registration_types=[TOLL_FREE]
        )
        await self.emulator.advance(days=1)
        return str(started.results[0].job_id)

    async def _profiled_registration_id(self) -> str:
        await self.get("job_id")
        found = await self.profiles.list_registrations_from_brand_profile(
            brand_profile_id=await self.get("brand_profile_id")
        )
        return str(found.registration_associations[0].registration_id)

    async def _notify_code_configuration_id(self) -> str:
        made = await self.profiles.create_notify_code_configuration(
            notify_code_configuration_name="sign-in",
            channel_parameters={"text": {"inline_template_body": "{{code}} is your code"}},
        )
        return str(made.notify_code_configuration.notify_code_configuration_id)

    async def _passcode(self) -> str:
        sent = await self.profiles.send_notify_code_verification(
            channel="TEXT",
            destination_identity=RECIPIENT,
            origination_identity=await self.get("phone_number_id"),
            notify_code_configuration=await self.get("notify_code_configuration_id"),
        )
        return str(self.emulator.verification_code(sent.verification_id))
