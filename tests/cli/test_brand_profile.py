"""Drafts that name a brand profile, from a file to COMPLETE by the commands."""

from __future__ import annotations

import json

import pytest

from smsreg import EndUserMessagingClient
from smsreg.registration import RegistrationDraft

FILLED = {"companyInfo.city": "City", "contactInfo.website": "Website"}


@pytest.fixture
async def file(still, values, tmp_path):
    """A draft without the values that its profile provides."""
    still.settings.review_seconds = 0  # jobs end at once
    async with EndUserMessagingClient(**still.client_options) as profiles:
        made = await profiles.create_brand_profile(brand_profile_name="Example")
        await profiles.create_brand_profile_attributes(
            brand_profile_id=made.brand_profile_id,
            attributes=[
                {"attribute_name": name, "attribute_type": "TEXT", "attribute_value": values[path]}
                for path, name in FILLED.items()
            ],
        )
    draft = RegistrationDraft(
        key="acme/brand",
        registration_type="US_TEN_DLC_BRAND_REGISTRATION",
        values={path: value for path, value in values.items() if path not in FILLED},
        brand_profile=made.brand_profile_id,
    )
    file = tmp_path / "brand.yaml"
    file.write_text(draft.to_yaml(), "utf-8")
    return file


async def test_from_a_profile_to_complete(run, still, file):
    status, out, _ = await run("check", file)
    assert (status, out.count("unchecked")) == (0, len(FILLED))
    status, out, _ = await run("plan", file)
    assert (status, "1. create_registrations_from_brand_profile bp-" in out) == (0, True)
    assert (await run("apply", file, "--yes"))[0] == 3
    (registration,) = still.controls().registrations
    status, out, _ = await run("plan", file)
    assert status == 0
    assert [line for line in out.splitlines() if "from the brand" in line] == [
        f"  from the brand profile: {path}" for path in FILLED
    ]
    (plan,) = json.loads((await run("plan", file, "--json"))[1])["plans"]
    assert plan["filled"] == list(FILLED)
    assert (await run("apply", file))[0] == 0
    pulled = (await run("pull", registration["id"]))[1]
    assert f"\n{file.read_text('utf-8').splitlines()[2]}\n" in pulled
    assert '"companyInfo.city": "Seattle"' in pulled
