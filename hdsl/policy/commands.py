"""Reads what one command with its arguments would do: what is harmful of it, what it starts in turn, what it prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hdsl.ground.secrets import is_secret_name
from hdsl.policy.budget import bounded, joined, pay
from hdsl.policy.builtins import BUILTINS
from hdsl.policy.calls import Calls
from hdsl.policy.effects import Arguments, Code, Effect
from hdsl.policy.expand import Environment
from hdsl.policy.filters import output
from hdsl.policy.folders import joined as path_from
from hdsl.policy.folders import placed
from hdsl.policy.harm import Harm, from_elsewhere, written
from hdsl.policy.interpreters import run_interpreter, run_shell
from hdsl.policy.kinds import JUDGED, harms
from hdsl.policy.left_files import leave_files, saved_as, sent_away
from hdsl.policy.names import FETCHERS, HARMFUL, READS_COMMANDS, RUN_BY_VALUE
from hdsl.policy.remote_judges import queried
from hdsl.policy.run_files import files_run, project_files, started_by, tasks
from hdsl.policy.runs import Run
from hdsl.policy.shells import EDITORS, OTHERS, PYTHON, SHELLS
from hdsl.policy.syntax import Command
from hdsl.policy.texts import (
    FETCHED,
    GATHERED,
    HOME,
    SELF,
    TAINTS,
    TOO_LONG,
    UNKNOWN,
    has_glob,
    matches,
    plain,
    settled,
    shown,
    taint,
)
from hdsl.policy.wrapped import Wrapped
from hdsl.policy.wrappers import unwrapped

DEEPEST = 25
MOST_TURNS = 500
_STEP = 50
"""What a command costs besides what it makes."""

_MOST_FOLDERS = 50
_LONGEST_NAME = 5000
_LONGEST_TYPED = 5000
_SHELL_OVER_NETWORK = re.compile(r"\b(?:ba|da|z|k|a)?sh\s+-\w*i")
_UNSETTLED = re.compile(f"[{UNKNOWN}{''.join(TAINTS)}]")
_OWN_PROGRAMS = (f"{HOME}/bin", f"{HOME}/.local/bin", "/usr/local/bin")
_RUN_HERE = frozenset(["builtin", "command", "noglob", "nocorrect"])
"""Wrappers that start no process, so that a `cd` in them stays."""
_SENDS = FETCHERS | {"ssh", "scp", "rsync"}


class CommandReader:
    """Reads commands in one environment; what a text that they run would do is said by who knows its syntax."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.environment = Environment()
        self.calls = Calls()
        self.depth = 0
        self.where = ""
        self.pipeline = ""
        self._selves = 0

    def script_text(self, text: str, stdin: str) -> str:
        """Reads a text as a script."""
        raise NotImplementedError

    def command(self, command: Command, stdin: str) -> str:
        """Reads one command of a script, such as the body of a function."""
        raise NotImplementedError

    def note(self, normal: str, found: Iterable[Harm]) -> None:
        self.runs.append(Run(" ".join(normal.split()), self.where or normal, list(found)))

    def dispatch(self, argv: list[str], stdin: str, functions: bool = False) -> str:
        if self.depth > DEEPEST:
            self.note(_normal(argv), [Harm("disguise", "is nested too deep to be read")])
            return UNKNOWN
        pay(sum(map(len, argv)) + _STEP)
        self.depth += 1
        try:
            return self._dispatched(argv, stdin, functions)
        finally:
            self.depth -= 1

    def _dispatched(self, argv: list[str], stdin: str, functions: bool) -> str:
        while argv and argv[0] == "":
            argv = argv[1:]
        if not argv:
            return ""
        name = self.name(argv[0])
        if name is None:
            return self._undecided(argv, stdin)
        if argv[0] == SELF:
            self._selves += 1
            if self._selves > 1:
                self.note(_normal(argv), [Harm("fork-bomb", "starts itself without end")])
            return UNKNOWN
        arguments = argv[1:]
        if functions and argv[0] in self.environment.functions:
            return self._called(argv[0], arguments, stdin)
        run = Run(_normal([name, *argv[1:]]), self.where or _normal(argv), self._harms(name, arguments))
        self.runs.append(run)
        if name in _SENDS and (GATHERED in stdin or sent_away(arguments, self.environment.files)):
            run.harms.append(Harm("exfiltration", "sends a whole home folder or disk away"))
        if name in FETCHERS and _SHELL_OVER_NETWORK.search(self.pipeline):
            run.harms.append(Harm("remote-code", "gives a shell to another machine"))
        if name in ("echo", "printf"):
            self._told(run, argv)
        content = self._program(argv[0])
        if content is not None:
            return self._started(content, argv, stdin, run)
        self._read_files(name, arguments, stdin, run)
        builtin = BUILTINS.get(name)
        if builtin is not None:
            return builtin(self, arguments, stdin, run)
        if name in SHELLS:
            return run_shell(self, arguments, stdin, run)
        if PYTHON.match(name) or OTHERS.match(name):
            return run_interpreter(self, name, arguments, stdin, run)
        return self.wrapped(unwrapped(name, arguments), arguments, stdin, run, name)

    def _harms(self, name: str, arguments: list[str]) -> list[Harm]:
        """The kinds of a command; also those that it has by the folder in which it runs."""
        found = list(harms(name, arguments))
        folder = self.environment.files.folder
        pay(len(folder) * len(arguments))
        from_start = placed(folder, name, arguments)
        if from_start is not None:
            found += harms(name, from_start)
            found += [harm for each in saved_as(name, arguments) for harm in written(path_from(folder, each), True)]
        return found

    def _program(self, word: str) -> str | None:
        """The content of the file that a word starts, if a command before wrote it."""
        files = self.environment.files
        if "/" in word:
            return files.get(word)
        folders = self.environment.variables.get("PATH", "").split(":")[:_MOST_FOLDERS]
        found = (files.get(f"{folder or '.'}/{word}") for folder in (*folders, *_OWN_PROGRAMS))
        return next((content for content in found if content is not None), None)

    def _started(self, script: str, argv: list[str], stdin: str, run: Run) -> str:
        """A file that was written before and is started."""
        starter = started_by(script)
        if starter and not taint(script):
            return self.dispatch([*starter, *argv], stdin)
        return self.run_text(script, "", run)

    def _read_files(self, name: str, arguments: list[str], stdin: str, run: Run) -> None:
        """The files that a program runs, as far as they were written before."""
        files = self.environment.files
        for path in project_files(name, arguments):
            content = stdin if path in ("-", "/dev/stdin") else files.get(path, "")
            run.harms.extend(from_elsewhere(content))
            text = tasks(content, arguments)
            if text:
                self.run_text(text, "", run)
        for path in files_run(name, arguments):
            run.harms.extend(from_elsewhere(files.get(path, taint(path))))

    def filtered(self, name: str, argv: list[str], stdin: str) -> str:
        made = bounded(output([name, *argv[1:]], stdin, self.environment.files))
        return made + leave_files(name, argv[1:], stdin, self.environment.files)

    def name(self, text: str) -> str | None:
        """The name of a command without its folder; None where it cannot be known."""
        if text == SELF:
            return "$0"
        if len(text) > _LONGEST_NAME or TOO_LONG in text:
            return None
        if has_glob(text):
            return next((each for each in (*HARMFUL, *JUDGED) if matches(text.rpartition("/")[2], each)), None)
        bare = plain(text)
        if not settled(text):
            bare = _UNSETTLED.sub("", text)
            if not bare.strip("/") or bare.endswith("/"):
                return None
        name = bare.rpartition("/")[2] or bare
        return name.removeprefix("\\")

    def _undecided(self, argv: list[str], stdin: str) -> str:
        found = []
        if FETCHED in argv[0]:
            found.append(Harm("remote-code", "runs what a server says"))
        else:
            found.append(Harm("disguise", "runs a command whose name is only known when it runs"))
            if any(re.fullmatch(r"-[a-zA-Z]*[rR][a-zA-Z]*f?|-fr?", each) for each in argv[1:]):
                found.extend(harms("rm", argv[1:]))
        self.note(_normal(argv), found)
        return UNKNOWN + taint(stdin)

    def _told(self, run: Run, argv: list[str]) -> None:
        pay(len(self.where) // 20)
        for part in re.findall(r"\$(?!\{\w+:?\+)\{?([A-Za-z_]\w*)", self.where):
            if is_secret_name(part) and part not in self.environment.variables:
                run.harms.append(Harm("credentials", f"shows ${part}"))
                return

    def _called(self, name: str, arguments: list[str], stdin: str) -> str:
        if name in self.calls:
            if self.calls.call_again(name):
                self.note(f"{name}()", [Harm("fork-bomb", "a function that starts itself more than once")])
            return UNKNOWN
        known = self.environment
        outer, known.positional = known.positional, arguments
        with self.calls.inside(name):
            made = self.command(known.functions[name], stdin)
        known.positional = outer
        return made

    # What runs texts

    def run_text(self, text: str, stdin: str, run: Run) -> str:
        """A text that a shell runs."""
        if self.pipeline:
            pay(len(self.pipeline))
            run.normal = " ".join(shown(self.pipeline).split())
        origin = list(from_elsewhere(text))
        is_empty = not _UNSETTLED.sub("", text).strip()
        if UNKNOWN in text and is_empty and not origin:
            origin.append(Harm("disguise", "runs a text that is only known when it runs"))
        run.harms.extend(origin)
        if is_empty:
            return UNKNOWN  # There is nothing to be read in it.
        return self.script_text(text, stdin)

    def file_run(self, path: str, run: Run) -> str:
        content = self.environment.files.get(path)
        if content is None:
            run.harms.extend(from_elsewhere(path))
            return UNKNOWN
        return self.run_text(content, "", run)

    def code(self, language: str, code: str) -> None:
        from hdsl.policy.code import code_effects  # most lines give code to nobody

        self._effects(code_effects(language, code, self.environment.files), f"{language} {shown(code)[:200]}")

    def typed(self, program: str, line: str) -> None:
        """Reads a line that is typed into a program which is no shell."""
        if len(line) > _LONGEST_TYPED:
            self.note(line[:200], [Harm("disguise", "is too long to be read")])
            return
        from hdsl.policy.prompts import typed_effects  # nor are they typed into another program

        self._effects(typed_effects(program, line), line[:200])

    def _effects(self, effects: Iterable[Effect | Code], normal: str) -> None:
        found: list[Harm] = []
        for effect in effects:
            if isinstance(effect, Harm):
                found.append(effect)
            elif isinstance(effect, Arguments):
                if effect.argv:
                    self.dispatch(list(effect.argv), "")
            elif isinstance(effect, Code):
                self.code(effect.language, effect.text)
            elif effect.text.strip():
                self._shell_text(effect.text)
        if found:
            self.note(normal, found)

    def _shell_text(self, text: str) -> None:
        run = Run(_normal(["sh", "-c", text]), self.where or shown(text))
        self.runs.append(run)
        run.harms.extend(from_elsewhere(text))
        self.script_text(text, "")

    def wrapped(self, found: Wrapped, arguments: list[str], stdin: str, run: Run, name: str) -> str:
        for variable, value in found.variables.items():
            self.environment.variables[variable] = value
            if variable in RUN_BY_VALUE:
                self.script_text(value, "")
        folder = self.environment.files.folder
        if found.folder:
            self.environment.files.folder = path_from(folder, found.folder)
        printed = [self.run_text(text, stdin, run) for text in found.scripts]
        for line in found.typed:
            self.typed(name, line)
        run.harms.extend(queried(name, stdin))
        if name in READS_COMMANDS and settled(stdin):
            for line in stdin.splitlines()[:MOST_TURNS]:
                self.typed(name, f":{line}" if name in EDITORS else line)
        # A script on the disk is not read here either: `ssh host < script` is `bash script`.
        if found.reads and stdin.strip(UNKNOWN):
            printed.append(self.run_text(stdin, "", run))
        printed += [self.dispatch(list(command), stdin) for command in found.commands]
        if name not in _RUN_HERE:
            self.environment.files.folder = folder
        if not found.commands and not found.scripts:
            return self.filtered(name, [name, *arguments], stdin)
        # What another machine prints is what a server says.
        return joined(printed) + (FETCHED if name == "ssh" else "")


def _normal(argv: Sequence[str]) -> str:
    return " ".join(shown(each) for each in argv)
