"""What may stand at the cursor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types as lsp

from hdsl.check.budget_options import BUDGET_OPTIONS
from hdsl.check.library import library
from hdsl.check.project import PRELUDE, standard_modules
from hdsl.check.stubs import paths_of
from hdsl.editor.cursor import Cursor, cursor_at, signature_of
from hdsl.editor.hover import documentation
from hdsl.editor.view import View, statements_of
from hdsl.graph.model_options import model_options
from hdsl.graph.shapes import shown_shape
from hdsl.graph.signature import EFFECTS, OperationOf, Signature
from hdsl.graph.signature_text import shown_option, shown_signature
from hdsl.graph.train_settings import TRAIN_SETTINGS
from hdsl.graph.typed import Module
from hdsl.graph.types import BUILT_IN, OPTION_KINDS, Type, record_fields, shown_field, shown_type, type_of
from hdsl.meaning.kind import declarable
from hdsl.structure.structures import found_at
from hdsl.syntax import tree
from hdsl.syntax.pieces import ITEM_KEYWORDS
from hdsl.syntax.tree import Span

Kind = lsp.CompletionItemKind
Items = Iterator[lsp.CompletionItem]

_OPEN_HOLE = re.compile(r"(?<!\\)\{([A-Za-z_][\w.]*)?\Z")
"""A hole that is being written, and the name in it."""


def complete(view: View, offset: int) -> list[lsp.CompletionItem]:
    """The items for the cursor, each once."""
    cursor = cursor_at(view, offset)
    if cursor is None:
        return []
    found = _Completion(view, cursor).items()
    return list({item.label: item for item in found}.values())


class _Completion:
    def __init__(self, view: View, cursor: Cursor) -> None:
        self.view = view
        self.cursor = cursor
        self.module = view.module
        self.prelude = library()[PRELUDE]

    def items(self) -> Items:
        cursor = self.cursor
        first = cursor.before[0].text if cursor.before else ""
        if cursor.string is not None:
            yield from self._in_string(first)
        elif not cursor.in_body:
            yield from self._at_top(first)
        elif isinstance(cursor.item, tree.Train):
            yield from self._in_train()
        elif not cursor.before and not cursor.alias:
            words = (
                ("expect", "given") if isinstance(cursor.item, tree.Test) else ("return", "budget", "dim", "experience")
            )
            yield from map(_keyword, words)
        else:
            yield from self._in_statement(first)

    # Places

    def _in_string(self, first: str) -> Items:
        cursor = self.cursor
        if cursor.is_template and cursor.string is not None:
            yield from self._in_template(cursor.string)
        elif cursor.opened and cursor.opened[-1].text == "{" and cursor.in_body:
            yield from self._labels(quoted=False)
        elif first == "use":
            yield from self._files("*.hg")
        elif "load" in [token.text for token in cursor.before[-2:]]:
            for pattern in ("*.jsonl", "*.csv", "*.tsv"):
                yield from self._files(pattern)

    def _in_template(self, string: Span) -> Items:
        """What a hole may hold, where one has been opened and not closed."""
        written = self.view.analysis.source.text[string.start : string.end]
        hole = _OPEN_HOLE.search(written)
        if hole is None:
            return
        root, dot, _ = (hole[1] or "").rpartition(".")
        if dot:
            yield from self._fields(root)
            return
        yield from self._values()
        own = self._own()
        for option in own.options if own is not None else ():
            if isinstance(option.kind, str) and option.kind != "shape":
                yield lsp.CompletionItem(option.name, kind=Kind.Property, detail=option.kind)
        yield from self._dimensions()

    def _fields(self, path: str) -> Items:
        """The fields of a record that a path of names leads to."""
        kind = self._type_at(path)
        for field in record_fields(kind) if kind is not None else ():
            said = field.description or None
            yield lsp.CompletionItem(field.name, kind=Kind.Field, detail=shown_field(field), documentation=said)

    def _type_at(self, path: str) -> Type | None:
        """The type of a node or an input, or of the field that a path from one leads to."""
        root, *names = path.split(".")
        kind = self._type_named(root)
        if kind is None or not names:
            return kind
        found = None if kind.record is None else found_at(kind.record, names)
        return None if found is None else type_of(found[0])

    def _at_top(self, first: str) -> Items:
        last = self.cursor.last
        if last == "!":
            yield from (lsp.CompletionItem(name, kind=Kind.Keyword) for name in EFFECTS)
        elif first == "use":
            yield from self._modules()
        elif first == "op" and last == "as":
            yield from (lsp.CompletionItem(name, kind=Kind.Keyword) for name in declarable())
        elif first == "train":
            harnesses = [s for s in self.module.callables.values() if s.is_harness]
            yield from (self._callable(signature.name, self.module, signature) for signature in harnesses)
        elif first in ("op", "harness") and last in (":", "->", ",", "("):
            if last in (":", "->"):
                yield from self._types()
            if last == ":":
                yield from (lsp.CompletionItem(name, kind=Kind.Keyword) for name in OPTION_KINDS)
        elif first == "experience":
            yield from self._types() if last in (":", "->") else iter([_keyword("load")] if last == "=" else [])
        elif not first:
            yield from map(_keyword, sorted(ITEM_KEYWORDS))

    def _in_train(self) -> Items:
        cursor = self.cursor
        if cursor.last == "=" and len(cursor.before) > 1 and cursor.before[-2].text == "loss":
            yield from self._callables("score")
        elif cursor.last == "=" and (setting := TRAIN_SETTINGS.get(cursor.before[-2].text)) is not None:
            yield from (lsp.CompletionItem(f'"{word}"', kind=Kind.Value) for word in setting.choices)
        elif cursor.last != "=":
            for name, setting in TRAIN_SETTINGS.items():
                yield lsp.CompletionItem(name, kind=Kind.Property, detail=setting.expected.replace("`", ""))

    def _in_statement(self, first: str) -> Items:
        cursor = self.cursor
        inner = cursor.opened[-1].text if cursor.opened else ""
        if inner == "{":
            yield from self._values() if cursor.last == "=>" else self._labels(quoted=True)
        elif inner == "(":
            yield from self._in_call()
        elif inner == "[":
            yield from self._dimensions()
        elif first == "given":
            yield from self._in_given()
        elif first == "expect":
            yield from self._callables("score")
        elif cursor.last in ("return", "switch"):
            yield from self._values()
        elif cursor.last == ":":
            yield from self._types()
        elif cursor.last == "=":
            yield from self._callables()
            if not cursor.alias:
                yield _keyword("switch")

    def _in_given(self) -> Items:
        """The next name of the path of a node; behind it, the one function of a reply."""
        cursor = self.cursor
        if "=" in [token.text for token in cursor.before]:
            yield lsp.CompletionItem("fail", kind=Kind.Function, insert_text='fail("")')
            return
        begun = "".join(token.text for token in cursor.before[1:]) + (f"{cursor.alias}." if cursor.alias else "")
        names = dict.fromkeys(
            path.removeprefix(begun).partition(".")[0] for path in paths_of(self.module) if path.startswith(begun)
        )
        yield from (lsp.CompletionItem(name, kind=Kind.Class if not begun else Kind.Variable) for name in names)

    def _in_call(self) -> Items:
        cursor = self.cursor
        called = cursor.callee()
        if called is None:
            return
        name, _ = called
        signature = signature_of(self.view, cursor.item, name)
        option = cursor.option()
        if name == "budget":
            if option == "per":
                yield from self._dimensions()
            elif not option:
                yield from (lsp.CompletionItem(f"{each}=", kind=Kind.Property) for each in BUDGET_OPTIONS)
        elif option:
            yield from self._option_value(signature, option)
        elif cursor.last in ("(", ","):
            yield from self._values(with_experiences=True)
            if not cursor.alias and signature is not None:
                given = cursor.given_options()
                for each in (*signature.options, *model_options(signature)):
                    if each.name not in given:
                        yield lsp.CompletionItem(f"{each.name}=", kind=Kind.Property, detail=shown_option(each))

    def _option_value(self, signature: Signature | None, name: str) -> Items:
        option = signature.option(name) if signature is not None else None
        if option is None:
            return
        if isinstance(option.kind, OperationOf):
            yield from self._callables()
            return
        if option.kind == "bool":
            yield from map(_keyword, ("true", "false"))
        elif option.kind in ("dim", "int", "float"):
            yield from self._dimensions()
        own = self._own()
        for each in own.options if own is not None else ():
            if each.kind == option.kind:
                yield lsp.CompletionItem(each.name, kind=Kind.Variable, detail=shown_option(each))

    # What there is

    def _own(self) -> Signature | None:
        item = self.cursor.item
        return self.module.callables.get(item.name.text) if isinstance(item, tree.Harness) else None

    def _modules(self) -> Items:
        for name in standard_modules():
            shown = name.partition(".")[2] if self.cursor.alias == "std" else name
            yield lsp.CompletionItem(shown, kind=Kind.Module)

    def _types(self) -> Items:
        if self.cursor.alias:
            used = self.module.uses.get(self.cursor.alias)
            names = list(used.types) if used is not None else []
        else:
            names = [*BUILT_IN, *self.module.types]
            names += [f"{alias}.{name}" for alias, used in self.module.uses.items() for name in used.types]
        yield from (lsp.CompletionItem(name, kind=Kind.Class) for name in names)

    def _dimensions(self) -> Items:
        own = self._own()
        shapes = [wanted.shape for wanted in own.inputs] if own is not None else []
        names = dict.fromkeys(str(dim) for shape in shapes for dim in shape if isinstance(dim, str))
        names |= dict.fromkeys(
            option.name for option in (own.options if own is not None else ()) if option.kind == "dim"
        )
        names |= dict.fromkeys(self.module.dims)
        item = self.cursor.item
        for statement in statements_of(item):
            if isinstance(statement, tree.DimConstant):
                names[statement.name.text] = None
        yield from (lsp.CompletionItem(name, kind=Kind.Constant) for name in names)

    def _values(self, with_experiences: bool = False) -> Items:
        """Nodes above the cursor, inputs, experiences where one may be an input; behind a record's dot its fields."""
        if self.cursor.alias:
            yield from self._fields(self.cursor.alias)
        else:
            own, item = self._own(), self.cursor.item
            for wanted in own.inputs if own is not None else ():
                if with_experiences or isinstance(wanted.type, Type):
                    shape = shown_shape(wanted.shape) if isinstance(wanted.type, Type) else ""
                    detail = f"{shown_type(wanted.type)}{shape}"
                    yield lsp.CompletionItem(wanted.name, kind=Kind.Variable, detail=detail)
            body = (
                item.body if isinstance(item, tree.Harness) else item.statements if isinstance(item, tree.Test) else ()
            )
            for statement in body:
                if isinstance(statement, tree.Node) and statement.span.end <= self.cursor.offset:
                    yield lsp.CompletionItem(statement.name.text, kind=Kind.Variable, detail=self._type_of(statement))
                elif isinstance(statement, tree.Experience) and with_experiences:
                    yield lsp.CompletionItem(statement.name.text, kind=Kind.Struct)
        if with_experiences:
            alias = self.cursor.alias
            modules = {alias: self.module.uses.get(alias)} if alias else {"": self.module, **self.module.uses}
            for used_as, module in modules.items():
                for table in module.experiences.values() if module is not None else ():
                    name = f"{used_as}.{table.name}" if used_as and not alias else table.name
                    yield lsp.CompletionItem(name, kind=Kind.Struct, detail=shown_type(table.type))

    def _type_of(self, node: tree.Node) -> str:
        typed = self.view.typed.get(node.span.start)
        if typed is not None:
            return f"{shown_type(typed.type)}{shown_shape(typed.shape)}"
        return node.annotation.name.text if node.annotation is not None else ""

    def _callables(self, result: str = "") -> Items:
        """Operations and harnesses; those of a module of the library that is not in use bring its `use` with them."""
        alias = self.cursor.alias
        if alias:
            used = self.module.uses.get(alias)
            for signature in _available(used):
                yield self._callable(signature.name, used or self.module, signature)
            return
        modules: list[tuple[str, Module]] = [("", self.module), ("", self.prelude), *self.module.uses.items()]
        for used_as, module in modules:
            for signature in _available(module):
                if not result or signature.result.name == result:
                    name = f"{used_as}.{signature.name}" if used_as else signature.name
                    yield self._callable(name, module, signature)
        for name in standard_modules():
            short = name.removeprefix("std.")
            if short not in self.module.uses and name in library():
                for signature in _available(library()[name]):
                    if not result or signature.result.name == result:
                        item = self._callable(f"{short}.{signature.name}", library()[name], signature)
                        item.additional_text_edits = [self._use(name)]
                        yield item

    def _callable(self, name: str, module: Module, signature: Signature) -> lsp.CompletionItem:
        kind = Kind.Class if signature.is_harness else Kind.Function
        text = lsp.MarkupContent(lsp.MarkupKind.Markdown, documentation(module, signature))
        return lsp.CompletionItem(name, kind=kind, detail=shown_signature(signature), documentation=text)

    def _use(self, name: str) -> lsp.TextEdit:
        """The edit that puts a module in use."""
        file = self.view.analysis.parsed.file
        uses = [item for item in file.items if isinstance(item, tree.Use)]
        after = uses[-1].span.end if uses else file.version.span.end if file.version is not None else 0
        place = self.view.positions.position(after)
        return lsp.TextEdit(lsp.Range(place, place), f"\nuse {name}" if uses else f"\n\nuse {name}")

    def _labels(self, quoted: bool) -> Items:
        """The labels of the switch around the cursor that have no case yet."""
        before = [token.text for token in self.cursor.before]
        at = len(before) - 1 - before[::-1].index("switch") if "switch" in before else None
        brace = before.index("{", at) if at is not None and "{" in before[at:] else len(before)
        kind = None if at is None else self._type_at("".join(before[at + 1 : brace]))
        seen = {text.strip('"') for text in before}
        if quoted:
            yield _keyword("else")
        for label, text in kind.labels or () if kind is not None else ():
            if label in seen:
                continue
            item = lsp.CompletionItem(f'"{label}"' if quoted else label, kind=Kind.EnumMember, detail=text)
            if self.cursor.string is not None:
                item.text_edit = lsp.TextEdit(self.view.positions.range(self.cursor.string), label)
            elif quoted:
                item.insert_text = f'"{label}" => '
            yield item

    def _type_named(self, value: str) -> Type | None:
        """The type of a node or an input of the harness around the cursor."""
        item, own = self.cursor.item, self._own()
        for statement in statements_of(item):
            if isinstance(statement, tree.Node) and statement.name.text == value:
                typed = self.view.typed.get(statement.span.start)
                if typed is not None:
                    return typed.type
                if statement.annotation is not None:
                    return self._type(statement.annotation.name.text)
        found = next((w.type for w in own.inputs if w.name == value), None) if own is not None else None
        return found if isinstance(found, Type) else None

    def _type(self, name: str) -> Type | None:
        alias, _, last = name.rpartition(".")
        module = self.module.uses.get(alias) if alias else self.module
        return module.types.get(last) if module is not None else None

    def _files(self, pattern: str) -> Items:
        folder = Path(self.module.path).parent
        for path in sorted(folder.rglob(pattern))[:200]:
            shown = path.relative_to(folder).as_posix()
            if not shown.startswith(".") and str(path) != self.module.path and self.cursor.string is not None:
                edit = lsp.TextEdit(self.view.positions.range(self.cursor.string), shown)
                yield lsp.CompletionItem(shown, kind=Kind.File, text_edit=edit)


def _keyword(word: str) -> lsp.CompletionItem:
    return lsp.CompletionItem(word, kind=Kind.Keyword)


def _available(module: Module | None) -> list[Signature]:
    """What can be called of a module."""
    return [] if module is None else list(module.callables.values())
