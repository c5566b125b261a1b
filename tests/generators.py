"""Random `.hg` files that parse, as tokens; random blanks and comments between tokens; mutants of texts.

Everything draws from a `random.Random`, so a seed names a file.
`tests/typed_programs.py` has files that also check.
"""

import re
from collections.abc import Callable
from random import Random

NAMES = (
    "a",
    "b2",
    "x",
    "task",
    "shell",
    "screen",
    "K",
    "T",
    "S",
    "_",
    "load",
    "None",
    "true",
    "returned",
    "useful",
    "op1",
)
LABELS = ('"text:"', '"key:"', '"accept"', '""', '"a b"', r'"\"q\""')
STRINGS = (
    *LABELS,
    '"# no comment"',
    r'"\\d+ \n \t \u00e9"',
    '"é – 漢 🙂"',
    '"{(["',
)
TEMPLATES = (
    '"hello"',
    '"Q: {x}"',
    r'"{task.b2}\\{x} \{x {\"a\": 1}"',
    '"""{a}"""',
    '"""\n  {x}\n    two # {T}\n\n  three\n  """',
)
TEXTS = ('"""one"""', '"""two\n  lines # here\n"x" and ""y"""', '"""\r\n\\n {"""')
KEYWORDS = (
    *("hdsl", "use", "as", "type", "op", "experience", "harness", "dim"),
    *("budget", "switch", "else", "return", "test", "given", "expect", "train"),
)
EFFECTS = ("llm", "read", "write", "open", "wait", "fails")
COMMENTS = ("#", "# why", '# "quoted', "#} ) ]", "# é 漢", "#\ttab  ", "# return x", "#" + "-" * 130)
BLANKS = (" ", " ", "  ", "\n", "\n", "\n\n", "\n\n\n", "\t", "\r\n", " \n  ")

_WORD = re.compile(r"[A-Za-z0-9_]")
Tokens = list[str]


