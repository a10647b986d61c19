"""Checks the built site in a browser: no page is wider than a phone, and the search works.

    python .ci/site_check.py FOLDER

Each page is opened in a frame as wide as a phone, from a server on this machine. Without Chromium
the check is skipped with a message, and succeeds.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PHONE = 390
SEARCHES = {
    "create_pool": "reference/sms_voice/pools.html",
    "RegistrationVersionStatus": "reference/sms_voice/registrations-types.html",
    "OutcomeUnknownError": "retries.html",
    "wait_until_registration_complete": "waiters.html",
}
"""Search terms, and a page that has to be among the results."""
SECONDS = 240
HARNESS = """\
<!doctype html><body><script>
const pages = %s, searches = %s, found = {wide: [], lost: [], pages: 0};
function open(address, look) {
  return new Promise(resolve => {
    const frame = document.createElement("iframe");
    frame.style = "border: 0; width: %dpx; height: 800px";
    frame.onload = async () => { await look(frame.contentDocument); frame.remove(); resolve(); };
    frame.src = address;
    document.body.append(frame);
  });
}
const pause = time => new Promise(resolve => setTimeout(resolve, time));
async function wide(page, content) {
  found.pages += 1;
  const width = content.documentElement.scrollWidth;
  if (width > %d) found.wide.push(`${page}: ${width} px`);
}
async function search(words, target, content) {
  for (let turn = 0; turn < 100; turn++) {
    const links = [...content.querySelectorAll(".md-search-result__link")];
    if (links.some(link => new URL(link.href).pathname.endsWith(target))) return;
    await pause(100);
  }
  found.lost.push(`${words}: ${target} was not found`);
}
(async () => {
  for (const page of pages) await open(page, content => wide(page, content));
  for (const [words, target] of Object.entries(searches))
    await open(`index.html?q=${words}`, content => search(words, target, content));
  await fetch("/result", {method: "POST", body: JSON.stringify(found)});
})();
</script>
"""


class _Site(SimpleHTTPRequestHandler):
    """Serves the built site and the page that opens all others, and receives its result."""

    result: dict[str, list[str]] | None = None
    done = threading.Event()

    def log_message(self, *_: object) -> None:
        """Log no requests."""

    def do_POST(self) -> None:
        """Receive the result."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        _Site.result = json.loads(body)
        self.send_response(204)
        self.end_headers()
        _Site.done.set()


def look(site: Path, browser: str) -> dict[str, list[str]]:
    """Open every page in a browser; return the problems."""
    pages = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    pages = [page for page in pages if page not in {"404.html", "_look.html"}]
    harness = site / "_look.html"
    harness.write_text(HARNESS % (json.dumps(pages), json.dumps(SEARCHES), PHONE, PHONE), "utf-8")
    handler = partial(_Site, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/_look.html"
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
        command = [browser, *flags, f"--user-data-dir={profile}", "--window-size=1280,900", address]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 -- a browser found on the machine
        try:
            in_time = _Site.done.wait(SECONDS)
        finally:
            process.terminate()
            process.wait()
            server.shutdown()
            harness.unlink()
    if not in_time or _Site.result is None:
        return {"wide": [f"the pages were not looked at within {SECONDS} s"], "lost": []}
    print(f"{len(pages)} pages, {len(SEARCHES)} searches")
    return _Site.result


def searches_as_file(site: Path, browser: str) -> bool:
    """Return whether the search works when the site is opened as files, without a server."""
    address = f"{(site / 'index.html').resolve().as_uri()}?q=create_pool"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000"]
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *flags, f"--user-data-dir={profile}", "--dump-dom", address]
        done = subprocess.run(  # noqa: S603 -- our own command
            command, capture_output=True, timeout=SECONDS, encoding="utf-8", check=True
        )
    return re.search(r"\d+ matching documents?<", done.stdout) is not None


def main() -> int:
    """Check the site; return the exit status."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("Chromium is not installed: the pages are not checked")
        return 0
    site = Path(sys.argv[1])
    found = look(site, browser)
    if not searches_as_file(site, browser):
        found["lost"].append("the search finds nothing in pages that are opened as files")
    for problem in (*found["wide"], *found["lost"]):
        print(problem, file=sys.stderr)
    return 1 if found["wide"] or found["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
