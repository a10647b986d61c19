"""The web page: one file without external resources."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources

from aiohttp import web

_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def page(method: str) -> web.Response:
    """The page; an error for other methods than GET."""
    if method not in ("GET", "HEAD"):
        return web.json_response({"error": "the page is there for GET"}, status=404)
    body, headers = _page()
    return web.Response(body=body, headers=headers)


@cache
def _page() -> tuple[bytes, dict[str, str]]:
    """Content and headers: only inline code runs, and it connects to the emulator only."""
    text = (resources.files("smsreg.emulator.http") / "page.html").read_text("utf-8")
    hashes: dict[str, str] = {}
    for kind, content in _INLINE.findall(text):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        hashes[kind] = f"'sha256-{digest}'"
    policy = (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return text.encode(), {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
