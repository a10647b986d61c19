// The whole life of a registration, a denial and an inbound STOP, with the control API alone.
import { createRequire } from "node:module";
import assert from "node:assert/strict";

const require = createRequire(`${process.cwd()}/`);
const sdk = require("@aws-sdk/client-pinpoint-sms-voice-v2");
const [endpoint] = process.argv.slice(2);
const client = new sdk.PinpointSMSVoiceV2Client({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "emulator", secretAccessKey: "emulator" },
});
const TEXTS = { "companyInfo.website": "https://example.com", "companyInfo.isoCountryCode": "GB" };
const call = (name, input = {}) => client.send(new sdk[`${name}Command`](input));

async function control(method, path, document) {
  const response = await fetch(`${endpoint}/_emulator/${path}`, {
    method,
    body: document === undefined ? undefined : JSON.stringify(document),
  });
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  return answer;
}

async function status(RegistrationId) {
  const answer = await call("DescribeRegistrations", { RegistrationIds: [RegistrationId] });
  return answer.Registrations[0].RegistrationStatus;
}

const { RegistrationId } = await call("CreateRegistration", { RegistrationType: "GB_LONG_CODE_REGISTRATION" });
const number = await call("RequestPhoneNumber", {
  IsoCountryCode: "GB", MessageType: "TRANSACTIONAL", NumberCapabilities: ["SMS"], NumberType: "LONG_CODE",
});
await call("CreateRegistrationAssociation", { RegistrationId, ResourceId: number.PhoneNumberId });
const seen = [await status(RegistrationId)];
for (const round of [1, 2]) {
  const fields = await call("DescribeRegistrationFieldDefinitions", { RegistrationType: "GB_LONG_CODE_REGISTRATION" });
  for (const field of fields.RegistrationFieldDefinitions) {
    if (field.FieldRequirement !== "REQUIRED") continue;
    const value = field.FieldType === "SELECT"
      ? { SelectChoices: field.SelectValidation.Options.slice(0, 1) }
      : { TextValue: TEXTS[field.FieldPath] ?? "Reminders of appointments that patients have made." };
    await call("PutRegistrationFieldValue", { RegistrationId, FieldPath: field.FieldPath, ...value });
  }
  await call("SubmitRegistrationVersion", { RegistrationId });
  if (round === 1) {
    const fields = { "companyInfo.website": "Not your site" };
    await control("POST", `registrations/${RegistrationId}/deny`, { reason: "Unclear Opt-in Language", fields });
    seen.push(await status(RegistrationId));
    await call("CreateRegistrationVersion", { RegistrationId });
  }
}
await control("POST", "clock", { advance: 30 * 86_400 });
seen.push(await status(RegistrationId));

const sent = { DestinationPhoneNumber: "+447700900123", MessageBody: "Hello", OriginationIdentity: number.PhoneNumberId };
await call("SendTextMessage", sent);
await control("POST", "inbound/text", { from: "+447700900123", to: number.PhoneNumberId, body: "STOP" });
await assert.rejects(call("SendTextMessage", sent), { name: "ConflictException", Reason: "DESTINATION_PHONE_NUMBER_OPTED_OUT" });
const pushed = (await control("GET", "events"))
  .filter(event => event["detail-type"] === "Registration Status Change")
  .map(event => event.detail.registrationDetails.currentStatus);
console.log(JSON.stringify({ seen, pushed }));
