"""The card: what a model must know to write `.hg`, on one page, from the language and its standard library."""

from collections.abc import Container, Iterator
from typing import Any

from hdsl.check.library import library
from hdsl.graph.shapes import shown_shape
from hdsl.graph.signature import EFFECTS, Input, OperationOf, OptionParameter, Signature
from hdsl.graph.signature_text import shown_input, shown_operation, shown_option, shown_signature
from hdsl.graph.types import BUILT_IN, OPTION_KINDS, ExperienceOf, Type, shown_type
from hdsl.syntax.tree import RESERVED

EXAMPLE = """\
hdsl 1

use std.terminal

# What the model may do next.
type Action { "text:": "type this", "key:": "press this key" }

# Rows: words it is found by, an input, the answer.
experience decide: text -> Action = [
  ("list files $", "$ ", "text:ls"),
  ("command typed $ ls", "$ ls", "key:Enter"),
]

harness coder(task: text[1], shell: session[1], T: dim = 30) -> text[1] {
  budget(llm_calls=30, seconds=300)

  shells:  session[1, T] = expand(shell, to=[1, T])
  before:  text[1, T]    = terminal.capture(shells)
  action:  Action[1, T]  = expert(before, decide, task="Decide the next step.", topk=2)
  keys:    text[1, T]    = payload(action)
  typed:   text[1, T]    = terminal.send_text(keys, shells)
  pressed: text[1, T]    = terminal.send_key(keys, shells)
  sent:    text[1, T]    = switch action { "text:" => typed, "key:" => pressed }
  settled: text[1, T]    = terminal.wait_idle(shells, timeout=5.0)
  after:   text[1, T]    = terminal.capture(shells)
  turn:    text[1, T]    = sequential(sent, settled, after)
  checked: text[1, T]    = terminal.until_idle(turn, shells)
  result:  text[1]       = recurrent(checked, task)
  return result
}

test "greets" {
  out: text[1] = coder("print hello world")
  expect contains(out, "hello world")
}

train coder {
  data = load("pairs.jsonl")
}
"""

FORMS = (
    "A node is `name: type[shape] = X`. X: `operation(inputs, option=value)`, "
    '`switch x { "a" => y, else => z }`, a text, or an index as in numpy: `x[0, 1:4, :, ..., None]`.',
    'A text that is a node or a branch is a template: `note: text[B] = "Q: {x}, {p.name}"`. `{name}` holds a text, '
    "option or dimension of this body and nothing else; `\\{` is a brace, any other brace is itself. "
    'A `"""` text that begins with a line break loses its indentation. Without holes, the annotation gives its shape.',
    "Inputs by position, options by name. No nested calls, no operators. "
    "Define each name once, before its use; use it.",
    'Also `dim K = 3`, `use "lib/rows.hg" as rows`, `experience e: K -> V = load("rows.jsonl")` or `= []`, '
    "and your Python function of one element: "
    '`op shout(x: text[*S], mark: str = "!") -> text[*S] = "module:function"`; '
    "where its signature adds a last dimension (`-> text[*S, N]`) it may return a list.",
    'Records: `type Person { name: text "as signed", age: int?, tags: list(text) }`; fields are text, int, float, '
    "bool, label types, records, lists; `?` may be absent. `p.name` stands wherever a node may; "
    "reading an absent field fails.",
    'A label may carry a record: `type Step { "search:" Query: "look it up", "done" }`; `q: Query[B] = payload(step)`.',
    "A harness takes inputs, options, then sessions (fresh where not given); "
    "call it like an operation, not from itself.",
    'Options: `"text"`, `"""text"""`, `3`, `0.5`, `true`, `T`, `[*S, T]`, or an operation: '
    '`until=terminal.until_exit(command="pytest")`. Escapes: `\\" \\\\ \\n \\t \\uXXXX`.',
    "A string as a text input is a constant of any shape, as it is written; a list of strings has one dimension.",
    'Tests stub nodes: `given coder.action = "key:Enter"`, `= fail("why")`, or a list in its shape (in a loop one a '
    "turn); a node of a call: `given outer.call.node`. Neither the node nor what only it needs is run.",
)

RULES = (
    "A label that ends in a colon has a payload (`text:ls`), any other is the whole text. "
    "An answer without label fails. A switch has a case for each label, or else.",
    "The annotation says what nothing else does: `v: Verdict[B] = llm(x)` asks for the labels of Verdict, "
    "`p: Person[B] = llm(x)` for a record.",
    "A dimension is a number, a name bound by an input (`text[B]`), a `dim` or a pack `*S`; "
    "`text[]` is one text. Shapes must agree: expand.",
    "A node is evaluated once for each coordinate, when needed. To look again, write another node.",
    "Nodes are ordered by need (one is the other's input), sequential, switch, recurrent, in_order, always, "
    "not by lines. Effects on one session (or on files) must be, if one is `!write`. Every write must be reached.",
    "Loop: expand to `[…, T]`, do a turn, end it with an operation that `!fails`, then recurrent: "
    "a failed turn starts the next. Expand sessions along turns only. "
    "In a loop the model also sees goal and past turns; else its input alone: put what it needs into a template.",
    "Commands or chapters one after the other: a dimension of them, then in_order.",
    "`!llm` operations also take `alone=true` (in a loop: input alone; else not used outside), `retries=2` "
    '(for answers outside the type), `temperature=0.7`, `max_tokens=200`, `model="small"`.',
    "An operation with a failed input fails; merge and vote leave it out, recurrent goes on, fallback takes its next. "
    "Clean up with always.",
    "Absent (split with fewer parts than N): what needs it is absent; merge, vote, mean leave it out, "
    "loops pass over it.",
    "A write is done once: a second step needs a second node. Elements of a batch must not write one path.",
    "The budget covers the worst case: all turns, the costliest branch; of a batch: `budget(llm_calls=2, per=[B])`.",
)


