"""Reads a command line as bash does. What is left open or odd is read as far as it goes, and said to be so.

A reader of our own: tree-sitter-bash splits a word at a continued line and refuses `{rm,-rf,/}` and `3<>file`, bashlex
knows no `case`, `[[`, `time` or arrays, and whoever hides a command uses just these.
"""

from __future__ import annotations

import re

from hdsl.policy.escapes import ansi_c
from hdsl.policy.syntax import (
    Arithmetic,
    Assignment,
    Command,
    Compound,
    Function,
    Literal,
    Part,
    Pipeline,
    ProcessSubstitution,
    Redirect,
    Script,
    Simple,
    Substitution,
    Variable,
    Word,
)

DEEPEST = 40
"""Levels of nesting that are read; nobody writes more by hand."""

_BLANK = " \t\r"
_ENDS_WORD = " \t\r\n;&|<>()"
_REDIRECT = re.compile(r"(\d*|\{[A-Za-z_]\w*\})(<<<|<<-|<<|&>>|&>|>>|>\||>&|<&|<>|<|>)")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\[[^]\n]*\])?(\+?)=")
_NAME = re.compile(r"[A-Za-z_]\w*")
_FUNCTION = re.compile(r"([^\s;&|<>()$'\"\\`=#]+)[ \t]*\([ \t]*\)")
_CLOSERS = frozenset({"then", "else", "elif", "fi", "do", "done", "esac", "}"})


class TooDeep(Exception):  # noqa: N818 - says what is the case
    """More nesting than is read."""


def parse(text: str) -> Script:
    """The script that a text is. Raises TooDeep; anything else is read somehow."""
    # A continued line is joined before anything is read, but for single quotes, where the reader does it.
    reader = _Reader(text)
    script = reader.script(frozenset())
    pipelines = list(script.pipelines)
    while reader.at < len(text):
        # Something closes what was never opened: what follows is read all the same.
        reader.whole = False
        reader.at += 1
        pipelines.extend(reader.script(frozenset()).pipelines)
    return Script(tuple(pipelines), reader.whole)


