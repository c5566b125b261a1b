"""A second, independent reading of GBNF: parses it, derives random texts from it, and decides whether it has a text."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from lark import Lark, Transformer

_NOTATION = r"""
start: rule+
rule: NAME "::=" choice
choice: sequence ("|" sequence)*
sequence: repeated*
repeated: atom MARK?
atom: NAME_USED | LITERAL | CLASS | "(" choice ")"
NAME: /[a-zA-Z][a-zA-Z0-9-]*(?=\s*::=)/
NAME_USED: /[a-zA-Z][a-zA-Z0-9-]*(?!\s*::=)(?![a-zA-Z0-9-])/
LITERAL: /"(\\.|[^"\\])*"/
CLASS: /\[(\\.|[^\]\\])+\]/
MARK: /[?*+]/
%ignore /\s+/
"""
Ends = frozenset[int]


class _Nodes(Transformer):  # type: ignore[type-arg]
    """Nested tuples: a kind, then its parts: nodes, the mark or the name, or a regular expression and samples of it."""

    def start(self, rules: list[Any]) -> dict[str, Any]:
        return dict(rules)

    def rule(self, parts: list[Any]) -> tuple[str, Any]:
        return str(parts[0]), parts[1]

    def choice(self, options: list[Any]) -> Any:
        return ("choice", *options) if len(options) > 1 else options[0]

    def sequence(self, items: list[Any]) -> Any:
        return ("sequence", *items)

    def repeated(self, parts: list[Any]) -> Any:
        return ("repeated", parts[0], str(parts[1])) if len(parts) == 2 else parts[0]

    def atom(self, parts: list[Any]) -> Any:
        (part,) = parts
        return part

    def NAME_USED(self, token: Any) -> Any:
        return ("rule", str(token))

    def LITERAL(self, token: Any) -> Any:
        text = re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], token[1:-1])
        return ("text", re.compile(re.escape(text)), (text,))

    def CLASS(self, token: Any) -> Any:
        pattern = re.compile(str(token))
        return ("text", pattern, tuple(c for c in map(chr, (9, 10, 13, *range(32, 127), 233)) if pattern.fullmatch(c)))


@dataclass
class Gbnf:
    """A grammar as it was read. Raises lark's errors where it is not GBNF."""

    rules: dict[str, Any]
    _known: dict[tuple[int, int], Ends] = field(default_factory=dict)

    @staticmethod
    def read(text: str) -> "Gbnf":
        return Gbnf(_Nodes().transform(Lark(_NOTATION, parser="earley", lexer="dynamic").parse(text)))

    def undefined(self) -> set[str]:
        """The names that are used and not defined, and those defined that `root` does not reach."""
        reached = {"root"}
        waiting = [self.rules["root"]]
        while waiting:
            node = waiting.pop()
            if node[0] == "rule" and node[1] not in reached:
                reached.add(node[1])
                waiting.append(self.rules.get(node[1], ("sequence",)))
            waiting += [child for child in node[1:] if isinstance(child, tuple) and child and child[0] in _KINDS]
        return reached ^ set(self.rules)

    def derive(self, random: Random, depth: int = 60) -> str:
        """A random text; below `depth` nothing optional is taken, and the first or last of a choice."""
        return self._derive(("rule", "root"), random, depth)

    def _derive(self, node: Any, random: Random, depth: int) -> str:
        kind, *rest = node
        if kind == "text":
            return random.choice(rest[1])
        if kind == "rule":
            return self._derive(self.rules[rest[0]], random, depth - 1)
        if kind == "sequence":
            return "".join([self._derive(item, random, depth) for item in rest])
        if kind == "choice":
            return self._derive(random.choice(rest if depth > 0 else rest[:1] + rest[-1:]), random, depth)
        item, mark = rest
        most = 1 if mark == "?" else random.choice((1, 2, 4))
        count = random.randint(0, most) if depth > 0 else 0
        return "".join([self._derive(item, random, depth) for _ in range(max(count, mark == "+"))])

    def has(self, text: str) -> bool:
        """Whether the grammar derives the text."""
        self._known.clear()
        return len(text) in self._ends(("rule", "root"), text, 0)

    def _ends(self, node: Any, text: str, at: int) -> Ends:
        key = (id(node), at) if node[0] != "rule" else (id(self.rules[node[1]]), at)
        if key not in self._known:
            self._known[key] = self._find_ends(node, text, at)
        return self._known[key]

    def _find_ends(self, node: Any, text: str, at: int) -> Ends:
        kind, *rest = node
        if kind == "text":
            match = rest[0].match(text, at)
            return frozenset([match.end()] if match else [])
        if kind == "rule":
            return self._find_ends(self.rules[rest[0]], text, at)
        if kind == "choice":
            return frozenset().union(*(self._ends(option, text, at) for option in rest))
        if kind == "sequence":
            ends = frozenset([at])
            for item in rest:
                ends = frozenset().union(*(self._ends(item, text, end) for end in ends))
            return ends
        return self._repeated(rest[1], lambda end: self._ends(rest[0], text, end), at)

    def _repeated(self, mark: str, once: Callable[[int], Ends], at: int) -> Ends:
        found = set(once(at))
        waiting = [] if mark == "?" else list(found)
        while waiting:
            more = once(waiting.pop()) - found
            found |= more
            waiting += more
        return frozenset(found) if mark == "+" else frozenset(found | {at})


_KINDS = {"choice", "sequence", "repeated", "rule", "text"}
