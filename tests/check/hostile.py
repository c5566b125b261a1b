"""Files with very many of one thing, by name: what a check must answer in time and memory that grow with their size."""

from collections.abc import Callable, Mapping

HEAD = "hdsl 1\n\n"
OPEN = "harness reply(message: text[1]) -> text[1] {\n"
CLOSE = "  return answer\n}\n"


def _body(lines: list[str], head: str = OPEN) -> str:
    return HEAD + head + "".join(f"  {line}\n" for line in lines) + CLOSE


def _repeated(statement: str, head: str = OPEN) -> Callable[[int], str]:
    """A harness of which each statement is like the others; `{i}` is its number."""

    def text(n: int) -> str:
        return _body([statement.replace("{i}", str(i)) for i in range(n)] + ["answer: text[1] = llm(message)"], head)

    return text


def _at_top(declaration: str, behind: str = "") -> Callable[[int], str]:
    def text(n: int) -> str:
        return HEAD + "".join(declaration.replace("{i}", str(i)) + "\n" for i in range(n)) + behind

    return text


def _within(before: str, item: str, behind: str, joint: str = ", ") -> Callable[[int], str]:
    def text(n: int) -> str:
        return before + joint.join(item.replace("{i}", str(i)) for i in range(n)) + behind

    return text


_CALL = HEAD + OPEN + "  answer: text[1] = "
_END = "\n" + CLOSE
_LABEL_TYPE = 'type Mood {\n  "a": "one",\n  "b": "other",\n}\n\n'


def _switches(n: int) -> str:
    cases = ", ".join(f'"l{i}" => message' for i in range(n))
    labels = "".join(f'  "l{i}",\n' for i in range(n))
    types = "type Mood {\n" + labels + "}\n\nexperience moods: text -> Mood = []\n\n"
    body = "  mood: Mood[1] = expert(message, moods)\n  answer: text[1] = switch mood { " + cases + " }\n"
    return HEAD + types + OPEN + body + CLOSE


def _wrong_labels(n: int) -> str:
    rows = "".join(f'  ("q", "k", "unheard{i}"),\n' for i in range(n))
    labels = "".join(f'  "l{i}",\n' for i in range(n))
    return HEAD + "type Mood {\n" + labels + "}\n\nexperience moods: text -> Mood = [\n" + rows + "]\n"


def _chain(n: int) -> str:
    lines = ["n0: text[1] = first_line(message)"]
    lines += [f"n{i}: text[1] = first_line(n{i - 1})" for i in range(1, n)]
    return _body([*lines, f"answer: text[1] = llm(n{n - 1})"])


def _chain_of_writes(n: int) -> str:
    lines = [f'n{i}: text[1] = write_file("a{i}", message)' for i in range(n)]
    return _body([*lines, f"answer: text[1] = sequential({', '.join(f'n{i}' for i in range(n))})"])


def _unordered_writes(n: int) -> str:
    lines = [f'n{i}: text[1] = write_file("a", message)' for i in range(n)]
    return _body([*lines, f"answer: text[1] = join({', '.join(f'n{i}' for i in range(n))})"])


def _harnesses_in_a_chain(n: int) -> str:
    first = "harness h0(m: text[1]) -> text[1] {\n  a: text[1] = llm(m)\n  return a\n}\n"
    return (
        HEAD
        + first
        + "".join(
            f"harness h{i}(m: text[1]) -> text[1] {{\n  a: text[1] = h{i - 1}(m)\n  return a\n}}\n" for i in range(1, n)
        )
    )


def _recursion(n: int) -> str:
    return HEAD + "".join(
        f"harness h{i}(m: text[1]) -> text[1] {{\n  a: text[1] = h{(i + 1) % n}(m)\n  return a\n}}\n" for i in range(n)
    )


def _used_too_early(n: int) -> str:
    return _body([f"n{i}: text[1] = llm(n{i + 1})" for i in range(n)] + [f"n{n}: text[1] = llm(message)"]).replace(
        "return answer", "return n0"
    )


def _suppressed(n: int) -> str:
    lines = [f"n{i}: text[1] = llm(message)  # hdsl: allow HG104 because it is seen later" for i in range(n)]
    return _body([*lines, "answer: text[1] = llm(message)"])


_ONE_HARNESS = "harness h{i}(m: text[1]) -> text[1] {\n  a: text[1] = llm(m)\n  return a\n}"