class _Reader:
    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.at = 0
        self.whole = True
        self._depth = depth
        self._pending: list[tuple[int, str, bool, bool]] = []
        self._bodies: dict[int, Word] = {}

    # Scripts

    def script(self, closers: frozenset[str], until: str = "") -> Script:
        """Pipelines up to a closing word or character, which is left unread, or to the end."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise TooDeep
        pipelines: list[Pipeline] = []
        while True:
            self._blanks(newlines=True)
            if self.at >= len(self.text) or (until and self.text.startswith(until, self.at)) or self._here(")"):
                break
            if closers and self._peek_word() in closers:
                break
            if self.text[self.at] in ";&|":
                if self.text.startswith(";;", self.at) and "esac" in closers:
                    break
                self.at += 1
                continue
            before = self.at
            pipelines.append(self._pipeline())
            if self.at == before:
                self.whole = False
                self.at += 1
        self._depth -= 1
        return Script(tuple(self._with_bodies(each) for each in pipelines), self.whole)

    def _pipeline(self) -> Pipeline:
        start = self.at
        commands: list[Command] = []
        while True:
            self._blanks(newlines=bool(commands))
            while (word := self._peek_word()) in ("!", "time"):
                self.at += len(word)
                self._blanks()
                if word == "time" and self._peek_word() == "-p":
                    self.at += 2
                    self._blanks()
            command = self._command()
            if command is not None:
                commands.append(command)
            self._blanks()
            if self._here("|&"):
                self.at += 2
            elif self._here("|") and not self._here("||"):
                self.at += 1
            else:
                return Pipeline(tuple(commands), self.text[start : self.at].strip())

    def _command(self) -> Command | None:
        word = self._peek_word()
        if self._here("(("):
            return self._arithmetic_command()
        if self._here("("):
            self.at += 1
            inner = self.script(frozenset())
            self._close(")")
            return self._compound("subshell", (inner,))
        if word == "{":
            self.at += 1
            inner = self.script(frozenset({"}"}))
            self._close("}")
            return self._compound("group", (inner,))
        if word == "[[":
            return self._test()
        if word in ("if", "while", "until"):
            return self._conditional(word)
        if word in ("for", "select"):
            return self._for(word)
        if word == "case":
            return self._case()
        if word == "coproc":
            self.at += len(word)
            self._blanks()
            command = self._command()
            return command if command is not None else Compound("group", ())
        if word == "function":
            self.at += len(word)
            self._blanks()
            name = self._peek_word()
            self.at += len(name)
            self._blanks()
            if self._here("("):
                self.at += 1
                self._blanks()
                self._close(")")
            return self._body(name)
        defined = _FUNCTION.match(self.text, self.at)
        if defined:
            self.at = defined.end()
            return self._body(defined[1])
        return self._simple()

    def _body(self, name: str) -> Command:
        self._blanks(newlines=True)
        body = self._command()
        return Function(name, body if body is not None else Compound("group", ()))

    def _compound(
        self, kind: str, scripts: tuple[Script, ...], words: tuple[Word, ...] = (), name: str = ""
    ) -> Command:
        redirects = []
        self._blanks()
        while (redirect := self._redirect()) is not None:
            redirects.append(redirect)
            self._blanks()
        return Compound(kind, scripts, words, name, tuple(redirects))

    def _conditional(self, word: str) -> Command:
        self.at += len(word)
        scripts = []
        while True:
            scripts.append(self.script(_CLOSERS))
            closer = self._peek_word()
            self.at += len(closer)
            if closer not in ("then", "else", "elif", "do"):
                self.whole = self.whole and closer in ("fi", "done")
                return self._compound(word, tuple(scripts))

    def _for(self, word: str) -> Command:
        self.at += len(word)
        self._blanks()
        name, words = "", []
        if self._here("(("):
            self._arithmetic_command()
        else:
            name = self._peek_word()
            self.at += len(name)
            self._blanks(newlines=True)
            if self._peek_word() == "in":
                self.at += 2
                self._blanks()
                while (each := self._word()) is not None:
                    words.append(each)
                    self._blanks()
        self._blanks(newlines=True)
        if self._here(";"):
            self.at += 1
            self._blanks(newlines=True)
        opener = self._peek_word()
        if opener not in ("do", "{"):
            self.whole = False
            return self._compound("for", (), tuple(words), name)
        self.at += len(opener)
        body = self.script(frozenset({"done", "}"}))
        self.at += len(self._peek_word())
        return self._compound("for", (body,), tuple(words), name)

    def _case(self) -> Command:
        self.at += len("case")
        self._blanks()
        word = self._word()
        self._blanks(newlines=True)
        if self._peek_word() == "in":
            self.at += 2
        scripts: list[Script] = []
        while True:
            self._blanks(newlines=True)
            if self.at >= len(self.text) or self._peek_word() == "esac":
                self.whole = self.whole and self.at < len(self.text)
                self.at = min(len(self.text), self.at + 4)
                return self._compound("case", tuple(scripts), () if word is None else (word,))
            end = self.text.find(")", self.at + 1)
            if end < 0:
                self.whole = False
                self.at = len(self.text)
                continue
            self.at = end + 1
            scripts.append(self.script(frozenset({"esac"})))
            while self.at < len(self.text) and self.text[self.at] in ";&":
                self.at += 1

    def _test(self) -> Command:
        """`[[ … ]]`: only the words matter, for what they substitute."""
        self.at += 2
        words: list[Word] = []
        while self.at < len(self.text):
            self._blanks(newlines=True)
            if self._here("]]"):
                self.at += 2
                break
            word = self._word()
            if word is None:
                self.at += 1
            else:
                words.append(word)
        return self._compound("test", (), tuple(words))

    def _arithmetic_command(self) -> Command:
        self.at += 2
        part = self._arithmetic()
        return self._compound("test", (), ((part,),))

    # Simple commands

    def _simple(self) -> Command | None:
        start = self.at
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            self._blanks()
            redirect = self._redirect()
            if redirect is not None:
                redirects.append(redirect)
                continue
            declares = bool(words) and _is_declaration(words[0])
            assigned = _ASSIGNMENT.match(self.text, self.at) if not words or declares else None
            if assigned:
                self.at = assigned.end()
                assignment = self._assignment(assigned[1], bool(assigned[3]))
                assignments.append(assignment)
                continue
            word = self._word()
            if word is None:
                break
            words.append(word)
        if not (assignments or words or redirects):
            return None
        return Simple(tuple(assignments), tuple(words), tuple(redirects), self.text[start : self.at].strip())

    def _assignment(self, name: str, appends: bool) -> Assignment:
        if not self._here("("):
            return Assignment(name, (self._word() or (),), appends)
        self.at += 1
        values = []
        while True:
            self._blanks(newlines=True)
            word = self._word()
            if word is None:
                break
            values.append(word)
        self._close(")")
        return Assignment(name, tuple(values), appends, is_array=True)

    def _redirect(self) -> Redirect | None:
        found = _REDIRECT.match(self.text, self.at)
        if found is None or self._here("<(") or self._here(">("):
            return None
        self.at = found.end()
        self._blanks()
        descriptor, operator = found[1], found[2]
        if operator in ("<<", "<<-"):
            start = self.at
            word = self._word() or ()
            quoted = (
                any(isinstance(part, Literal) and part.quoted for part in word) or "\\" in self.text[start : self.at]
            )
            mark = "".join(part.text for part in word if isinstance(part, Literal))
            self._pending.append((start, mark, quoted, operator == "<<-"))
            return Redirect("<<", descriptor, (Literal(f"\0{start}", True),))
        return Redirect(operator, descriptor, self._word() or ())

    def _read_bodies(self) -> None:
        """The bodies of here-documents stand behind the newline that is about to be read."""
        pending, self._pending = self._pending, []
        for key, mark, quoted, tabs in pending:
            lines: list[str] = []
            closed = False
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self.at = min(len(self.text), end + 1)
                line = line.lstrip("\t") if tabs else line
                if line.rstrip("\r") == mark:
                    closed = True
                    break
                lines.append(line)
            self.whole = self.whole and closed
            body = "".join(f"{line}\n" for line in lines)
            self._bodies[key] = (Literal(body, True),) if quoted else self._nested(body).double_quoted(None)

    def _with_bodies(self, pipeline: Pipeline) -> Pipeline:
        if not self._bodies and not self._pending:
            return pipeline
        if self._pending:
            self.whole = False
        return Pipeline(tuple(self._bodied(command) for command in pipeline.commands), pipeline.text)

    def _bodied(self, command: Command) -> Command:
        if isinstance(command, Function):
            return Function(command.name, self._bodied(command.body))
        redirects = tuple(self._body_of(redirect) for redirect in command.redirects)
        if isinstance(command, Simple):
            return Simple(command.assignments, command.words, redirects, command.text)
        scripts = tuple(
            Script(tuple(self._with_bodies(each) for each in script.pipelines), script.whole)
            for script in command.scripts
        )
        return Compound(command.kind, scripts, command.words, command.name, redirects)

    def _body_of(self, redirect: Redirect) -> Redirect:
        target = redirect.target
        if redirect.operator == "<<" and target and isinstance(target[0], Literal) and target[0].text[:1] == "\0":
            key = int(target[0].text[1:])
            if key in self._bodies:
                return Redirect("<<", redirect.descriptor, self._bodies[key])
        return redirect

    # Words

    def _word(self) -> Word | None:
        parts: list[Part] = []
        plain: list[str] = []
        start = self.at

        def flush() -> None:
            if plain:
                parts.append(Literal("".join(plain), False))
                plain.clear()

        while self.at < len(self.text):
            char = self.text[self.at]
            if self._here("<(") or self._here(">("):
                flush()
                parts.append(self._process_substitution())
            elif char in _ENDS_WORD:
                break
            elif char == "\\":
                if self.at + 1 >= len(self.text):
                    self.whole = False
                    self.at += 1
                elif self.text[self.at + 1] == "\n":
                    self.at += 2
                elif self.text.startswith("\r\n", self.at + 1):
                    self.at += 3
                else:
                    flush()
                    parts.append(Literal(self.text[self.at + 1], True))
                    self.at += 2
            elif char == "'":
                flush()
                parts.append(Literal(self._until("'"), True))
            elif char == '"':
                flush()
                self.at += 1
                parts.append(Literal("", True))
                parts.extend(self.double_quoted('"'))
            elif char == "`":
                flush()
                parts.append(self._backquoted(False))
            elif char == "$":
                flush()
                parts.append(self._dollar(False))
            else:
                plain.append(char)
                self.at += 1
        flush()
        return tuple(parts) if self.at > start else None

    def double_quoted(self, until: str | None) -> Word:
        """What stands up to an unescaped `until`, which is read, or to the end."""
        parts: list[Part] = []
        plain: list[str] = []

        def flush() -> None:
            if plain:
                parts.append(Literal("".join(plain), True))
                plain.clear()

        while self.at < len(self.text):
            char = self.text[self.at]
            if char == until:
                self.at += 1
                flush()
                return tuple(parts)
            if char == "\\" and self.at + 1 < len(self.text):
                following = self.text[self.at + 1]
                plain.append("" if following == "\n" else following if following in '$`"\\' else char + following)
                self.at += 2
            elif char == "`":
                flush()
                parts.append(self._backquoted(True))
            elif char == "$":
                flush()
                parts.append(self._dollar(True))
            else:
                plain.append(char)
                self.at += 1
        flush()
        self.whole = self.whole and until is None
        return tuple(parts)

    def _dollar(self, quoted: bool) -> Part:
        following = self.text[self.at + 1 : self.at + 2]
        if self._here("$(("):
            self.at += 3
            return self._arithmetic()
        if following == "[":
            self.at += 2
            return self._arithmetic("]")
        if following == "(":
            self.at += 2
            inner = self.script(frozenset())
            self._close(")")
            return Substitution(inner, quoted)
        if following == "{":
            return self._braced(quoted)
        if following == "'" and not quoted:
            self.at += 1
            return Literal(self._ansi_c(), True)
        if following == '"' and not quoted:
            self.at += 1
            return Literal("", True)
        name = _NAME.match(self.text, self.at + 1)
        if name:
            self.at = name.end()
            return Variable(name[0], "", (), quoted)
        if following and following in "@*#?$!-0123456789":
            self.at += 2
            return Variable(following, "", (), quoted)
        self.at += 1
        return Literal("$", quoted)

    def _braced(self, quoted: bool) -> Part:
        self.at += 2
        indirect = length = False
        if self._here("!"):
            indirect = True
            self.at += 1
        elif self._here("#") and not self._here("#}"):
            length = True
            self.at += 1
        name = re.compile(r"[A-Za-z_]\w*|[0-9]+|[@*#?$!-]").match(self.text, self.at)
        found = name[0] if name else ""
        self.at += len(found)
        if self._here("["):
            end = self._balanced_end("[", "]")
            found += self.text[self.at : end]
            self.at = end
        operator = re.compile(r":?[-=?+]|:|##?|%%?|//?|\^\^?|,,?|@").match(self.text, self.at)
        symbol = operator[0] if operator else ""
        self.at += len(symbol)
        argument = self._argument()
        return Variable(found, symbol, argument, quoted, indirect, length)

    def _argument(self) -> Word:
        """Up to the closing brace."""
        parts: list[Part] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "}":
                self.at += 1
                return tuple(parts)
            if char == "\\":
                parts.append(Literal(self.text[self.at + 1 : self.at + 2], True))
                self.at += 2
            elif char == "'":
                parts.append(Literal(self._until("'"), True))
            elif char == '"':
                self.at += 1
                parts.extend(self.double_quoted('"'))
            elif char == "`":
                parts.append(self._backquoted(False))
            elif char == "$":
                parts.append(self._dollar(False))
            else:
                parts.append(Literal(char, False))
                self.at += 1
        self.whole = False
        return tuple(parts)

    def _backquoted(self, quoted: bool) -> Part:
        self.at += 1
        inner: list[str] = []
        while self.at < len(self.text) and self.text[self.at] != "`":
            if self.text[self.at] == "\\" and self.text[self.at + 1 : self.at + 2] in tuple(
                '`\\$"' if quoted else "`\\$"
            ):
                self.at += 1
            inner.append(self.text[self.at : self.at + 1])
            self.at += 1
        self._close("`")
        nested = self._nested("".join(inner))
        return Substitution(nested.script(frozenset()), quoted)

    def _process_substitution(self) -> Part:
        reads = self._here("<")
        self.at += 2
        inner = self.script(frozenset())
        self._close(")")
        return ProcessSubstitution(inner, reads)

    def _arithmetic(self, closer: str = "))") -> Arithmetic:
        start, depth = self.at, 0
        while self.at < len(self.text):
            if depth == 0 and self.text.startswith(closer, self.at):
                text = self.text[start : self.at]
                self.at += len(closer)
                return Arithmetic(text, self._nested(text).double_quoted(None))
            depth += {"(": 1, ")": -1}.get(self.text[self.at], 0)
            self.at += 1
        self.whole = False
        return Arithmetic(self.text[start:], self._nested(self.text[start:]).double_quoted(None))

    def _ansi_c(self) -> str:
        self.at += 1
        start = self.at
        while self.at < len(self.text) and self.text[self.at] != "'":
            self.at += 2 if self.text[self.at] == "\\" else 1
        text = self.text[start : self.at]
        self._close("'")
        return ansi_c(text)

    # Characters

    def _nested(self, text: str) -> _Reader:
        return _Reader(text, self._depth)

    def _here(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def _until(self, quote: str) -> str:
        self.at += 1
        end = self.text.find(quote, self.at)
        if end < 0:
            self.whole = False
            end = len(self.text)
        found = self.text[self.at : end]
        self.at = min(len(self.text), end + 1)
        return found

    def _close(self, closer: str) -> None:
        if self._here(closer):
            self.at += len(closer)
        else:
            self.whole = False

    def _balanced_end(self, opener: str, closer: str) -> int:
        depth, at = 0, self.at
        while at < len(self.text):
            depth += {opener: 1, closer: -1}.get(self.text[at], 0)
            at += 1
            if depth == 0:
                break
        return at

    def _blanks(self, newlines: bool = False) -> None:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in _BLANK:
                self.at += 1
            elif self._here("\\\n"):
                self.at += 2
            elif char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif char == "\n" and newlines:
                self.at += 1
                self._read_bodies()
            else:
                return

    def _peek_word(self) -> str:
        """The bare word that stands here, as keywords must be."""
        at = self.at
        while at < len(self.text) and self.text[at] not in _ENDS_WORD:
            at += 1
        return self.text[self.at : at]


def _is_declaration(word: Word) -> bool:
    names = ("export", "declare", "local", "typeset", "readonly")
    return len(word) == 1 and isinstance(word[0], Literal) and word[0].text in names
