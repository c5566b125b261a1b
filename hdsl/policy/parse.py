"""Reads a command line as bash does. What is left open or odd is read as far as it goes, and said to be so.

A reader of our own: tree-sitter-bash splits a word at a continued line and refuses `{rm,-rf,/}` and `3<>file`, bashlex
knows no `case`, `[[`, `time` or arrays, and whoever hides a command uses just these.
"""

from __future__ import annotations

import re

from hdsl.policy.syntax import (
    Assignment,
    Command,
    Compound,
    Function,
    Literal,
    Pipeline,
    Redirect,
    Script,
    Simple,
    Word,
)
from hdsl.policy.words import WordReader

_REDIRECT = re.compile(r"(\d*|\{[A-Za-z_]\w*\})(<<<|<<-|<<|&>>|&>|>>|>\||>&|<&|<>|<|>)")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\[[^]\n]*\])?(\+?)=")
_FUNCTION = re.compile(r"([^\s;&|<>()$'\"\\`=#]+)[ \t]*\([ \t]*\)")
_CLOSERS = frozenset({"then", "else", "elif", "fi", "do", "done", "esac", "}"})


def parse(text: str) -> Script:
    """The script that a text is. Raises TooDeep; anything else is read somehow."""
    reader = _Reader(text)
    script = reader.script(frozenset())
    pipelines = list(script.pipelines)
    while reader.at < len(text):
        # Something closes what was never opened: what follows is read all the same.
        reader.whole = False
        reader.at += 1
        pipelines.extend(reader.script(frozenset()).pipelines)
    return Script(tuple(pipelines), reader.whole)


