"""Checks a wheel's files, extras and size."""

from __future__ import annotations

import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

EXTRAS = {"cli", "opentelemetry", "pytest", "redis"}
NEEDED = {"smsreg/__init__.py", "smsreg/py.typed", "smsreg/sms_voice/__init__.py"}
MOST_BYTES = 2_000_000


def problems(wheel: Path) -> list[str]:
    """Return the problems of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        declared = message_from_bytes(archive.read(metadata))
        unpacked = sum(info.file_size for info in archive.infolist())
    size, extras = wheel.stat().st_size, set(declared.get_all("Provides-Extra", []))
    print(f"{wheel.name}: {size:,} bytes, {unpacked:,} unpacked, {len(names)} files")
    print("extras:", ", ".join(sorted(extras)))
    found = [f"{name} is missing" for name in sorted(NEEDED - names)]
    found += [f"{name} does not belong in it" for name in sorted(names) if not _belongs(name)]
    if extras != EXTRAS:
        found.append(f"the extras must be {', '.join(sorted(EXTRAS))}")
    if size > MOST_BYTES:
        found.append(f"it must have at most {MOST_BYTES:,} bytes")
    return found


def _belongs(name: str) -> bool:
    top, *rest = Path(name).parts
    return (top == "smsreg" and rest[0] != "_codegen") or top.endswith(".dist-info")


if __name__ == "__main__":
    complaints = problems(Path(sys.argv[1]))
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)
