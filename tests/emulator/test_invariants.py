"""Random sequences of operations on the engine, and invariants that always hold."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from smsreg.emulator import Clock, Emulator
from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.service_model import SMS, service_model

KIND = {
    "type": "XX_SMALL",
    "title": "Small",
    "country": "US",
    "associations": [
        {
            "resource": "LONG_CODE",
            "when": "ASSOCIATE_BEFORE_SUBMIT",
            "release": "DISASSOCIATE_ALL_ALLOWS_DELETE_REGISTRATION",
        }
    ],
    "sections": [{"path": "one", "title": "One", "fields": [{"path": "a", "title": "A"}]}],
}
NEXT = {
    "DRAFT": {"SUBMITTED", "DISCARDED"},
    "SUBMITTED": {"AWS_REVIEWING", "REVIEWING", "APPROVED", "DENIED", "DISCARDED"},
    "AWS_REVIEWING": {"REVIEWING", "APPROVED", "DENIED"},
    "REVIEWING": {"APPROVED", "DENIED"},
    "APPROVED": {"ARCHIVED", "REVOKED"},
    "DENIED": set(),
    "DISCARDED": set(),
    "ARCHIVED": set(),
    "REVOKED": set(),
}
OPEN = ("DRAFT", "SUBMITTED", "AWS_REVIEWING", "REVIEWING", "REQUIRES_AUTHENTICATION")


def reachable(before: str, after: str) -> bool:
    return before == after or any(reachable(step, after) for step in NEXT[before])


class Walk(RuleBasedStateMachine):
    registrations = Bundle("registrations")
    numbers = Bundle("numbers")
    pools = Bundle("pools")

    def __init__(self) -> None:
        super().__init__()
        self.emulator = Emulator(
            clock=Clock.fixed(),
            seed=0,
            registration_types=[KIND],
            quotas={"REGISTRATIONS": 4, "PHONE_NUMBERS": 4, "POOLS": 3},
        )
        self.engine = self.emulator._engine
        self.model = service_model(SMS)
        self.statuses: dict[tuple[str, int], str] = {}
        self.frozen: dict[tuple[str, int], Any] = {}
        self.tokens: dict[str, str] = {}
        self.ids: set[str] = set()

    def do(self, name: str, **params: Any) -> dict[str, Any] | None:
        operation = self.model.operation(name)
        assert operation is not None
        try:
            return self.engine.perform(operation, params)
        except ServiceFault as fault:
            if fault.code not in operation.errors:
                raise
            return None

    def made(self, response: dict[str, Any] | None, key: str) -> str:
        if response is None:
            return "none"
        identifier = str(response[key])
        self.ids.add(identifier)
        return identifier

    @rule(target=registrations, token=st.sampled_from(["a", "b", "c", "d", "e", "f"]))
    def create_registration(self, token: str) -> str:
        response = self.do("CreateRegistration", RegistrationType="XX_SMALL", ClientToken=token)
        identifier = self.made(response, "RegistrationId")
        if response is not None:
            assert self.tokens.setdefault(token, identifier) == identifier
        return identifier

    @rule(target=numbers)
    def request_number(self) -> str:
        response = self.do(
            "RequestPhoneNumber",
            IsoCountryCode="US",
            MessageType="TRANSACTIONAL",
            NumberCapabilities=["SMS"],
            NumberType="LONG_CODE",
        )
        return self.made(response, "PhoneNumberId")

    @rule(target=pools, number=numbers)
    def create_pool(self, number: str) -> str:
        response = self.do("CreatePool", OriginationIdentity=number, MessageType="TRANSACTIONAL")
        return self.made(response, "PoolId")

    @rule(pool=pools, number=numbers, join=st.booleans())
    def move(self, pool: str, number: str, *, join: bool) -> None:
        name = "AssociateOriginationIdentity" if join else "DisassociateOriginationIdentity"
        self.do(name, PoolId=pool, OriginationIdentity=number)

    @rule(pool=pools)
    def delete_pool(self, pool: str) -> None:
        self.do("DeletePool", PoolId=pool)

    @rule(number=numbers)
    def release(self, number: str) -> None:
        self.do("ReleasePhoneNumber", PhoneNumberId=number)

    @rule(registration=registrations, number=numbers)
    def tie(self, registration: str, number: str) -> None:
        self.do("CreateRegistrationAssociation", RegistrationId=registration, ResourceId=number)

    @rule(registration=registrations, text=st.sampled_from(["x", "y"]))
    def put(self, registration: str, text: str) -> None:
        self.do(
            "PutRegistrationFieldValue",
            RegistrationId=registration,
            FieldPath="one.a",
            TextValue=text,
        )

    @rule(registration=registrations, aws_review=st.booleans())
    def submit(self, registration: str, *, aws_review: bool) -> None:
        self.do("SubmitRegistrationVersion", RegistrationId=registration, AwsReview=aws_review)

    @rule(
        registration=registrations,
        name=st.sampled_from(
            ["CreateRegistrationVersion", "DiscardRegistrationVersion", "DeleteRegistration"]
        ),
    )
    def act(self, registration: str, name: str) -> None:
        self.do(name, RegistrationId=registration)

    @rule(registration=registrations, verdict=st.sampled_from(["approve", "deny", "revoke"]))
    def decide(self, registration: str, verdict: str) -> None:
        with contextlib.suppress(KeyError, ValueError):
            getattr(self.emulator, verdict)(registration)

    @rule(seconds=st.sampled_from([0.3, 0.6, 5.0]))
    def wait(self, seconds: float) -> None:
        self.emulator.clock.advance(seconds=seconds)

    @rule()
    def snapshot(self) -> None:
        self.emulator.restore(self.emulator.snapshot())

    @invariant()
    def versions_move_as_they_may_and_old_ones_stay(self) -> None:
        for entry in (self.do("DescribeRegistrations") or {})["Registrations"]:
            identifier = entry["RegistrationId"]
            response = self.do("DescribeRegistrationVersions", RegistrationId=identifier) or {}
            versions = response["RegistrationVersions"][::-1]  # newest first
            assert [v["VersionNumber"] for v in versions] == list(range(1, len(versions) + 1))
            assert entry["CurrentVersionNumber"] == len(versions)
            statuses = [v["RegistrationVersionStatus"] for v in versions]
            assert not set(statuses[:-1]) & set(OPEN)
            assert statuses.count("APPROVED") <= 1
            for number, status in enumerate(statuses, 1):
                key = (identifier, number)
                assert reachable(self.statuses.get(key, "DRAFT"), status)
                self.statuses[key] = status
                values = self.do(
                    "DescribeRegistrationFieldValues",
                    RegistrationId=identifier,
                    VersionNumber=number,
                )
                texts = [v.get("TextValue") for v in (values or {})["RegistrationFieldValues"]]
                if status != "DRAFT":
                    assert self.frozen.setdefault(key, texts) == texts

    @invariant()
    def a_number_is_in_one_pool(self) -> None:
        seen: dict[str, str] = {}
        for pool in (self.do("DescribePools") or {})["Pools"]:
            response = self.do("ListPoolOriginationIdentities", PoolId=pool["PoolId"]) or {}
            assert response["OriginationIdentities"]
            for member in response["OriginationIdentities"]:
                number = member["OriginationIdentity"]
                assert number not in seen
                seen[number] = pool["PoolId"]
        for number in (self.do("DescribePhoneNumbers") or {})["PhoneNumbers"]:
            assert number.get("PoolId") == seen.get(number["PhoneNumberId"])

    @invariant()
    def quotas_hold(self) -> None:
        for limit in (self.do("DescribeAccountLimits") or {})["AccountLimits"]:
            assert limit["Used"] <= limit["Max"]


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
