"""An editor: pygls' own client, which speaks to `hdsl lsp` over stdio as editors do."""

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.client import BaseLanguageClient

SECONDS = 60


class Editor:
    """One editor with one server. Its methods wait for the answer."""

    def __init__(
        self,
        folder: Path,
        encodings: list[lsp.PositionEncodingKind] | None = None,
        package: Path = Path(__file__).parents[2],
    ) -> None:
        self.folder = folder
        self.published: dict[str, list[lsp.PublishDiagnosticsParams]] = {}
        self.versions: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.client = BaseLanguageClient("editor", "1")
        self.messages: list[str] = []
        self.errors = ""

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def told(params: lsp.PublishDiagnosticsParams) -> None:
            self.published.setdefault(params.uri, []).append(params)

        @self.client.feature(lsp.WINDOW_SHOW_MESSAGE)
        def shown(params: lsp.ShowMessageParams) -> None:
            self.messages.append(params.message)

        @self.client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
        def registered(params: lsp.RegistrationParams) -> None:
            self.messages.append(f"registered {params.registrations[0].method}")

        environment = {**os.environ, "PYTHONPATH": str(package)}
        self._await(self.client.start_io(sys.executable, "-m", "hdsl", "lsp", cwd=folder, env=environment))
        server: Any = self.client._server
        self._errors = asyncio.run_coroutine_threadsafe(server.stderr.read(), self._loop)
        watching = lsp.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        capabilities = lsp.ClientCapabilities(
            general=lsp.GeneralClientCapabilities(position_encodings=encodings),
            workspace=lsp.WorkspaceClientCapabilities(did_change_watched_files=watching),
        )
        uri = folder.as_uri()
        folders = [lsp.WorkspaceFolder(uri, "folder")]
        params = lsp.InitializeParams(capabilities=capabilities, root_uri=uri, workspace_folders=folders)
        self.server: lsp.InitializeResult = self.ask("initialize_async", params)
        self.tell("initialized", lsp.InitializedParams())

    def stop(self) -> int:
        """Says goodbye; the server's exit code."""
        process: Any = self.client._server
        self.ask("shutdown_async", None)
        self.tell("exit", None)
        code = self._await(process.wait())
        self.errors = self._errors.result(SECONDS).decode()
        self._await(self.client.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        return code

    def ask(self, method: str, params: Any) -> Any:
        """The answer to a request."""
        return self._await(getattr(self.client, method)(params))

    def tell(self, method: str, params: Any) -> None:
        """Sends a notification."""

        async def send() -> None:
            getattr(self.client, method)(params)

        self._await(send())

    # Files

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str | None = None) -> list[lsp.Diagnostic]:
        """Opens a file, by default with its text on the disk; what is found in it."""
        uri = self.uri(name)
        self.texts[name] = (self.folder / name).read_bytes().decode() if text is None else text
        self.versions[name] = 1
        item = lsp.TextDocumentItem(uri, "hg", 1, self.texts[name])
        return self.after(name, lambda: self.tell("text_document_did_open", lsp.DidOpenTextDocumentParams(item)))

    def change(self, name: str, text: str, told: str = "") -> list[lsp.Diagnostic]:
        """Writes another text; what is found then (in the file `told`)."""
        return self.after(told or name, lambda: self.write(name, text))

    def write(self, name: str, text: str) -> None:
        """Writes another text, and waits for nothing."""
        self.versions[name] += 1
        self.texts[name] = text
        document = lsp.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        changes: list[Any] = [lsp.TextDocumentContentChangeWholeDocument(text)]
        self.tell("text_document_did_change", lsp.DidChangeTextDocumentParams(document, changes))

    def type(self, name: str, words: str, typed: str) -> None:
        """Replaces some words as a person does, by a change of that range alone."""
        start, end = self.at(name, words), self.at(name, words, len(words))
        self.versions[name] += 1
        self.texts[name] = self.texts[name].replace(words, typed, 1)
        document = lsp.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        changes: list[Any] = [lsp.TextDocumentContentChangePartial(lsp.Range(start, end), typed)]
        self.tell("text_document_did_change", lsp.DidChangeTextDocumentParams(document, changes))

    def close(self, name: str) -> None:
        document = lsp.TextDocumentIdentifier(self.uri(name))
        self.versions.pop(name, None)
        self.tell("text_document_did_close", lsp.DidCloseTextDocumentParams(document))

    def after(self, name: str, act: Callable[[], None]) -> list[lsp.Diagnostic]:
        """What the server publishes of a file after something was done; no news are the old ones.

        What it publishes of an older version of the file does not count.
        """
        known = self.published.setdefault(self.uri(name), [])
        before = len(known)
        act()
        version = self.versions.get(name)
        ends = time.monotonic() + SECONDS
        while not (len(known) > before and known[-1].version == version) and time.monotonic() < ends:
            time.sleep(0.005)
        return list(known[-1].diagnostics) if known else []

    def until(self, name: str, wanted: Callable[[list[lsp.Diagnostic]], bool]) -> list[lsp.Diagnostic]:
        """What is published of a file once it is as wanted: what was published before may have been on its way."""
        known = self.published.setdefault(self.uri(name), [])
        ends = time.monotonic() + SECONDS
        while not (known and wanted(list(known[-1].diagnostics))) and time.monotonic() < ends:
            time.sleep(0.005)
        return list(known[-1].diagnostics) if known else []

    # Places

    def at(self, name: str, words: str, into: int = 0) -> lsp.Position:
        """The position of some words in a file, in UTF-16."""
        before = self.texts[name][: self.texts[name].index(words) + into]
        line = before.count("\n")
        return lsp.Position(line, len(before.rpartition("\n")[2].encode("utf-16-le")) // 2)

    def place(self, name: str, words: str, into: int = 0) -> dict[str, Any]:
        """The same, with its file, as requests take it."""
        return {
            "text_document": lsp.TextDocumentIdentifier(self.uri(name)),
            "position": self.at(name, words, into),
        }

    def document(self, name: str) -> dict[str, Any]:
        return {"text_document": lsp.TextDocumentIdentifier(self.uri(name))}

    def slice(self, name: str, place: lsp.Range) -> str:
        """The text of a range in UTF-16."""
        return self.texts[name][self._offset(name, place.start) : self._offset(name, place.end)]

    def edited(self, name: str, edits: list[lsp.TextEdit]) -> str:
        """The text of a file after edits."""
        text = self.texts[name]
        for edit in sorted(edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True):
            start, end = self._offset(name, edit.range.start), self._offset(name, edit.range.end)
            text = text[:start] + edit.new_text + text[end:]
        return text

    def _offset(self, name: str, position: lsp.Position) -> int:
        lines = self.texts[name].split("\n")
        line = lines[position.line] if position.line < len(lines) else ""
        inside = line.encode("utf-16-le")[: position.character * 2].decode("utf-16-le")
        return sum(len(each) + 1 for each in lines[: position.line]) + len(inside)

    def _await(self, coroutine: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(_as_coroutine(coroutine), self._loop)
        return future.result(SECONDS)


async def _as_coroutine(awaitable: Any) -> Any:
    return await awaitable


@contextlib.contextmanager
def editing(
    folder: Path,
    encodings: list[lsp.PositionEncodingKind] | None = None,
    package: Path = Path(__file__).parents[2],
) -> Iterator[Editor]:
    """An editor in a folder, whose server ends well. `package`: the folder of the hdsl that serves."""
    editor = Editor(folder, encodings, package)
    yield editor
    ended = editor.stop(), editor.errors
    assert ended == (0, ""), ended
