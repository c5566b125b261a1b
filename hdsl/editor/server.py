"""The language server: the requests of the protocol, answered by the features beside this file."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lsprotocol import types as lsp
from pygls import uris
from pygls.exceptions import FeatureRequestError, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from hdsl import __version__
from hdsl.check.diagnostic import Diagnostic, Place
from hdsl.editor import colours, completion, edits, hover, outline, references, signatures
from hdsl.editor.diagnostics import shown
from hdsl.editor.positions import Positions
from hdsl.editor.view import View
from hdsl.editor.workspace import Workspace, file_of
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

SHORT_DELAY, LONG_DELAY = 0.02, 0.3
"""Seconds from a change to the check: the long one where the last check took longer than `LONG_CHECK`."""

LONG_CHECK = 0.15

WATCHED = "**/*.{hg,jsonl,csv,tsv}"


class _Protocol(LanguageServerProtocol):
    """Leaves the texts of open files to the server: pygls takes more for line ends than the protocol does."""

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> Iterator[Any]:
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_CHANGE], (params,), None


class HdslServer(LanguageServer):
    """The state of one editor: its open files, what was found in them, what it was told."""

    def __init__(self) -> None:
        super().__init__("hdsl", __version__, protocol_cls=_Protocol)
        self.files = Workspace()
        self.was_shut_down = False
        self._views: dict[str, View] = {}
        self._published: dict[str, dict[str, list[lsp.Diagnostic]]] = {}
        self._waiting: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._took = 0.0

    def stop_waiting(self) -> None:
        """Drops the check that waits: nobody is there to be told of it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Tells a fault of ours in the log alone: a message to the editor could fail in the same way, without end.

        What a request failed by is its answer.
        """
        if source is not FeatureRequestError:
            logging.getLogger(__name__).error("%s", error)

    # Files

    @property
    def units(self) -> str:
        """What the editor counts characters in."""
        encoding = self.workspace.position_encoding
        return str(getattr(encoding, "value", encoding))

    def edit(self, uri: str, version: int, changes: Sequence[lsp.TextDocumentContentChangeEvent]) -> None:
        """Makes changes in an open file, one after the other."""
        text = self.files.documents.text(path_of(uri)) or ""
        for change in changes:
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                positions = Positions(source := Source("", text), text, self.units)
                start, end = (positions.offset(place) for place in (change.range.start, change.range.end))
                text = source.text[:start] + change.text + source.text[end:]
            else:
                text = change.text
        self.change(uri, version, text)

    def change(self, uri: str, version: int, text: str) -> None:
        """Takes the text of an open file; it is checked in a moment, with the open files that use it."""
        path = path_of(uri)
        self.files.documents.put(path, text, uri, version)
        self.check_soon([path, *self.files.users(path)])

    def close(self, uri: str) -> None:
        """The file on the disk counts again; nothing more is said of it."""
        path = path_of(uri)
        users = self.files.users(path)
        self.files.documents.close(path)
        for forgotten in (path, *self.files.forget_unused()):
            self._views.pop(forgotten, None)
        self._waiting.discard(path)
        self._publish(path, {})
        self.check_soon(users)

    def check_soon(self, paths: Iterable[str]) -> None:
        """Checks files when nothing more has changed for a moment."""
        self.files.changed()
        self._waiting.update(paths)
        if self._timer is not None:
            self._timer.cancel()
        delay = LONG_DELAY if self._took > LONG_CHECK else SHORT_DELAY
        self._timer = asyncio.get_running_loop().call_later(delay, self._check)

    def view(self, uri: str) -> View | None:
        """The analysis of a file as it is now, for a feature; None where it is not text."""
        return self.view_of(path_of(uri))

    def view_of(self, path: str) -> View | None:
        """The same, by its path."""
        analysis = self.files.analysis(path)
        if analysis is None:
            return None
        known = self._views.get(path)
        if known is None or known.analysis is not analysis:
            known = self._views[path] = View(self.files, analysis, self.units)
        return known

    # Diagnostics

    def _check(self) -> None:
        self._timer = None
        began = time.monotonic()
        waiting, self._waiting = self._waiting, set()
        is_first = not waiting <= self._published.keys()
        for path in self.files.documents.paths:
            if path in waiting:
                self._publish(path, self._found(path))
        # The first check of a file is not a measure of what an edit costs.
        self._took = 0.0 if is_first else time.monotonic() - began

    def _found(self, path: str) -> dict[str, list[lsp.Diagnostic]]:
        """What is wrong with a file, by the file that shows it: itself, or one of rows."""
        view = self.view_of(path)
        found: dict[str, list[lsp.Diagnostic]] = {self.files.documents.uri(path): []}
        for each in self.files.unreadable(path) if view is None else view.analysis.diagnostics:
            uri = self.files.documents.uri(each.place.source.path)
            found.setdefault(uri, []).append(self._shown(each, view))
        return found

    def _shown(self, diagnostic: Diagnostic, view: View | None) -> lsp.Diagnostic:
        def located(place: Place) -> lsp.Location:
            uri = self.files.documents.uri(file_of(place.source.path))
            return lsp.Location(uri, self._positions(place, view).range(place.span))

        return shown(diagnostic, self._positions(diagnostic.place, view), located)

    def _positions(self, place: Place, view: View | None) -> Positions:
        if view is not None and place.source.path == view.analysis.path:
            return view.positions
        text = self.files.documents.text(place.source.path)
        return Positions(place.source, place.source.text if text is None else text, self.units)

    def _publish(self, path: str, found: dict[str, list[lsp.Diagnostic]]) -> None:
        """Tells what is wrong in the files that a file speaks of, with what others say of them."""
        before, own = self._published.get(path, {}), self.files.documents.uri(path)
        if found:
            self._published[path] = found
        else:
            self._published.pop(path, None)
        for uri in {**before, **found}:
            said = [each for other in self._published.values() for each in other.get(uri, [])]
            if uri == own or before.get(uri) != found.get(uri):
                # With the version, so that an editor can tell what is said of a text that it has changed since.
                version = self.files.documents.version(path_of(uri))
                self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, said, version))


def path_of(uri: str) -> str:
    """The file of a URI; the URI itself where it names none."""
    return os.path.normpath(uris.to_fs_path(uri) or uri) if uri.startswith("file:") else uri


def make_server() -> HdslServer:
    """A server with all its features, not yet started."""
    server = HdslServer()
    _files(server)
    _reading(server)
    _names(server)
    _writing(server)
    return server


def _files(server: HdslServer) -> None:
    @server.feature(lsp.INITIALIZED)
    def initialized(params: lsp.InitializedParams) -> None:
        folders = [folder.uri for folder in server.workspace.folders.values()]
        roots = folders or ([server.workspace.root_uri] if server.workspace.root_uri else [])
        server.files.documents.folders = [path_of(uri) for uri in roots]
        workspace = server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is not None and watching.dynamic_registration:
            watchers = [lsp.FileSystemWatcher(WATCHED)]
            options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers)
            name = lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES
            registration = lsp.Registration("watch", name, server.protocol._converter.unstructure(options))
            server.client_register_capability(lsp.RegistrationParams([registration]))

    @server.feature(lsp.SHUTDOWN)
    def shut_down(params: None) -> None:
        server.was_shut_down = True
        server.stop_waiting()

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        server.change(document.uri, document.version, document.text)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        server.edit(params.text_document.uri, params.text_document.version, params.content_changes)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        server.check_soon(server.files.documents.paths)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: lsp.DidChangeWatchedFilesParams) -> None:
        server.check_soon(server.files.documents.paths)


def _reading(server: HdslServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hovered(params: lsp.HoverParams) -> lsp.Hover | None:
        view = server.view(params.text_document.uri)
        found = hover.hover(view, view.positions.offset(params.position)) if view is not None else None
        if view is None or found is None:
            return None
        text, occurrence = found
        content = lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
        return lsp.Hover(content, view.positions.range(occurrence.span))

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION,
        lsp.CompletionOptions(trigger_characters=[".", '"', "(", ",", "=", ":", "!", ">", "{"]),
    )
    def completed(params: lsp.CompletionParams) -> lsp.CompletionList:
        view = server.view(params.text_document.uri)
        items = completion.complete(view, view.positions.offset(params.position)) if view is not None else []
        return lsp.CompletionList(False, items)

    @server.feature(
        lsp.TEXT_DOCUMENT_SIGNATURE_HELP,
        lsp.SignatureHelpOptions(trigger_characters=["(", ","], retrigger_characters=["="]),
    )
    def helped(params: lsp.SignatureHelpParams) -> lsp.SignatureHelp | None:
        view = server.view(params.text_document.uri)
        return signatures.signature_help(view, view.positions.offset(params.position)) if view is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def hinted(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        view = server.view(params.text_document.uri)
        return edits.inlay_hints(view, span_of(view, params.range)) if view is not None else []

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def outlined(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        view = server.view(params.text_document.uri)
        return outline.document_symbols(view) if view is not None else []

    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def folded(params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
        view = server.view(params.text_document.uri)
        return outline.folding_ranges(view) if view is not None else []

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, colours.LEGEND)
    def coloured(params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
        view = server.view(params.text_document.uri)
        whole = Span(0, len(view.analysis.source.text)) if view is not None else Span(0, 0)
        return lsp.SemanticTokens(colours.semantic_tokens(view, whole) if view is not None else [])


def _names(server: HdslServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def defined(params: lsp.DefinitionParams) -> lsp.Location | None:
        view = server.view(params.text_document.uri)
        return references.definition(view, view.positions.offset(params.position)) if view is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def referenced(params: lsp.ReferenceParams) -> list[lsp.Location]:
        view = server.view(params.text_document.uri)
        if view is None:
            return []
        offset, declared = view.positions.offset(params.position), params.context.include_declaration
        return references.references(view, offset, server.view_of, declared)

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlighted(params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        view = server.view(params.text_document.uri)
        return references.highlights(view, view.positions.offset(params.position)) if view is not None else []

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepared(params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
        view = server.view(params.text_document.uri)
        found = references.renamed(view, view.positions.offset(params.position)) if view is not None else None
        if view is None or found is None:
            return None
        return lsp.PrepareRenamePlaceholder(view.positions.range(found.span), found.symbol.name)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def renamed(params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        view = server.view(params.text_document.uri)
        if view is None:
            return None
        try:
            return references.rename(view, view.positions.offset(params.position), params.new_name, server.view_of)
        except references.CannotRename as reason:
            raise JsonRpcInvalidParams(str(reason)) from None


def _writing(server: HdslServer) -> None:
    kinds = [lsp.CodeActionKind.QuickFix, edits.FIX_ALL, lsp.CodeActionKind.RefactorRewrite]

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=kinds))
    def fixed(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        view = server.view(params.text_document.uri)
        return edits.code_actions(view, span_of(view, params.range), params.context.only) if view is not None else []

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def formatted(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
        view = server.view(params.text_document.uri)
        return edits.formatting(view) if view is not None else []


def span_of(view: View, place: lsp.Range) -> Span:
    """The span of a range of the protocol."""
    return Span(view.positions.offset(place.start), view.positions.offset(place.end))
