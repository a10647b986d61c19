"""``python -m smsreg``: the command where its script is not on the path."""

import sys

from smsreg.cli import main

if __name__ == "__main__":
    sys.exit(main())
