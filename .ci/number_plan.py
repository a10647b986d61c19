"""Writes the emulator's calling codes from `phonenumbers`' metadata, or compares them (--check).

`phonenumbers` contains the data of Google's libphonenumber. Only this script and a test need it:
the emulator reads the table.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers.phonenumberutil import region_code_for_number

if TYPE_CHECKING:
    from collections.abc import Iterable

TABLE = Path(__file__).resolve().parent.parent / "smsreg/emulator/sms_voice/calling_codes.py"
WIDTH = 96
TOP = '''\
"""Countries and their calling codes.

Written by `python .ci/number_plan.py` from the metadata of `phonenumbers` (Google's
libphonenumber, Apache License 2.0). Do not edit.
"""

'''


def table() -> str:
    """Return the module's text."""
    lines = [TOP + "CALLING_CODES = {"]
    lines += wrapped(f'"{region}": "{code}",' for region, code in sorted(codes().items()))
    lines += ["}  # fmt: skip", '"""By country."""', "", "COUNTRIES_BY_PREFIX = {"]
    lines += wrapped(f'"{prefix}": "{region}",' for prefix, region in sorted(prefixes().items()))
    lines += [
        "}  # fmt: skip",
        '"""By the first digits of a number; the longest that fits counts."""',
    ]
    lines += ["", "MOBILE_LENGTHS = {"]
    lines += wrapped(f'"{region}": {size},' for region, size in sorted(lengths().items()))
    lines += [
        "}  # fmt: skip",
        '"""Digits of a mobile number after the calling code, by country."""',
    ]
    return "\n".join(lines) + "\n"


def codes() -> dict[str, str]:
    """Return each country's calling code."""
    return {
        region: str(phonenumbers.country_code_for_region(region))
        for region in phonenumbers.SUPPORTED_REGIONS
    }


def prefixes() -> dict[str, str]:
    """Return the leading digits of a number that identify its country."""
    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    found = {str(code): regions[0] for code, regions in known if regions[0] != "001"}
    for area in range(200, 1000):  # calling code 1 is shared by its area codes
        region = region_code_for_number(phonenumbers.PhoneNumber(1, area * 10**7 + 234_5678))
        if region not in (None, "US"):
            found[f"1{area}"] = region
    for code, regions in known:
        for region in regions[1:]:
            digits = phonenumbers.PhoneMetadata.metadata_for_region(region).leading_digits or ""
            if code != 1 and digits.isdigit():
                found[f"{code}{digits}"] = region
    return found


def lengths() -> dict[str, int]:
    """Return the length of a mobile number, from each country's example."""
    sizes: dict[str, int] = {}
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number_for_type(
            region, phonenumbers.PhoneNumberType.MOBILE
        ) or phonenumbers.example_number(region)
        sizes[region] = len(phonenumbers.national_significant_number(example))
    return sizes


def wrapped(words: Iterable[str], indent: int = 4) -> list[str]:
    """Wrap entries into lines."""
    lines: list[str] = []
    line = ""
    for word in words:
        if line and len(line) + len(word) + 1 > WIDTH - indent:
            lines.append(" " * indent + line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, " " * indent + line]


def main() -> int:
    """Write or check the table; return the exit status."""
    if "--check" not in sys.argv[1:]:
        TABLE.write_text(table(), encoding="utf-8")
        return 0
    if TABLE.read_text(encoding="utf-8") == table():
        return 0
    print(f"{TABLE.name} is out of date: run python .ci/number_plan.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
