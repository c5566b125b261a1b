"""The grammar in llama.cpp's GBNF, which has no lexer: blanks and comments stand before each token, where they may.

Every text of the result is accepted by the parser. It is a little narrower than the parser: a name is never a reserved
word (but that of a field), blanks stand before each statement, and a comment has its line end.
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum

from hdsl.syntax.ebnf import Choice, Expression, Literal, Pattern, Reference, Repeated, Sequence, is_terminal
from hdsl.syntax.tree import RESERVED

SKIPPED = "_WS"
NAMES = ("NAME", "LAST")
"""A name, and one behind which another word may follow, so that it ends with a blank."""
FIELD_RULE, WORD = "field", "WORD"
"""The rule that begins with a name which may be a reserved word, and what such a name is called here."""
TYPE_RULE, RESERVED_TYPE = "path", "dim"
"""The one reserved word that also names a type, and the rule where it may stand."""
_BLANKS = r"""ws ::= ([ \t\r\n] | "#" [^\n]* "\n")*
ws1 ::= ([ \t\r\n] | "#" [^\n]* "\n") ws
"""
_LAST_COMMENT = r'ws ("#" [^\n]*)?'
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


class _Before(IntEnum):
    """What stands before a token: nothing that runs into it, perhaps a word, or a keyword, which wants blanks."""

    OTHER = 0
    WORD = 1
    KEYWORD = 2


def to_gbnf(grammar: Mapping[str, Expression]) -> str:
    """The definitions, from `root` on, as GBNF."""
    return _Writer(grammar).run()


class _Writer:
    def __init__(self, grammar: Mapping[str, Expression]) -> None:
        self.grammar = {name: _with_one_name(expression) for name, expression in grammar.items()}
        self.grammar |= {WORD: grammar[NAMES[0]], FIELD_RULE: _with_any_word(self.grammar[FIELD_RULE])}
        self.done: dict[str, str] = {}

    def run(self) -> str:
        self.done["root"] = ""
        first, *rest = _items(self.grammar["start"])
        if first != Repeated(Reference(SKIPPED), "?") or rest.pop() != first:
            raise ValueError(f"the start is not between optional {SKIPPED}")
        text, _ = self._sequence(rest, _Before.OTHER)
        self.done["root"] = f"{text} {_LAST_COMMENT}"
        return "".join(f"{name} ::= {body}\n" for name, body in self.done.items()) + _BLANKS

    # Expressions: each as GBNF, and what it leaves before the token that follows

    def _write(self, expression: Expression, before: _Before) -> tuple[str, _Before]:
        match expression:
            case Sequence(items=items):
                return self._sequence(items, before)
            case Choice(options=options):
                written = [self._write(option, before) for option in options]
                return " | ".join(text for text, _ in written), max(after for _, after in written)
            case Repeated(item=item, mark=mark):
                again = _after(self._last(item, frozenset())) if mark in "*+" else before
                text, after = self._write(item, max(before, again))
                return _grouped(text) + mark, after if mark == "+" else max(before, after)
            case Reference(name=name) if not is_terminal(name):
                return self._rule(name, before)
            case Reference(name=name):
                return self._terminal(name, self.grammar[name], before)
            case Literal(text=text):
                return self._spaced(_quoted(text), text[0], before), _after(text)
            case Pattern():
                raise ValueError("a pattern stands outside a terminal")

    def _sequence(self, items: "list[Expression] | tuple[Expression, ...]", before: _Before) -> tuple[str, _Before]:
        texts: list[str] = []
        for item in items:
            text, before = self._write(item, before)
            texts.append(_grouped(text) if isinstance(item, Choice) else text)
        return " ".join(texts), before

    def _rule(self, name: str, before: _Before) -> tuple[str, _Before]:
        shown = name.strip("_").replace("_", "-") + "-parts" * name.startswith("_")
        if before and any(_is_word(character) for character in self._first(self.grammar[name])):
            before = _Before.WORD
            shown += "-after-word"
        else:
            before = _Before.OTHER
        if shown not in self.done:
            self.done[shown] = ""
            self.done[shown], _ = self._write(_without_left_recursion(name, self.grammar[name]), before)
            if name == TYPE_RULE:
                self.done[shown] += f" | {self._spaced(_quoted(RESERVED_TYPE), RESERVED_TYPE, before)}"
        return shown, _after(self._last(self.grammar[name], frozenset({name})))

    def _terminal(self, name: str, expression: Expression, before: _Before) -> tuple[str, _Before]:
        items = _items(expression)
        body = items[0]
        shown = name.lower().replace("_", "-")
        if isinstance(body, Literal):
            shown = _quoted(body.text)
            after = _after(body.text)
            if Reference(SKIPPED) in items[1:]:
                after = _Before.KEYWORD
        else:
            assert isinstance(body, Pattern)
            after = _Before.WORD if name in ("NAME", WORD, "INT", "FLOAT") else _Before.OTHER
            if name in NAMES:
                shown, after = "name", after if name == "NAME" else _Before.KEYWORD
                self.done.update(_name_rules())
            else:
                self.done.setdefault(shown, _regex(body.regex))
        return self._spaced(shown, next(iter(self._first(expression))), before), after

    def _spaced(self, token: str, first: str, before: _Before) -> str:
        needed = before is _Before.KEYWORD or (before is _Before.WORD and _is_word(first))
        return f"ws1 {token}" if needed else f"ws {token}"

    # What an expression begins and ends with: one character of each kind of token is enough

    def _first(self, expression: Expression) -> set[str]:
        match expression:
            case Literal(text=text):
                return {text[0]}
            case Pattern(regex=regex):
                return {"0" if regex.startswith("-?") else regex[0] if regex[0] == '"' else "a"}
            case Reference(name=name):
                return self._first(self.grammar[name])
            case Choice(options=options):
                rest = [option for option in options if not _is_left_recursive(option)]
                return set().union(*map(self._first, rest))
            case Repeated(item=item):
                return self._first(item)
            case Sequence(items=items):
                found: set[str] = set()
                for item in items:
                    found |= self._first(item)
                    if not isinstance(item, Repeated) or item.mark == "+":
                        break
                return found

    def _last(self, expression: Expression, seen: frozenset[str]) -> str:
        """A character that the expression may end with, one of a word where there is one."""
        ends: list[str] = []
        match expression:
            case Literal(text=text):
                ends = [text[-1]]
            case Pattern(regex=regex):
                ends = [regex[-1] if regex[-1] == '"' else "a"]
            case Reference(name=name) if name not in seen:
                ends = [self._last(self.grammar[name], seen | {name})]
            case Choice(options=options):
                ends = [self._last(option, seen) for option in options]
            case Repeated(item=item):
                ends = [self._last(item, seen)]
            case Sequence(items=items):
                for item in reversed(items):
                    ends.append(self._last(item, seen))
                    if not isinstance(item, Repeated) or item.mark == "+":
                        break
        return next((end for end in ends if _is_word(end)), ends[0] if ends else " ")


def _with_any_word(field: Expression) -> Expression:
    """A field whose name may be any word."""
    name, *rest = _items(field)
    assert name == Reference(NAMES[0])
    return Sequence((Reference(WORD), *rest))


def _with_one_name(expression: Expression) -> Expression:
    """`(NAME | LAST)` as NAME: blanks stand before what follows anyway."""
    match expression:
        case Choice(options=options) if options == tuple(map(Reference, NAMES)):
            return Reference(NAMES[0])
        case Choice(options=options):
            return Choice(tuple(map(_with_one_name, options)))
        case Sequence(items=items):
            return Sequence(tuple(map(_with_one_name, items)))
        case Repeated(item=item, mark=mark):
            return Repeated(_with_one_name(item), mark)
        case _:
            return expression


def _items(expression: Expression) -> list[Expression]:
    return list(expression.items) if isinstance(expression, Sequence) else [expression]


def _is_left_recursive(option: Expression) -> bool:
    """Whether an option begins with an inlined rule, which in this grammar is the rule itself."""
    first = _items(option)[0]
    return isinstance(first, Reference) and first.name.startswith("_") and not is_terminal(first.name)


def _without_left_recursion(name: str, expression: Expression) -> Expression:
    """`a: b | a c` as `a: b c*`, which llama.cpp wants."""
    if not isinstance(expression, Choice) or Reference(name) not in [_items(each)[0] for each in expression.options]:
        return expression
    base, again = expression.options
    return Sequence((base, Repeated(Sequence(tuple(_items(again)[1:])), "*")))


def _is_word(character: str) -> bool:
    return character == "_" or (character.isascii() and character.isalnum())


def _after(text: str) -> _Before:
    return _Before.WORD if _is_word(text[-1]) else _Before.OTHER


def _grouped(text: str) -> str:
    return f"({text})" if " " in text else text


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _regex(regex: str) -> str:
    """A regular expression of literals, classes, groups and marks, as GBNF."""
    parts: list[str] = []
    literal = ""
    at = 0
    while at < len(regex):
        character = regex[at]
        if character == "[":
            end = regex.index("]", at + 2) + 1
            part, at = regex[at:end], end
        elif character == ".":
            part, at = r"[^\n]", at + 1
        elif character in "()|":
            part, at = character, at + 1
        elif character in "?*+":
            part, at = "", at + 1
        else:
            text = regex[at + 1] if character == "\\" else character
            at += 1 + (character == "\\")
            if at == len(regex) or regex[at] not in "?*+":
                literal += text
                continue
            part = _quoted(text)
        if literal:
            parts.append(_quoted(literal))
            literal = ""
        if part:
            parts.append(part)
        else:
            parts[-1] += character
    return " ".join([*parts, *([_quoted(literal)] if literal else [])])


def _name_rules() -> Iterator[tuple[str, str]]:
    """Names but the reserved words: a rule for each beginning of such a word, as there is no way to say "not"."""
    yield "name", _name_choices("")
    for prefix in sorted({word[:end] for word in RESERVED for end in range(1, len(word) + 1)}):
        yield f"name-{prefix}", _name_choices(prefix)
    yield "name-rest", "[A-Za-z0-9_]*"


def _name_choices(prefix: str) -> str:
    """What may follow a beginning of a reserved word: nothing, if it is not one itself, or more."""
    following = sorted({word[len(prefix)] for word in RESERVED if word.startswith(prefix) and len(word) > len(prefix)})
    others = "".join(letter for letter in _LETTERS if letter not in following) + ("0123456789" if prefix else "")
    options = [f'"{letter}" name-{prefix}{letter}' for letter in following]
    options.append(f"[{others}] name-rest")
    if prefix and prefix not in RESERVED:
        options.append('""')
    return " | ".join(options)
