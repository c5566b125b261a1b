"""What a name is, in Markdown: its type and shape, its effects and bound, its documentation."""

from __future__ import annotations

from hdsl.check.library import library
from hdsl.editor.symbols import Occurrence, Symbol
from hdsl.editor.view import View
from hdsl.graph.cost import Bound
from hdsl.graph.shapes import shown_shape
from hdsl.graph.signature import Effect, Signature
from hdsl.graph.signature_text import shown_option, shown_signature
from hdsl.graph.typed import CallOf, Module, TypedNode
from hdsl.graph.types import Type, record_fields, shown_field, shown_type
from hdsl.syntax import tree


def hover(view: View, offset: int) -> tuple[str, Occurrence] | None:
    """What the name at an offset is, and where it stands; None where there is nothing to say."""
    found = view.occurrence(offset)
    if found is None:
        return None
    text = _described(view, found.symbol)
    return (text, found) if text else None


def _described(view: View, symbol: Symbol) -> str:
    module = view.module_of(symbol)
    if module is None:
        return ""
    match symbol.kind:
        case "node" | "input":
            return _value(view, symbol)
        case "operation" | "harness":
            return signature_text(view, module, module.callables[symbol.name])
        case "option":
            return _option(module, symbol)
        case "type":
            start = module.source.line_starts[symbol.line - 1]
            return _type(module.source.documentation(start), module.types[symbol.name])
        case "experience":
            return _experience(module, symbol)
        case "dimension":
            size = module.dims.get(symbol.name)
            return code(f"dim {symbol.name}" + (f" = {size}" if size is not None else ""))
        case "label":
            return _label(module, symbol)
        case "field":
            return _field(view, module, symbol)
        case "module" | "file":
            return _module(view, symbol)


def code(text: str) -> str:
    """A fenced block of the language."""
    return f"```hg\n{text}\n```"


def documentation(module: Module, signature: Signature) -> str:
    """The comment above the declaration of an operation or a harness."""
    return module.source.documentation(signature.span.start)


def signature_text(view: View, module: Module, signature: Signature) -> str:
    """An operation or a harness: its signature, its documentation, and what it costs."""
    word = "harness" if signature.is_harness else "op"
    parts = [code(f"{word} {shown_signature(signature)}"), documentation(module, signature)]
    if signature.is_harness and module.path == view.module.path:
        parts.append(_cost(view.bound(signature.name)))
    elif module.path in library():
        parts.append(f"From `{module.path}`.")
    return _joined(parts)


def _value(view: View, symbol: Symbol) -> str:
    start = view.module.source.line_starts[symbol.line - 1] + symbol.column - 1
    item = view.item(start)
    node = view.typed.get(start)
    if node is not None:
        return _node(view, node, item)
    if isinstance(item, tree.Harness | tree.Operation):
        signature = view.module.callables.get(item.name.text)
        for wanted in signature.inputs if signature is not None else ():
            if wanted.name == symbol.name:
                shape = shown_shape(wanted.shape) if isinstance(wanted.type, Type) else ""
                return _joined([code(f"{symbol.name}: {shown_type(wanted.type)}{shape}"), "An input."])
    return code(symbol.name)


def _node(view: View, node: TypedNode, item: tree.Item | None) -> str:
    parts = [code(f"{node.name}: {shown_type(node.type)}{shown_shape(node.shape)}"), _effects(node.effects)]
    if isinstance(item, tree.Harness):
        parts.append(_cost(view.bound(item.name.text, node.name)))
    if isinstance(node.value, CallOf):
        signature = node.value.signature
        used = [*library().values(), *view.module.uses.values(), view.module]
        module = next((each for each in used if each.path == signature.module), None)
        text = documentation(module, signature) if module is not None and node.value.parameter is None else ""
        parts.append(f"`{signature.name}`: {text}" if text else "")
    parts += [_labels(node.type), _fields(node.type)]
    return _joined(parts)


def _effects(effects: tuple[Effect, ...]) -> str:
    return "Effects: " + " ".join(f"`{effect}`" for effect in effects) if effects else "Pure."


def _cost(found: tuple[Bound, Bound] | None) -> str:
    if found is None or found[0].is_nothing:
        return ""
    bound, sized = found
    shown = []
    for word, most, number in (
        ("model calls", bound.llm_calls, sized.llm_calls),
        ("writes", bound.writes, sized.writes),
        ("seconds of waiting", bound.seconds, sized.seconds),
    ):
        if not most.is_nothing:
            shown.append(f"{most} {word}" + (f" ({number})" if str(number) != str(most) else ""))
    return f"At most {', '.join(shown)}."


def _option(module: Module, symbol: Symbol) -> str:
    for signature in module.callables.values():
        for option in signature.options:
            if option.name == symbol.name and module.source.position(option.span.start) == (symbol.line, symbol.column):
                return _joined([code(shown_option(option)), f"An option of `{signature.name}`."])
    return code(symbol.name)


def _type(text: str, kind: Type) -> str:
    return _joined([code(f"type {kind.name}"), text, _labels(kind), _fields(kind)])


def _fields(kind: Type) -> str:
    return "\n".join(f"- `{shown_field(each)}`{_said(each.description)}" for each in record_fields(kind))


def _said(description: str) -> str:
    return f": {description}" if description else ""


def _field(view: View, module: Module, symbol: Symbol) -> str:
    """A field: its type, and what is said of it."""
    at = module.source.line_starts[symbol.line - 1] + symbol.column - 1
    records = (item for item in view.workspace.tree_of(module).items if isinstance(item, tree.RecordDeclaration))
    record = next((item for item in records if item.span.start <= at < item.span.end), None)
    kind = None if record is None else module.types.get(record.name.text)
    field = None if kind is None or kind.record is None else kind.record.field(symbol.name)
    if record is None or field is None:
        return code(symbol.name)
    said = f' "{field.description}"' if field.description else ""
    return _joined([code(shown_field(field) + said), f"A field of `{record.name.text}`."])


def _labels(kind: Type) -> str:
    return "\n".join(f'- `"{label}"`' + (f": {text}" if text else "") for label, text in kind.labels or ())


def _label(module: Module, symbol: Symbol) -> str:
    described = (text for kind in module.types.values() for label, text in kind.labels or () if label == symbol.name)
    return _joined([code(f'"{symbol.name}"'), next(described, "")])


def _experience(module: Module, symbol: Symbol) -> str:
    table = module.experiences.get(symbol.name)
    if table is None:
        return code(f"experience {symbol.name}")
    kind = f"{shown_type(table.type.key)} -> {shown_type(table.type.value)}"
    rows = f"Loaded from `{table.load}`." if table.load is not None else f"{len(table.rows)} seed rows."
    text = module.source.documentation(table.span.start)
    return _joined([code(f"experience {symbol.name}: {kind}"), text, rows])


def _module(view: View, symbol: Symbol) -> str:
    path = symbol.module
    if symbol.kind == "module":
        used = view.module.uses.get(symbol.name)
        path = used.path if used is not None else path
    module = view.module_of(Symbol("file", symbol.name, path, 1, 1))
    if module is None:
        return ""
    names = ", ".join(f"`{name}`" for name in module.callables)
    return _joined([f"Module `{module.path}`", f"Operations and harnesses: {names}" if names else ""])


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)
