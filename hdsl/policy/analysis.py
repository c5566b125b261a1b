"""Reads what a command line would do, without running any of it: every command it starts, however it is wrapped."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from hdsl.ground.secrets import is_secret_name
from hdsl.policy import places
from hdsl.policy.builtins import BUILTINS
from hdsl.policy.code import OTHERS, PYTHON, code_effects
from hdsl.policy.effects import Arguments, Code, Effect
from hdsl.policy.expand import Environment, Expander
from hdsl.policy.filters import FETCHERS, output
from hdsl.policy.harm import Harm, read, written
from hdsl.policy.interpreters import run_interpreter, run_shell
from hdsl.policy.kinds import JUDGED, harms
from hdsl.policy.names import HARMFUL, READS_COMMANDS, RUN_BY_VALUE
from hdsl.policy.parse import TooDeep, parse
from hdsl.policy.prompts import is_editor, typed_effects
from hdsl.policy.remote_judges import queried
from hdsl.policy.runs import Run
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
    Variable,
    Word,
)
from hdsl.policy.texts import (
    DECODED,
    FETCHED,
    GATHERED,
    GLOBS,
    HOME,
    SELF,
    UNKNOWN,
    cleaned,
    file_name,
    has_glob,
    matches,
    settled,
    shown,
    taint,
)
from hdsl.policy.wrapped import Wrapped
from hdsl.policy.wrappers import unwrapped

_LONGEST = 100_000
_MOST_RUNS = 2000
_DEEPEST = 25
_MOST_TURNS = 500
_MARKS = str.maketrans({mark: char for char, mark in GLOBS.items()} | {HOME: "~"})
_SOCKETS = ("/dev/tcp/", "/dev/udp/")
_SHELL_OVER_NETWORK = re.compile(r"\b(?:ba|da|z|k|a)?sh\s+-\w*i")
_DECLARES = frozenset({"export", "declare", "local", "typeset", "readonly"})
_RUN_WITH = ("LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "BASH_ENV", "ENV")


class Analysis:
    """The commands of one or more lines, read in order in one environment."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.environment = Environment()
        self.expander = Expander(self.environment, self._substituted, self._process_file)
        self._depth = 0
        self._calls: list[str] = []
        self._again: dict[str, int] = {}
        self._selves = 0
        self._waiting: list[Script] = []
        self.where = ""
        self.pipeline = ""
        self._turns: list[str] = []

    def read(self, text: str) -> None:
        """Reads one line, or a text of several."""
        self.script_text(cleaned(text)[: _LONGEST + 1], "")
        if len(text) > _LONGEST:
            self.note("…", [Harm("disguise", f"is longer than {_LONGEST:,} characters")])

    def read_code(self, language: str, code: str) -> None:
        """Reads code of another language."""
        self.code(language, cleaned(code)[:_LONGEST])

    def read_typed(self, program: str, line: str) -> None:
        """Reads a line that is typed into a program which is no shell."""
        self.typed(program, cleaned(line)[:_LONGEST])

    def arguments(self, argv: Sequence[str], stdin: str = "") -> str:
        """Reads a command that is started without a shell."""
        return self.dispatch([*argv], stdin, "\0" in "".join(argv))

    # Scripts

    def script_text(self, text: str, stdin: str) -> str:
        if self._depth > _DEEPEST or len(self.runs) > _MOST_RUNS:
            self.note(shown(text)[:60], [Harm("disguise", "is nested too deep, or too long, to be read")])
            return UNKNOWN
        try:
            script = parse(text.translate(_MARKS))
        except TooDeep:
            self.note(shown(text)[:60], [Harm("disguise", "is nested too deep to be read")])
            return UNKNOWN
        self._depth += 1
        try:
            return self._script(script, stdin)
        except RecursionError:
            self.note(shown(text)[:60], [Harm("disguise", "is nested too deep to be read")])
            return UNKNOWN
        finally:
            self._depth -= 1

    def _script(self, script: Script, stdin: str) -> str:
        if len(self.runs) > _MOST_RUNS:
            self.note("…", [Harm("disguise", "is too long to be read")])
            return UNKNOWN
        return "".join([self._run_pipeline(pipeline, stdin) for pipeline in script.pipelines])

    def _run_pipeline(self, pipeline: Pipeline, stdin: str) -> str:
        outer, self.pipeline = self.pipeline, pipeline.text if len(pipeline.commands) > 1 else ""
        flowing = stdin
        for at, command in enumerate(pipeline.commands):
            flowing = self._command(command, flowing)
            if at and self._again and self._calls and self._again.get(self._calls[-1], 0) > 1:
                break
        self.pipeline = outer
        return flowing

    def _command(self, command: Command, stdin: str) -> str:
        if isinstance(command, Function):
            self.environment.functions[command.name] = command.body
            return ""
        if isinstance(command, Simple):
            return self._simple(command, stdin)
        return self._compound(command, stdin)

    def _compound(self, command: Compound, stdin: str) -> str:
        given = self._redirected(command.redirects, stdin)
        words = self.expander.fields(command.words) if command.words else []
        made = ""
        if command.kind == "for":
            for value in (words or [UNKNOWN])[:_MOST_TURNS]:
                if command.name:
                    self.environment.variables[command.name] = value
                self._turns.append(value)
                made += "".join(self._script(script, given) for script in command.scripts)
                self._turns.pop()
        elif command.kind in ("while", "until") and settled(given) and given.count("\n") > 1:
            # A loop that reads goes through the lines.
            for line in given.splitlines()[:_MOST_TURNS]:
                made += "".join(self._script(script, f"{line}\n") for script in command.scripts)
        else:
            made = "".join(self._script(script, given) for script in command.scripts)
        self._store(command.redirects, made)
        return self._finish(made)

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
            hidden = _hides(command.words[0]) if command.words else False
            made = self.dispatch(argv, given, hidden)
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
            known.arrays[assignment.name] = (
                known.arrays.get(assignment.name, []) + values if assignment.appends else values
            )
            return
        value = self.expander.text(assignment.values[0])
        if assignment.appends:
            value = known.variables.get(assignment.name, "") + value
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
                given = self.expander.text(redirect.target) + ("\n" if operator == "<<<" else "")
                continue
            target = next(iter(self.expander.fields((redirect.target,))), "")
            if operator == "<":
                self._noted_path(f"< {shown(target)}", read(target))
                given = self.environment.files.get(file_name(target), UNKNOWN if target != "/dev/null" else "")
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
        emptied = not appends and target in self._turns and (has_glob(target) or UNKNOWN in target)
        if emptied:
            yield Harm("truncation", "empties every file of a loop")
        yield from written(target, appends or not emptied)

    def _store(self, redirects: Iterable[Redirect], made: str) -> None:
        for redirect in redirects:
            if _writes(redirect) and redirect.descriptor in ("", "1"):
                target = next(iter(self.expander.fields((redirect.target,))), "")
                before = self.environment.files.get(file_name(target), "") if redirect.operator == ">>" else ""
                self.environment.files[file_name(target)] = before + made

    def _noted_path(self, normal: str, found: Iterable[Harm]) -> None:
        noted = list(found)
        if noted:
            self.note(normal, noted)

    # Commands

    def note(self, normal: str, found: Iterable[Harm]) -> None:
        self.runs.append(Run(" ".join(normal.split()), self.where or normal, list(found)))

    def dispatch(self, argv: list[str], stdin: str, hidden: bool = False) -> str:
        if self._depth > _DEEPEST:
            self.note(_normal(argv), [Harm("disguise", "is nested too deep to be read")])
            return UNKNOWN
        self._depth += 1
        try:
            return self._dispatched(argv, stdin, hidden)
        finally:
            self._depth -= 1

    def _dispatched(self, argv: list[str], stdin: str, hidden: bool) -> str:
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
        if name in self.environment.functions:
            return self._called(name, arguments, stdin)
        run = Run(_normal([name, *argv[1:]]), self.where or _normal(argv), list(harms(name, arguments)))
        self.runs.append(run)
        if GATHERED in stdin and name in FETCHERS | {"ssh"}:
            run.harms.append(Harm("exfiltration", "sends a whole home folder or disk away"))
        if name in FETCHERS and _SHELL_OVER_NETWORK.search(self.pipeline):
            run.harms.append(Harm("remote-code", "gives a shell to another machine"))
        if name in ("echo", "printf"):
            self._told(run, argv)
        content = self.environment.files.get(file_name(argv[0]))
        if content is not None and "/" in argv[0]:
            return self.run_text(content, "", run)
        builtin = BUILTINS.get(name)
        if builtin is not None:
            return builtin(self, arguments, stdin, run)
        if name in SHELLS:
            return run_shell(self, arguments, stdin, run)
        if PYTHON.match(name) or OTHERS.match(name):
            return run_interpreter(self, name, arguments, stdin, run)
        return self.wrapped(unwrapped(name, arguments), arguments, stdin, run, name)

    def filtered(self, name: str, argv: list[str], stdin: str) -> str:
        made = output([name, *argv[1:]], stdin, self.environment.files)
        if name in FETCHERS:
            self._downloaded(argv)
        if name in ("tar", "zip", "7z", "cpio", "rsync") and any(
            places.is_wide(each) and places.normal_path(each) not in (".", "..", "*", "./", "./*", "./.*")
            for each in argv[1:]
        ):
            return made + GATHERED
        if name == "dd" and any(each.startswith("if=/dev/") and places.is_disk(each[3:]) for each in argv[1:]):
            return made + GATHERED
        if name in ("tee", "sponge"):
            for each in argv[1:]:
                self.environment.files[file_name(each)] = stdin
        elif name == "dd":
            for each in argv[1:]:
                if each.startswith("of="):
                    self.environment.files[file_name(each[3:])] = stdin
        elif name in ("cp", "mv", "install", "ln") and len(argv) > 2:
            self.environment.files[file_name(argv[-1])] = self.environment.files.get(file_name(argv[-2]), UNKNOWN)
        return made

    def _downloaded(self, argv: list[str]) -> None:
        files = self.environment.files
        for option, following in itertools.pairwise(argv):
            if re.fullmatch(r"-[A-Za-z]*[oO]|--output(?:-document)?|--out", option) and not following.startswith("-"):
                files[file_name(following)] = FETCHED
        for each in argv[1:]:
            glued = re.match(r"(?:--output(?:-document)?=|-[oO])(?=[\w./~])(.+)", each)
            if glued:
                files[file_name(glued[1])] = FETCHED
            if "://" in each or re.match(r"[\w-]+\.[\w.-]+/", each):
                last = each.rstrip("/").rpartition("/")[2].partition("?")[0]
                if last:
                    files.setdefault(file_name(last), FETCHED)

    def name(self, text: str) -> str | None:
        """The name of a command without its folder; None where it cannot be known."""
        if text == SELF:
            return "$0"
        if has_glob(text):
            return next((each for each in (*HARMFUL, *JUDGED) if matches(text.rpartition("/")[2], each)), None)
        bare = text
        if not settled(text):
            bare = re.sub("[\ue000-\ue002]", "", text)
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
        for part in re.findall(r"\$(?!\{\w+:?\+)\{?([A-Za-z_]\w*)", self.where):
            if is_secret_name(part) and part not in self.environment.variables:
                run.harms.append(Harm("credentials", f"shows ${part}"))
                return

    def _called(self, name: str, arguments: list[str], stdin: str) -> str:
        if name in self._calls:
            self._again[name] = self._again.get(name, 0) + 1
            if self._again[name] > 1:
                self.note(f"{name}()", [Harm("fork-bomb", "a function that starts itself more than once")])
            return UNKNOWN
        known = self.environment
        outer, known.positional = known.positional, arguments
        self._calls.append(name)
        self._again[name] = 0
        made = self._command(known.functions[name], stdin)
        self._calls.pop()
        del self._again[name]
        known.positional = outer
        return made

    # What runs texts

    def run_text(self, text: str, stdin: str, run: Run) -> str:
        """A text that a shell runs."""
        if self.pipeline:
            run.normal = " ".join(shown(self.pipeline).split())
        if FETCHED in text:
            run.harms.append(Harm("remote-code", "runs what a server says"))
        elif DECODED in text:
            run.harms.append(Harm("disguise", "runs what it decodes"))
        elif text.strip().strip(UNKNOWN).strip() == "" and UNKNOWN in text:
            run.harms.append(Harm("disguise", "runs a text that is only known when it runs"))
        if not text.strip("\ue000\ue001\ue002 \n"):
            return UNKNOWN  # There is nothing to be read in it.
        return self.script_text(text, stdin)

    def file_run(self, path: str, run: Run) -> str:
        content = self.environment.files.get(file_name(path))
        if content is None:
            if FETCHED in path:
                run.harms.append(Harm("remote-code", "runs what a server says"))
            elif DECODED in path:
                run.harms.append(Harm("disguise", "runs what it decodes"))
            return UNKNOWN
        return self.run_text(content, "", run)

    def code(self, language: str, code: str) -> None:
        self._effects(code_effects(language, code, self.environment.files), f"{language} {shown(code)[:200]}")

    def typed(self, program: str, line: str) -> None:
        """Reads a line that is typed into a program which is no shell."""
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
        if FETCHED in text:
            run.harms.append(Harm("remote-code", "runs what a server says"))
        elif DECODED in text:
            run.harms.append(Harm("disguise", "runs what it decodes"))
        self.script_text(text, "")

    # Substitutions

    def _substituted(self, script: Script) -> str:
        if self._depth > _DEEPEST:
            self.note("$(…)", [Harm("disguise", "is nested too deep to be read")])
            return UNKNOWN
        self._depth += 1
        outer, self.pipeline = self.pipeline, ""
        made = self._script(script, "")
        self.pipeline = outer
        self._depth -= 1
        return made

    def _process_file(self, part: ProcessSubstitution) -> str:
        path = f"/dev/fd/{len(self.environment.files) + 63}"
        if part.reads:
            self.environment.files[path] = self._substituted(part.script)
        else:
            self._waiting.append(part.script)
        return path

    def wrapped(self, found: Wrapped, arguments: list[str], stdin: str, run: Run, name: str) -> str:
        for variable, value in found.variables.items():
            self.environment.variables[variable] = value
            if variable in RUN_BY_VALUE:
                self.script_text(value, "")
        for text in found.scripts:
            self.run_text(text, stdin, run)
        run.harms.extend(queried(name, stdin))
        for line in found.typed:
            self.typed(name, line)
        if name in READS_COMMANDS and settled(stdin):
            for line in stdin.splitlines()[:_MOST_TURNS]:
                self.typed(name, f":{line}" if is_editor(name) else line)
        made = UNKNOWN if not found.scripts else ""
        for command in found.commands:
            made = self.dispatch(list(command), stdin)
        if not found.commands and not found.scripts:
            return self.filtered(name, [name, *arguments], stdin)
        return made

    def _declare(self, arguments: list[str], stdin: str, run: Run) -> str:
        return ""


def _hides(word: Word) -> bool:
    return any(isinstance(part, Variable) for part in word)


def _writes(redirect: Redirect) -> bool:
    if redirect.operator == ">&":
        target = "".join(getattr(part, "text", "x") for part in redirect.target)
        return not re.fullmatch(r"\d*-?", target)
    return redirect.operator in (">", ">>", ">|", "&>", "&>>", "<>")


def _normal(argv: Sequence[str]) -> str:
    return " ".join(shown(each) for each in argv)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
