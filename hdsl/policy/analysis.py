"""Reads what a command line would do, without running any of it: every command it starts, however it is wrapped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from hdsl.policy.budget import LONGEST, Budget, Spent, joined, pay
from hdsl.policy.commands import DEEPEST, MOST_TURNS, CommandReader
from hdsl.policy.expand import Expander
from hdsl.policy.folders import joined as path_from
from hdsl.policy.harm import Harm, read, written
from hdsl.policy.loops import starts_without_end
from hdsl.policy.names import RUN_BY_VALUE
from hdsl.policy.parse import parse
from hdsl.policy.shells import SHELLS
from hdsl.policy.syntax import (
    Assignment,
    Command,
    Compound,
    Function,
    Pipeline,
    ProcessSubstitution,
    Redirect,
    Script,
    Simple,
    Word,
)
from hdsl.policy.texts import (
    DECODED,
    FETCHED,
    GATHERED,
    GLOBS,
    HOME,
    MANY,
    UNKNOWN,
    cleaned,
    has_glob,
    is_many,
    many,
    settled,
    shown,
)
from hdsl.policy.words import TooDeep

_MOST_RUNS = 2000
_STEP = 50
"""What a pipeline costs besides what it makes."""

_MARKS = str.maketrans({mark: char for char, mark in GLOBS.items()} | {HOME: "~"})
_SOCKETS = ("/dev/tcp/", "/dev/udp/")
_DECLARES = frozenset({"export", "declare", "local", "typeset", "readonly"})
_RUN_WITH = ("LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "BASH_ENV", "ENV")


class Analysis(CommandReader):
    """The commands of one or more lines, read in order in one environment."""

    def __init__(self) -> None:
        super().__init__()
        self.budget = Budget()
        self.expander = Expander(self.environment, self._substituted, self._process_file)
        self._waiting: list[Script] = []
        self._turns: list[str] = []

    def read(self, text: str) -> None:
        """Reads one line, or a text of several."""
        with self._bounded():
            self.script_text(cleaned(text)[: LONGEST + 1], "")
        if len(text) > LONGEST:
            self.note("…", [Harm("disguise", f"is longer than {LONGEST:,} characters")])

    def read_code(self, language: str, code: str) -> None:
        """Reads code of another language."""
        with self._bounded():
            self.code(language, cleaned(code)[:LONGEST])
        if len(code) > LONGEST:
            self.note("…", [Harm("disguise", f"is longer than {LONGEST:,} characters")])

    def read_typed(self, program: str, line: str) -> None:
        """Reads a line that is typed into a program which is no shell."""
        with self._bounded():
            self.typed(program, cleaned(line)[:LONGEST])

    def arguments(self, argv: Sequence[str], stdin: str = "") -> str:
        """Reads a command that is started without a shell."""
        with self._bounded():
            return self.dispatch([*argv], stdin)
        return UNKNOWN

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        """What is read in between makes no more than it may; where it would, that is noted and it is left there."""
        self.budget = Budget()
        outer = self.depth, self.where, self.pipeline, self.calls, self._waiting
        try:
            with self.budget.used():
                yield
        except (Spent, RecursionError):
            self.depth, self.where, self.pipeline, self.calls, self._waiting = outer
            # What was set behind that place is not known.
            self.environment.blur()
            self.note("…", [Harm("disguise", "makes more than can be read")])

    # Scripts

    def script_text(self, text: str, stdin: str) -> str:
        if self.depth > DEEPEST or len(self.runs) > _MOST_RUNS:
            self.note(shown(text)[:60], [Harm("disguise", "is nested too deep, or too long, to be read")])
            return UNKNOWN
        pay(len(text))
        try:
            script = parse(text.translate(_MARKS))
        except TooDeep:
            self.note(shown(text)[:60], [Harm("disguise", "is nested too deep to be read")])
            return UNKNOWN
        self.depth += 1
        try:
            return self._script(script, stdin)
        except RecursionError:
            self.note(shown(text)[:60], [Harm("disguise", "is nested too deep to be read")])
            return UNKNOWN
        finally:
            self.depth -= 1

    def _script(self, script: Script, stdin: str) -> str:
        if len(self.runs) > _MOST_RUNS:
            self.note("…", [Harm("disguise", "is too long to be read")])
            return UNKNOWN
        if len(script.pipelines) == 1:
            return self._run_pipeline(script.pipelines[0], stdin)
        return joined(self._run_pipeline(pipeline, stdin) for pipeline in script.pipelines)

    def _run_pipeline(self, pipeline: Pipeline, stdin: str) -> str:
        pay(_STEP)
        piped = len(pipeline.commands) > 1
        outer, self.pipeline = self.pipeline, pipeline.text if piped else ""
        flowing = stdin
        for command in pipeline.commands:
            folder = self.environment.files.folder
            with self.calls.beside(piped or pipeline.background):
                flowing = self.command(command, flowing)
            if piped or pipeline.background:
                self.environment.files.folder = folder  # Each runs in a shell of its own.
            if self.calls.multiplies():
                break
        self.pipeline = outer
        return flowing

    def command(self, command: Command, stdin: str) -> str:
        if isinstance(command, Function):
            self.environment.functions[command.name] = command.body
            return ""
        if isinstance(command, Simple):
            return self._simple(command, stdin)
        return self._compound(command, stdin)

    def _compound(self, command: Compound, stdin: str) -> str:
        given = self._redirected(command.redirects, stdin)
        if starts_without_end(command):
            self.note(f"{command.kind} …", [Harm("fork-bomb", "starts a process at every turn of a loop without end")])
        words = self.expander.fields(command.words) if command.words else []
        folder = self.environment.files.folder
        made = ""
        if command.kind == "for":
            made = self._for_each(command, words, given)
        elif command.kind in ("while", "until") and given:
            # A loop that reads goes through the lines; of those that are not known, through many.
            lines = given.splitlines() if settled(given) or MANY in given else [many(given)]
            turns = lines[:MOST_TURNS]
            made = joined(self._script(script, f"{line}\n") for line in turns for script in command.scripts)
        else:
            made = joined(self._script(script, given) for script in command.scripts)
        if command.kind == "subshell":
            self.environment.files.folder = folder
        self._store(command.redirects, made)
        return self._finish(made)

    def _for_each(self, command: Compound, words: list[str], given: str) -> str:
        made: list[str] = []
        if not command.words:
            words = self.environment.positional
        for value in (words or [UNKNOWN])[:MOST_TURNS]:
            if command.name:
                self.environment.variables[command.name] = value
            self._turns.append(value)
            made.append(joined(self._script(script, given) for script in command.scripts))
            self._turns.pop()
        return joined(made)

    # Simple commands

    def _simple(self, command: Simple, stdin: str) -> str:
        outer, self.where = self.where, self.where or command.text
        waiting, self._waiting = self._waiting, []
        for assignment in command.assignments:
            self._assign(assignment)
        given = self._redirected(command.redirects, stdin)
        aliased = self._aliased(command.words)
        argv = self.expander.fields(command.words) if aliased is None else []
        if argv and argv[0] in _DECLARES:
            argv += [f"{each.name}={self.environment.variables.get(each.name, '')}" for each in command.assignments]
        if aliased is not None:
            made = self.script_text(aliased, given)
        elif argv:
            made = self.dispatch(argv, given, functions=True)
        else:
            made = given if any(each.operator.startswith("<") for each in command.redirects) else ""
        if not argv and aliased is None and any(_writes(each) for each in command.redirects):
            made = ""
        self._store(command.redirects, made)
        made = self._finish(made)
        self._waiting, self.where = waiting, outer
        return made

    def _finish(self, made: str) -> str:
        """Runs what reads this command's output through `>(…)`."""
        scripts, self._waiting = self._waiting, []
        for script in scripts:
            self._script(script, made)
        return made

    def _aliased(self, words: tuple[Word, ...]) -> str | None:
        if not words or not self.environment.aliases or len(words[0]) != 1:
            return None
        name = getattr(words[0][0], "text", "")
        alias = self.environment.aliases.get(name)
        if alias is None or getattr(words[0][0], "quoted", True):
            return None
        del self.environment.aliases[name]  # An alias is not expanded inside itself.
        rest = " ".join(_quoted(each) for each in self.expander.fields(words[1:]))
        return f"{alias} {rest}"

    def _assign(self, assignment: Assignment) -> None:
        known = self.environment
        if assignment.is_array:
            values = self.expander.fields(assignment.values)
            values = [*known.arrays.get(assignment.name, []), *values] if assignment.appends else values
            pay(len(values))
            known.arrays[assignment.name] = values
            return
        value = self.expander.text(assignment.values[0])
        if assignment.appends:
            value = joined([known.variables.get(assignment.name, ""), value])
        known.arrays.pop(assignment.name, None)
        known.variables[assignment.name] = value
        if assignment.name in RUN_BY_VALUE and value:
            self.script_text(value, "")
        if assignment.name in _RUN_WITH and (FETCHED in value or DECODED in value):
            self.note(f"{assignment.name}={shown(value)}", [Harm("remote-code", "loads what a server says")])

    # Redirections

    def _redirected(self, redirects: Iterable[Redirect], stdin: str) -> str:
        given = stdin
        for redirect in redirects:
            operator = redirect.operator
            if operator in ("<<", "<<<"):
                given = joined([self.expander.text(redirect.target), "\n" if operator == "<<<" else ""])
                continue
            target = next(iter(self.expander.fields((redirect.target,))), "")
            if operator == "<":
                self._noted_path(f"< {shown(target)}", read(self._placed(target)))
                given = self.environment.files.get(target, UNKNOWN if target != "/dev/null" else "")
            elif _writes(redirect):
                self._noted_path(f"{operator} {shown(target)}", self._overwritten(operator, target))
            elif operator == "<&":
                given = self.environment.files.get(f"/dev/fd/{target}", given)
            if redirect.descriptor and operator in ("<", "<>"):
                into = f"/dev/fd/{redirect.descriptor}"
                self.environment.files[into] = FETCHED if target.startswith(_SOCKETS) else given
            if target.startswith(_SOCKETS):
                given = FETCHED
                if operator in (">&", "&>") or self.where.lstrip().startswith(tuple(SHELLS)):
                    self.note(self.where, [Harm("remote-code", "gives a shell to another machine")])
        return given

    def _overwritten(self, operator: str, target: str) -> Iterator[Harm]:
        """The kinds of a redirection to a file; of one that a loop goes through, each is emptied."""
        appends = operator in (">>", "&>>", "<>")
        of_loop = target.removeprefix("./") in self._turns and (has_glob(target) or UNKNOWN in target)
        emptied = not appends and (of_loop or is_many(target))
        if emptied:
            yield Harm("truncation", "empties every file of a loop")
        yield from written(self._placed(target), appends or not emptied)

    def _placed(self, path: str) -> str:
        return path_from(self.environment.files.folder, path)

    def _store(self, redirects: Iterable[Redirect], made: str) -> None:
        for redirect in redirects:
            if _writes(redirect) and redirect.descriptor in ("", "1"):
                target = next(iter(self.expander.fields((redirect.target,))), "")
                if GATHERED in made and target.startswith(_SOCKETS):
                    self.note(self.where, [Harm("exfiltration", "sends a whole home folder or disk away")])
                before = self.environment.files.get(target, "") if redirect.operator == ">>" else ""
                self.environment.files[target] = joined([before, made])

    def _noted_path(self, normal: str, found: Iterable[Harm]) -> None:
        noted = list(found)
        if noted:
            self.note(normal, noted)

    # Substitutions

    def _substituted(self, script: Script) -> str:
        if self.depth > DEEPEST:
            self.note("$(…)", [Harm("disguise", "is nested too deep to be read")])
            return UNKNOWN
        self.depth += 1
        outer, self.pipeline = self.pipeline, ""
        folder = self.environment.files.folder
        with self.calls.waited_for():
            made = self._script(script, "")
        self.pipeline, self.environment.files.folder = outer, folder
        self.depth -= 1
        return made

    def _process_file(self, part: ProcessSubstitution) -> str:
        path = f"/dev/fd/{len(self.environment.files) + 63}"
        if part.reads:
            self.environment.files[path] = self._substituted(part.script)
        else:
            self._waiting.append(part.script)
        return path


def _writes(redirect: Redirect) -> bool:
    if redirect.operator == ">&":
        target = "".join(getattr(part, "text", "x") for part in redirect.target)
        return not re.fullmatch(r"\d*-?", target)
    return redirect.operator in (">", ">>", ">|", "&>", "&>>", "<>")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
