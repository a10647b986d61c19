"""Makes text from outside safe to print and to log."""


def escape(text: str) -> str:
    r"""Return ``text`` with every control character spelled out.

    Line breaks, terminal escapes, bidirectional overrides and the like become ``\n``, ``\x1b``,
    ``\u202e`` …, so that a server cannot forge a log line or talk to a terminal. Printable text
    of any script stays as it is; lone surrogates become printable too.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _spell(char) for char in text)


def _spell(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