KINDS: Mapping[str, Callable[[int], str]] = {
    # Nesting
    "open brackets": lambda n: _CALL + "[" * n,
    "open parentheses": lambda n: _CALL + "(" * n,
    "open braces": lambda n: HEAD + OPEN + "{" * n,
    "brackets that close": lambda n: HEAD + "]" * n,
    "braces that close": lambda n: HEAD + OPEN + "}" * n,
    "lists in lists": lambda n: _CALL + "expand(message, to=" + "[" * n + "1" + "]" * n + ")" + _END,
    "lists without end": lambda n: _CALL + "llm(" + "[1, " * n + ")" + _END,
    "calls in calls": lambda n: _CALL + "llm(" * n + "message" + ")" * n + _END,
    "brackets one a line": lambda n: _CALL + "\n[" * n,
    "open harnesses": lambda n: HEAD + OPEN * n,
    "bodies without end": _at_top("harness h{i}(m: text[1]) -> text[1] {\n  a: text[1] = llm(m"),
    # Declarations
    "harnesses": _at_top(_ONE_HARNESS),
    "harnesses in a chain": _harnesses_in_a_chain,
    "recursion": _recursion,
    "harnesses of one name": _at_top(_ONE_HARNESS.replace("{i}", "")),
    "types": _at_top('type T{i} { "a", "b" }'),
    "types of one name": _at_top('type T { "a", "b" }'),
    "labels": _within(HEAD + "type Mood {\n", '"l{i}": "d"', "\n}\n", ",\n"),
    "labels of one name": _within(HEAD + "type Mood {\n", '"l": "d"', "\n}\n", ",\n"),
    "labels that are hidden": _within(HEAD + 'type Mood {\n"l:",', '"l:{i}": "d"', "\n}\n", ",\n"),
    "labels with a colon": _within(HEAD + "type Mood {\n", '"l{i}:"', "\n}\n", ",\n"),
    "operations": _at_top('op o{i}(x: text[*S]) -> text[*S] = "m:f"'),
    "operations without entry": _at_top("op o{i}(x: text[*S]) -> text[*S]"),
    "effects": _within(HEAD + "op o(x: text[*S]) -> text[*S] ", "!read", ' = "m:f"\n', " "),
    "effects that are none": _within(HEAD + "op o(x: text[*S]) -> text[*S] ", "!e{i}", ' = "m:f"\n', " "),
    "constants": _at_top("dim K{i} = {i}"),
    "tables": _at_top('experience e{i}: text -> text = [("q", "k", "v")]'),
    "tables of unknown types": _at_top('experience e{i}: text -> Mood{i} = [("q", "k", "v")]'),
    "rows": _within(HEAD + "experience e: text -> text = [\n", '("q{i}", "k{i}", "v{i}")', "\n]\n", ",\n"),
    "rows of one": _within(HEAD + "experience e: text -> text = [\n", '("q")', "\n]\n", ",\n"),
    "rows of wrong labels": _wrong_labels,
    "uses": _at_top("use std.terminal as t{i}"),
    "uses of one name": _at_top("use std.terminal"),
    "uses of unknown modules": _at_top("use std.terminul{i}"),
    "uses of missing files": _at_top('use "none{i}.hg" as m{i}'),
    "missing tables": _at_top('experience e{i}: text -> text = load("none{i}.jsonl")'),
    "tests": _at_top('test "t{i}" {\n  a: text[1] = first_line("x")\n  expect contains(a, "x")\n}'),
    "tests of one name": _at_top('test "t" {\n  a: text[1] = first_line("x")\n  expect contains(a, "x")\n}'),
    "tests that expect nothing": _at_top('test "t{i}" {\n  a: text[1] = first_line("x")\n}'),
    "expectations": _within(
        HEAD + 'test "t" {\n  a: text[1] = first_line("x")\n', '  expect contains(a, "x{i}")', "\n}\n", "\n"
    ),
    "training blocks": _at_top("train reply {\n  epochs = 1\n}", OPEN + "  answer: text[1] = llm(message)\n" + CLOSE),
    "training settings": _within(HEAD + _ONE_HARNESS + "\ntrain h{i} {\n", "  epochs = {i}", "\n}\n", "\n"),
    "unknown settings": _within(HEAD + _ONE_HARNESS + "\ntrain h{i} {\n", "  epuchs{i} = {i}", "\n}\n", "\n"),
    "strays": _at_top("wrong{i} here"),
    "words before": _at_top("export " + _ONE_HARNESS),
    "unknown keywords": _at_top("harnes h{i}(m: text[1]) -> text[1] {\n  a: text[1] = llm(m)\n  return a\n}"),
    # Signatures
    "inputs": _within(HEAD + "harness h(", "m{i}: text[1]", ") -> text[1] {\n  a: text[1] = llm(m0)\n  return a\n}\n"),
    "inputs of one name": _within(
        HEAD + "harness h(", "m: text[1]", ") -> text[1] {\n  a: text[1] = llm(m)\n  return a\n}\n"
    ),
    "inputs of unknown types": _within(
        HEAD + "harness h(", "m{i}: Tex{i}[1]", ") -> text[1] {\n  a: text[1] = llm(m0)\n  return a\n}\n"
    ),
    "options": _within(
        HEAD + "harness h(m: text[1], ", "o{i}: int = 1", ") -> text[1] {\n  a: text[1] = llm(m)\n  return a\n}\n"
    ),
    "dimensions": _within(
        HEAD + "harness h(m: text[", "D{i}", "]) -> text[1] {\n  a: text[1] = llm(m)\n  return a\n}\n"
    ),
    "dimensions of a result": _within(
        HEAD + "harness h(m: text[1]) -> text[", "D{i}", "] {\n  a: text[1] = llm(m)\n  return a\n}\n"
    ),
    "dimensions of a node": _within(HEAD + OPEN + "  answer: text[", "D{i}", "] = llm(message)" + _END),
    "numbers in a shape": _within(_CALL + "expand(message, to=[", "{i}", "])" + _END),
    "names in a shape": _within(_CALL + "expand(message, to=[", "D{i}", "])" + _END),
    "types of operations": _within(
        HEAD + "harness h(m: text[1], o: op(",
        "text[*E]",
        ") -> text[*E]) -> text[1] {\n  a: text[1] = llm(m)\n  return a\n}\n",
    ),
    # Bodies
    "nodes in a chain": _chain,
    "nodes that write": _chain_of_writes,
    "nodes that write unordered": _unordered_writes,
    "unused nodes": _repeated("n{i}: text[1] = first_line(message)"),
    "unused nodes of models": _repeated("n{i}: text[1] = llm(message)"),
    "nodes of one name": _repeated("n: text[1] = llm(message)"),
    "nodes without annotation": _repeated("n{i} = llm(message)"),
    "nodes without shape": _repeated("n{i}: text = llm(message)"),
    "nodes with another annotation": _repeated("n{i}: text[2] = llm(message)"),
    "nodes of unknown types": _repeated("n{i}: Mood{i}[1] = llm(message)"),
    "unknown names": _repeated("n{i}: text[1] = llm(messuge{i})"),
    "one unknown name": _repeated("n{i}: text[1] = llm(nothing)"),
    "unknown names in one call": _within(_CALL + "join(", "messuge{i}", ")" + _END),
    "unknown operations": _repeated("n{i}: text[1] = llmm{i}(message)"),
    "unknown modules": _repeated("n{i}: text[1] = mod{i}.f(message)"),
    "unknown operations of a module": lambda n: _repeated("n{i}: text[1] = terminal.f{i}(message)")(n).replace(
        HEAD, HEAD + "use std.terminal\n", 1
    ),
    "unknown options": _within(_CALL + "llm(message, ", "tusk{i}=1", ")" + _END),
    "options of one name": _within(_CALL + "llm(message, ", 'task="a"', ")" + _END),
    "unknown option values": _repeated("n{i}: text[1] = llm(message, task=nothing{i})"),
    "wrong literals": _repeated("n{i}: text[1] = llm(message, task={i})"),
    "extra arguments": _within(_CALL + "llm(", "message", ")" + _END),
    "arguments": _within(_CALL + "join(", "message", ")" + _END),
    "texts as arguments": _within(_CALL + "join(", '"a{i}"', ")" + _END),
    "used too early": _used_too_early,
    "indices": _within(HEAD + OPEN + "  answer: text[1] = message[", "0", "]" + _END),
    "new dimensions": _within(HEAD + OPEN + "  answer: text[1] = message[", "None", "]" + _END),
    "cases": _switches,
    "cases of one label": _within(HEAD + OPEN + "  answer: text[1] = switch message { ", '"a" => message', " }" + _END),
    "cases that are not labels": _within(
        HEAD
        + _LABEL_TYPE
        + "experience moods: text -> Mood = []\n"
        + OPEN
        + "  mood: Mood[1] = expert(message, moods)\n  answer: text[1] = switch mood { ",
        '"c{i}" => message',
        " }" + _END,
    ),
    "cases behind else": _within(
        HEAD + OPEN + "  answer: text[1] = switch message { else => message, ", '"a{i}" => message', " }" + _END
    ),
    "unknown branches": _within(
        HEAD + OPEN + "  answer: text[1] = switch message { ", '"a{i}" => b{i}', ", else => message }" + _END
    ),
    "budgets": _repeated("budget(llm_calls={i})"),
    "unknown budgets": _within(HEAD + OPEN + "  budget(", "calls{i}=1", ")\n  answer: text[1] = llm(message)" + _END),
    "local constants": _repeated("dim K{i} = 1"),
    "local tables": _repeated('experience e{i}: text -> text = [("q", "k", "v")]'),
    "broken statements": _repeated("n{i}: text[1] = "),
    "broken calls": _repeated("n{i}: text[1] = llm(message"),
    "operators": _repeated("n{i}: text[1] = message + message"),
    "returns": _repeated("return message"),
    # Texts
    "comments": _at_top("# comment {i}"),
    "comments in a body": _repeated("# comment {i}"),
    "documented harnesses": _at_top("# Says what it does.\n" + _ONE_HARNESS),
    "one long documentation": lambda n: HEAD + "# line\n" * n + _ONE_HARNESS + "\n",
    "comments that allow": _at_top("# hdsl: allow HG104 because of reasons"),
    "comments that allow no code": _at_top("# hdsl: allow HG9{i} because of reasons"),
    "codes in one comment": _within(HEAD + "# hdsl: allow ", "HG104", " because of reasons\n"),
    "allowed nodes": _suppressed,
    "a long comment": lambda n: HEAD + "#" + " long" * n + "\n",
    "a long text": lambda n: _CALL + 'llm(message, task="' + "long " * n + '")' + _END,
    "a long text of lines": lambda n: _CALL + 'llm(message, task="""' + 'line "x"\n' * n + '""")' + _END,
    "escapes": lambda n: _CALL + 'llm(message, task="' + "\\n" * n + '")' + _END,
    "wrong escapes": lambda n: _CALL + 'llm(message, task="' + "\\d" * n + '")' + _END,
    "wrong texts": _repeated('n{i}: text[1] = llm(message, task="\\d")'),
    "a text without end": lambda n: _CALL + 'llm(message, task="' + "long " * n,
    "texts without end": _repeated('n{i}: text[1] = llm(message, task="a)'),
    "quotation marks": lambda n: HEAD + '"' * n,
    "a long name": lambda n: _CALL + "llm(" + "m" * n + ")" + _END,
    "a long name that is defined": lambda n: _body(
        [f"{'n' * n}: text[1] = llm(message)", f"answer: text[1] = llm({'n' * n})"]
    ),
    "a long dotted name": lambda n: _CALL + "llm(" + "m." * n + "m)" + _END,
    "long names alike": lambda n: _body([f"{'n' * n}a: text[1] = llm(message)", f"answer: text[1] = llm({'n' * n}b)"]),
    "a long number": lambda n: _CALL + "llm(" + "1" * n + ")" + _END,
    "blank lines": lambda n: HEAD + "\n" * n + _ONE_HARNESS + "\n",
    "blanks": lambda n: HEAD + " " * n + _ONE_HARNESS + "\n",
    "blanks that end lines": lambda n: HEAD + (" " * 100 + "\n") * (n // 10) + _ONE_HARNESS + "\n",
    "carriage returns": lambda n: HEAD + "\r" * n + _ONE_HARNESS + "\n",
    "one line": lambda n: (
        _repeated("n{i}: text[1] = first_line(message)")(n).replace("\n", " ").replace("hdsl 1", "hdsl 1\n")
    ),
    "one line of wrong names": lambda n: (
        _repeated("n{i}: text[1] = llm(wrong{i})")(n).replace("\n", " ").replace("hdsl 1", "hdsl 1\n")
    ),
    "one line of strays": lambda n: HEAD + "? " * n,
    "semicolons": _repeated("n{i}: text[1] = llm(message);"),
    "marks of direction": lambda n: HEAD + "# \u202e\n" * n,
    "wide characters": lambda n: _CALL + 'llm(mesage, task="' + "漢" * n + '")' + _END,
    "other characters": lambda n: HEAD + "é\n" * n,
}
"""Each with about n of what it is named after."""
