"""`python -m smsreg.emulator`: the emulator alone, for any AWS client in any language."""

from smsreg.emulator.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