_OLDER = "Older"
"""How the comment of an operation begins that another form has replaced: it still works, and nobody need learn it."""


def card_text(modules: Container[str] | None = None) -> str:
    """The card as Markdown; with `modules` only their operations. A test bounds its size."""
    lines = [
        "# Writing hdsl 1",
        "",
        "A `.hg` file is a fixed graph of text tensors; a language model is the kernel. "
        "Fix what `hdsl check FILE` reports.",
        "",
        "```hg",
        EXAMPLE + "```",
        "",
        *(f"- {rule}" for rule in (*FORMS, *RULES)),
        f"- Types: {' '.join(BUILT_IN)} `experience(K -> V)`, your own; of options: {' '.join(OPTION_KINDS)}.",
        f"- Reserved: {' '.join(sorted(RESERVED))}.",
    ]
    for module, signatures in _operations():
        if modules is not None and module not in modules:
            continue
        lines += ["", _heading(module), *(_line(module, signature) for signature in signatures)]
    return "\n".join(lines) + "\n"


def card_json() -> dict[str, Any]:
    """The same as data, ready for `json.dumps`."""
    return {
        "version": 1,
        "language": "hdsl 1",
        "reserved": sorted(RESERVED),
        "types": [*BUILT_IN, "experience"],
        "options": list(OPTION_KINDS),
        "effects": list(EFFECTS),
        "forms": list(FORMS),
        "rules": list(RULES),
        "operations": [_data(module, signature) for module, found in _operations() for signature in found],
        "labels": [
            {"module": name, "name": kind.name, "labels": [{"text": t, "description": d} for t, d in kind.labels or ()]}
            for name, module in library().items()
            for kind in module.types.values()
        ],
        "example": EXAMPLE,
    }


def _operations() -> Iterator[tuple[str, list[Signature]]]:
    for name in sorted(library(), key=lambda name: (name != "prelude", -len(library()[name].callables))):
        signatures = library()[name].callables.values()
        yield name, [each for each in signatures if not _documentation(name, each).startswith(_OLDER)]


def _heading(module: str) -> str:
    if module == "prelude":
        return (
            "## Operations\n"
            "Inputs by type, named where two are alike; `?` optional, `...` repeated; "
            "without shapes: any one shape throughout."
        )
    types = library()[module].types.values()
    labels = "; ".join(f"type {kind.name} {{ {', '.join(map(_quoted, kind.label_texts))} }}" for kind in types)
    return f"## {module}" + f": {labels}" * bool(labels)


def _quoted(label: str) -> str:
    return f'"{label}"'


def _documentation(module: str, signature: Signature) -> str:
    return library()[module].source.documentation(signature.span.start)


def _line(module: str, signature: Signature) -> str:
    return f"{_short(signature)} # {_documentation(module, signature)}"


def _short(signature: Signature) -> str:
    """The signature with options by their defaults, and without shapes where all of them are one pack."""
    kinds = [wanted.type for wanted in signature.inputs]
    parts = [shown_input(wanted) for wanted in signature.inputs]
    parts = [
        part if kinds.count(wanted.type) > 1 or wanted.optional else part.partition(": ")[2]
        for part, wanted in zip(parts, signature.inputs, strict=True)
    ]
    parts += [_short_option(option) for option in signature.options]
    effects = "".join(f" {effect}" for effect in signature.effects)
    result = shown_type(signature.result) + shown_shape(signature.shape)
    text = f"{signature.name}({', '.join(parts)}) -> {result}{effects}"
    shapes = {wanted.shape for wanted in signature.inputs if isinstance(wanted.type, Type)} | {signature.shape}
    return text.replace("[*S]", "") if shapes == {("*S",)} else text


def _short_option(option: OptionParameter) -> str:
    shown = shown_option(option)
    if isinstance(option.kind, OperationOf):
        return shown.replace("[*E]", "")
    return shown if option.required or option.kind == "dim" else shown.replace(f": {option.kind} = ", "=")


def _data(module: str, signature: Signature) -> dict[str, Any]:
    return {
        "module": module,
        "name": signature.name,
        "signature": shown_signature(signature),
        "kind": "harness" if signature.is_harness else "op",
        "inputs": [_input(wanted) for wanted in signature.inputs],
        "options": [_option(option) for option in signature.options],
        "result": {"type": shown_type(signature.result), "shape": list(signature.shape)},
        "effects": [{"name": effect.name, "bound": effect.option} for effect in signature.effects],
        "doc": _documentation(module, signature),
    }


def _input(wanted: Input) -> dict[str, Any]:
    shape = None if isinstance(wanted.type, ExperienceOf) else list(wanted.shape)
    return {
        "name": wanted.name,
        "type": shown_type(wanted.type),
        "shape": shape,
        "repeated": wanted.repeated,
        "optional": wanted.optional,
    }


def _option(option: OptionParameter) -> dict[str, Any]:
    kind = shown_operation(option.kind) if isinstance(option.kind, OperationOf) else option.kind
    return {"name": option.name, "kind": kind, "required": option.required, "default": option.default}