class ProgramGenerator:
    """Files that the grammar accepts, each rule of it taken now and then. Names and types need not make sense."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def file(self, largest: int = 5) -> Tokens:
        """The tokens of a file of up to `largest` declarations."""
        kinds = (
            self.use,
            self.type_declaration,
            self.record_declaration,
            self.dim,
            self.operation,
            self.experience,
            self.test,
            self.train,
        )
        tokens = ["hdsl", "1"]
        for _ in range(self.random.randint(0, largest)):
            kind = self.random.choice((*kinds, self.harness, self.harness, self.harness))
            tokens += kind()
        return tokens

    # Declarations

    def use(self) -> Tokens:
        if self.chance():
            return ["use", self.string(), "as", self.name()]
        return ["use", *self.dotted(), *self.maybe(lambda: ["as", self.name()])]

    def type_declaration(self) -> Tokens:
        def label() -> Tokens:
            return [self.string(), *self.maybe(self.dotted, 0.2), *self.maybe(lambda: [":", self.string()])]

        return ["type", self.name(), "{", *self.listed(label, least=1), "}"]

    def record_declaration(self) -> Tokens:
        def field() -> Tokens:
            name = self.random.choice((*NAMES, *KEYWORDS))
            return [name, ":", *self.field_type(), *self.maybe(lambda: ["?"]), *self.maybe(lambda: [self.string()])]

        return ["type", self.name(), "{", *self.listed(field, least=1), "}"]

    def field_type(self) -> Tokens:
        return ["list(", *self.field_type(), ")"] if self.random.random() < 0.3 else self.dotted()

    def dim(self) -> Tokens:
        return ["dim", self.name(), "=", self.integer()]

    def experience(self) -> Tokens:
        head = ["experience", self.name(), ":", *self.type(), "->", *self.type(), "="]
        if self.chance():
            return [*head, *self.load()]
        return [*head, "[", *self.listed(self.row), "]"]

    def row(self) -> Tokens:
        def cell() -> Tokens:
            return [self.random.choice(TEXTS) if self.random.random() < 0.2 else self.string()]

        return ["(", *self.listed(cell, least=1), ")"]

    def load(self) -> Tokens:
        return [*self.dotted(), "(", self.string(), ")"]

    def operation(self) -> Tokens:
        head = ["op", self.name(), "(", *self.parameters(), ")", "->", *self.type(), *self.effects()]
        return head + self.maybe(lambda: ["=", self.string(), *self.maybe(lambda: ["as", self.name()])])

    def parameters(self) -> Tokens:
        return self.listed(self.parameter)

    def parameter(self) -> Tokens:
        kind = self.random.choice((self.type, self.type, self.experience_type, self.operation_type))
        mark = self.random.choice(([], [], ["..."], ["?"]))
        return [self.name(), ":", *kind(), *mark, *self.maybe(lambda: ["=", *self.value()])]

    def experience_type(self) -> Tokens:
        return ["experience(", *self.type(), "->", *self.type(), ")"]

    def operation_type(self) -> Tokens:
        return ["op(", *self.listed(self.type, trailing=False), ")", "->", *self.type(), *self.effects()]

    def effects(self) -> Tokens:
        tokens: Tokens = []
        for _ in range(self.random.randint(0, 2)):
            bound = self.maybe(lambda: ["(", self.name(), ")"])
            tokens += ["!", self.random.choice(EFFECTS), *bound]
        return tokens

    # Blocks

    def harness(self) -> Tokens:
        tokens = ["harness", self.name(), "(", *self.parameters(), ")", "->", *self.type(), "{"]
        kinds = (self.node, self.node, self.node, self.node, self.node, self.dim, self.experience, self.budget)
        for _ in range(self.random.randint(0, 6)):
            tokens += self.random.choice(kinds)()
        return [*tokens, "return", *self.dotted(), "}"]

    def test(self) -> Tokens:
        tokens = ["test", self.string(), "{"]
        for _ in range(self.random.randint(0, 3)):
            kind = self.random.choice((self.node, self.node, self.given, lambda: ["expect", *self.call()]))
            tokens += kind()
        return [*tokens, "}"]

    def given(self) -> Tokens:
        return ["given", *self.dotted(), "=", *self.reply()]

    def reply(self, depth: int = 0) -> Tokens:
        kind = self.random.randint(0, 3 if depth < 2 else 2)
        if kind == 3:
            return ["[", *self.listed(lambda: self.reply(depth + 1), least=1), "]"]
        return self.load() if kind == 2 else [self.random.choice((STRINGS, TEXTS)[kind])]

    def train(self) -> Tokens:
        tokens = ["train", self.name(), "{"]
        for _ in range(self.random.randint(0, 3)):
            value = self.random.choice((self.value, self.bound_operation, self.load))
            tokens += [self.name(), "=", *value()]
        return [*tokens, "}"]

    def node(self) -> Tokens:
        value = self.random.choice((self.call, self.call, self.call, self.switch, self.index, self.template))
        return [self.name(), *self.maybe(lambda: [":", *self.type()]), "=", *value()]

    def budget(self) -> Tokens:
        return ["budget(", *self.listed(self.plain_option), ")"]

    def call(self) -> Tokens:
        return [*self.dotted(), "(", *self.listed(lambda: self.option() if self.chance() else self.value()), ")"]

    def bound_operation(self) -> Tokens:
        return [*self.dotted(), "(", *self.listed(self.plain_option), ")"]

    def option(self) -> Tokens:
        return [self.name(), "=", *(self.bound_operation() if self.chance() else self.value())]

    def plain_option(self) -> Tokens:
        return [self.name(), "=", *self.value()]

    def switch(self) -> Tokens:
        def case() -> Tokens:
            branch = self.template() if self.random.random() < 0.3 else self.dotted()
            return [self.string() if self.chance() else "else", "=>", *branch]

        return ["switch", *self.dotted(), "{", *self.listed(case, least=1), "}"]

    def template(self) -> Tokens:
        return [self.random.choice((*TEMPLATES, *STRINGS, *TEXTS))]

    def index(self) -> Tokens:
        def item() -> Tokens:
            return self.random.choice(
                (
                    [self.integer()],
                    ["..."],
                    [self.name()],
                    [*self.maybe(lambda: [self.integer()]), ":", *self.maybe(lambda: [self.integer()])],
                )
            )

        return [self.name(), "[", *self.listed(item, least=1, trailing=False), "]"]

    # Types and values

    def type(self) -> Tokens:
        return [*self.dotted(), *self.maybe(lambda: ["[", *self.listed(self.dimension, trailing=False), "]"])]

    def dimension(self) -> Tokens:
        return self.random.choice(([self.integer()], [self.name()], ["*", self.name()]))

    def value(self, depth: int = 0) -> Tokens:
        kind = self.random.randint(0, 5 if depth < 2 else 4)
        if kind == 5:
            return ["[", *self.listed(lambda: self.list_item(depth + 1)), "]"]
        simple = (self.string(), self.random.choice(TEXTS), self.integer(), self.decimal())
        return [simple[kind]] if kind < 4 else self.dotted()

    def list_item(self, depth: int) -> Tokens:
        return ["*", self.name()] if self.random.random() < 0.2 else self.value(depth)

    def dotted(self) -> Tokens:
        return [self.name(), *self.maybe(lambda: [".", self.name()], 0.2)]

    def name(self) -> str:
        return self.random.choice(NAMES)

    def string(self) -> str:
        return self.random.choice(STRINGS)

    def integer(self) -> str:
        return self.random.choice(("0", "1", "2", "30", "-1", "007"))

    def decimal(self) -> str:
        return self.random.choice(("0.5", "-1.0", "10.25"))

    # Choices

    def chance(self) -> bool:
        return self.random.random() < 0.5

    def maybe(self, make: Callable[[], Tokens], chance: float = 0.5) -> Tokens:
        return make() if self.random.random() < chance else []

    def listed(self, make: Callable[[], Tokens], least: int = 0, trailing: bool = True) -> Tokens:
        """Up to four of them with commas between, and perhaps one behind the last where the grammar allows it."""
        items = [make() for _ in range(self.random.choice((0, 1, 1, 2, 2, 3, 4)) or least)]
        tokens = [token for item in items for token in (*item, ",")]
        return tokens if items and trailing and self.random.random() < 0.3 else tokens[:-1]


def spaced(tokens: Tokens, random: Random, comments: float = 0.05) -> str:
    """The tokens as a text with random blanks; `comments` is the chance of a comment between any two."""
    parts: list[str] = []
    for before, token in zip(["", *tokens], [*tokens, ""], strict=True):
        blank = random.choice(BLANKS) if random.random() < 0.6 else ""
        while random.random() < comments:
            blank += random.choice(COMMENTS) + random.choice(("\n", "\n", "\r\n", "\n\n  "))
        if not blank and (before in KEYWORDS or (_WORD.match(before[-1:]) and _WORD.match(token[:1]))):
            blank = " "
        parts += [blank, token]
    return "".join(parts)


def program(random: Random, comments: float = 0.05) -> str:
    """A file that parses."""
    return spaced(ProgramGenerator(random).file(), random, comments) + "\n"


_TOKEN = re.compile(
    r'"""(?:[^"]|"[^"]|""[^"])+"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|\w+|\.\.\.|->|=>|[ \t\r\n]+|.', re.DOTALL
)
STRAY = (
    '"',
    '"""',
    "#",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    "=",
    "->",
    "=>",
    "...",
    ".",
    "*",
    "!",
    "?",
    "-",
    "\\",
    "\x0c",
    "é",
)


def mutant(text: str, random: Random) -> str:
    """The text with one or two faults, of the kinds that people and models make; by chance it may still parse."""
    for _ in range(random.choice((1, 1, 2))):
        tokens = _TOKEN.findall(text)
        if not tokens:
            return text
        at = random.randrange(len(tokens))
        other = random.randrange(len(tokens))
        kind = random.randrange(9)
        if kind == 0:
            del tokens[at]
        elif kind == 1:
            tokens.insert(at, tokens[at])
        elif kind == 2:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens.insert(at, random.choice(STRAY))
        elif kind == 4:
            tokens[at] = random.choice((*NAMES, *KEYWORDS, *STRINGS, *TEXTS))
        elif kind == 5:
            tokens = tokens[:at]
        elif kind == 6 and tokens[at].isspace():
            del tokens[at]
        elif kind == 7:
            tokens[at] = tokens[at][: len(tokens[at]) // 2]
        else:
            tokens[at] += random.choice(("x", "1", "_", " "))
        text = "".join(tokens)
    return text
