"""A client of a language server, which communicates over the pipes of its process.

https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from .snippets import Snippet

Message = dict[str, Any]

TIMEOUT = 60.0
"""Seconds for one response; the first takes longest, as the server analyses the package."""


class LanguageServer:
    """A server process with one open file at a time."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._file = (folder / "typed.py").as_uri()
        self._responses: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._requests = 0
        self._version = 0
        self._process = subprocess.Popen(  # noqa: S603 -- the test's own command
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # it starts a process itself
        )
        threading.Thread(target=self._read_all, daemon=True).start()
        plain = {"hover": {"contentFormat": ["plaintext"]}}
        self._request(
            "initialize",
            processId=os.getpid(),
            rootUri=folder.as_uri(),
            workspaceFolders=[{"uri": folder.as_uri(), "name": "project"}],
            capabilities={"textDocument": plain, "workspace": {"configuration": True}},
        )
        self._notify("initialized")

    def close(self) -> None:
        """Shut the server down; kill it if it does not exit."""
        try:
            self._request("shutdown")
            self._notify("exit")
            self._process.wait(10)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()

    def completions(self, snippet: Snippet) -> list[str]:
        """Return the completions at the snippet's cursor in order, with double quotes."""
        self._open(snippet.source)
        found = self._request("textDocument/completion", **self._position(snippet))
        items: list[Message] = found["items"] if isinstance(found, dict) else found or []
        items = sorted(items, key=lambda item: item["sortText"])
        return [item["label"].replace("'", '"') for item in items]

    def hover(self, snippet: Snippet) -> str:
        """Return the text shown when hovering over the snippet's cursor."""
        self._open(snippet.source)
        found = self._request("textDocument/hover", **self._position(snippet))
        return "" if found is None else str(found["contents"]["value"])

    def underlined(self, snippet: Snippet) -> list[tuple[str, str]]:
        """Return the underlined parts of the snippet's file, each with its message."""
        lines = snippet.source.splitlines()
        found: list[tuple[str, str]] = []
        for problem in self._open(snippet.source):
            start, end = problem["range"]["start"], problem["range"]["end"]
            piece = lines[start["line"]][start["character"] : end["character"]]
            if problem["severity"] == 1:
                found.append((piece, problem["message"]))
        return found

    def _position(self, snippet: Snippet) -> Message:
        position = {"line": snippet.line, "character": snippet.column}
        return {"textDocument": {"uri": self._file}, "position": position}

    def _open(self, text: str) -> list[Message]:
        """Send the server a new text of the file, and wait for its diagnostics."""
        self._version += 1
        document = {"uri": self._file, "version": self._version}
        if self._version == 1:
            self._notify(
                "textDocument/didOpen",
                textDocument={**document, "languageId": "python", "text": text},
            )
        else:
            self._notify(
                "textDocument/didChange", textDocument=document, contentChanges=[{"text": text}]
            )
        while True:
            message = self._next()
            params = message.get("params", {})
            if message.get("method") == "textDocument/publishDiagnostics" and (
                params.get("version") == self._version
            ):
                found: list[Message] = params["diagnostics"]
                return found

    def _request(self, method: str, **params: Any) -> Any:
        self._requests += 1
        number = self._requests
        self._send(id=number, method=method, params=params)
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                if "error" in message:
                    raise AssertionError(message["error"])
                return message["result"]

    def _next(self) -> Message:
        """Take the next message, and respond to it if it is a request of the server."""
        message = self._responses.get(timeout=TIMEOUT)
        if "method" in message and "id" in message:
            items = message["params"].get("items", []) if message.get("params") else []
            settings = [{"pythonPath": sys.executable} for _ in items]
            self._send(id=message["id"], result=settings or None)
        return message

    def _notify(self, method: str, **params: Any) -> None:
        self._send(method=method, params=params)

    def _send(self, **message: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        pipe = self._process.stdin
        assert pipe is not None
        pipe.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        pipe.flush()

    def _read_all(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        with contextlib.suppress(ValueError):  # closed
            while header := pipe.readline():
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    while pipe.readline().strip():
                        pass
                    self._responses.put(json.loads(pipe.read(int(value))))