class _Reader(WordReader):
    # Scripts

    def script(self, closers: frozenset[str], until: str = "") -> Script:
        """Pipelines up to a closing word or character, which is left unread, or to the end."""
        self.deeper()
        pipelines: list[Pipeline] = []
        while True:
            self.blanks(newlines=True)
            if self.at >= len(self.text) or (until and self.text.startswith(until, self.at)) or self.here(")"):
                break
            if closers and self.peek_word() in closers:
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
        self.depth -= 1
        return Script(tuple(self._with_bodies(each) for each in pipelines), self.whole)

    def _pipeline(self) -> Pipeline:
        start = self.at
        commands: list[Command] = []
        while True:
            self.blanks(newlines=bool(commands))
            while (word := self.peek_word()) in ("!", "time"):
                self.at += len(word)
                self.blanks()
                if word == "time" and self.peek_word() == "-p":
                    self.at += 2
                    self.blanks()
            command = self._command()
            if command is not None:
                commands.append(command)
            self.blanks()
            if self.here("|&"):
                self.at += 2
            elif self.here("|") and not self.here("||"):
                self.at += 1
            else:
                background = self.here("&") and not self.here("&&")
                return Pipeline(tuple(commands), self.text[start : self.at].strip(), background)

    def _command(self) -> Command | None:
        word = self.peek_word()
        if self.here("(("):
            return self._arithmetic_command()
        if self.here("("):
            self.at += 1
            inner = self.script(frozenset())
            self.close(")")
            return self._compound("subshell", (inner,))
        if word == "{":
            self.at += 1
            inner = self.script(frozenset({"}"}))
            self.close("}")
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
            self.blanks()
            self.deeper()
            command = self._command()
            self.depth -= 1
            return command if command is not None else Compound("group", ())
        if word == "function":
            self.at += len(word)
            self.blanks()
            name = self.peek_word()
            self.at += len(name)
            self.blanks()
            if self.here("("):
                self.at += 1
                self.blanks()
                self.close(")")
            return self._body(name)
        defined = _FUNCTION.match(self.text, self.at)
        if defined:
            self.at = defined.end()
            return self._body(defined[1])
        return self._simple()

    def _body(self, name: str) -> Command:
        self.blanks(newlines=True)
        self.deeper()
        body = self._command()
        self.depth -= 1
        return Function(name, body if body is not None else Compound("group", ()))

    def _compound(
        self, kind: str, scripts: tuple[Script, ...], words: tuple[Word, ...] = (), name: str = ""
    ) -> Command:
        redirects = []
        self.blanks()
        while (redirect := self._redirect()) is not None:
            redirects.append(redirect)
            self.blanks()
        return Compound(kind, scripts, words, name, tuple(redirects))

    def _conditional(self, word: str) -> Command:
        self.at += len(word)
        scripts = []
        while True:
            scripts.append(self.script(_CLOSERS))
            closer = self.peek_word()
            self.at += len(closer)
            if closer not in ("then", "else", "elif", "do"):
                self.whole = self.whole and closer in ("fi", "done")
                return self._compound(word, tuple(scripts))

    def _for(self, word: str) -> Command:
        self.at += len(word)
        self.blanks()
        name, words = "", list[Word]()
        if self.here("(("):
            self.at += 2
            words.append((self.arithmetic(),))
        else:
            name = self.peek_word()
            self.at += len(name)
            self.blanks(newlines=True)
            if self.peek_word() == "in":
                self.at += 2
                self.blanks()
                while (each := self.word()) is not None:
                    words.append(each)
                    self.blanks()
        self.blanks(newlines=True)
        if self.here(";"):
            self.at += 1
            self.blanks(newlines=True)
        opener = self.peek_word()
        if opener not in ("do", "{"):
            self.whole = False
            return self._compound("for", (), tuple(words), name)
        self.at += len(opener)
        body = self.script(frozenset({"done", "}"}))
        self.at += len(self.peek_word())
        return self._compound("for", (body,), tuple(words), name)

    def _case(self) -> Command:
        self.at += len("case")
        self.blanks()
        word = self.word()
        self.blanks(newlines=True)
        if self.peek_word() == "in":
            self.at += 2
        scripts: list[Script] = []
        while True:
            self.blanks(newlines=True)
            if self.at >= len(self.text) or self.peek_word() == "esac":
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
            self.blanks(newlines=True)
            if self.here("]]"):
                self.at += 2
                break
            word = self.word()
            if word is None:
                self.at += 1
            else:
                words.append(word)
        return self._compound("test", (), tuple(words))

    def _arithmetic_command(self) -> Command:
        self.at += 2
        part = self.arithmetic()
        return self._compound("test", (), ((part,),))

    # Simple commands

    def _simple(self) -> Command | None:
        start = self.at
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            self.blanks()
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
            word = self.word()
            if word is None:
                break
            words.append(word)
        if not (assignments or words or redirects):
            return None
        return Simple(tuple(assignments), tuple(words), tuple(redirects), self.text[start : self.at].strip())

    def _assignment(self, name: str, appends: bool) -> Assignment:
        if not self.here("("):
            return Assignment(name, (self.word() or (),), appends)
        self.at += 1
        values = []
        while True:
            self.blanks(newlines=True)
            word = self.word()
            if word is None:
                break
            values.append(word)
        self.close(")")
        return Assignment(name, tuple(values), appends, is_array=True)

    def _redirect(self) -> Redirect | None:
        found = _REDIRECT.match(self.text, self.at)
        if found is None or self.here("<(") or self.here(">("):
            return None
        self.at = found.end()
        self.blanks()
        descriptor, operator = found[1], found[2]
        if operator in ("<<", "<<-"):
            start = self.at
            word = self.word() or ()
            quoted = (
                any(isinstance(part, Literal) and part.quoted for part in word) or "\\" in self.text[start : self.at]
            )
            mark = "".join(part.text for part in word if isinstance(part, Literal))
            self.pending.append((start, mark, quoted, operator == "<<-"))
            return Redirect("<<", descriptor, (Literal(f"\0{start}", True),))
        return Redirect(operator, descriptor, self.word() or ())

    def read_bodies(self) -> None:
        """The bodies of here-documents stand behind the newline that is about to be read."""
        pending, self.pending = self.pending, []
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
            self.bodies[key] = (Literal(body, True),) if quoted else self.nested(body).double_quoted(None)

    def _with_bodies(self, pipeline: Pipeline) -> Pipeline:
        if not self.bodies and not self.pending:
            return pipeline
        if self.pending:
            self.whole = False
        commands = tuple(self._bodied(command) for command in pipeline.commands)
        return Pipeline(commands, pipeline.text, pipeline.background)

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
            if key in self.bodies:
                return Redirect("<<", redirect.descriptor, self.bodies[key])
        return redirect


def _is_declaration(word: Word) -> bool:
    names = ("export", "declare", "local", "typeset", "readonly")
    return len(word) == 1 and isinstance(word[0], Literal) and word[0].text in names
