"""Reads what a command line would do, without running any of it: every command it starts, however it is wrapped."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hdsl.policy import places
from hdsl.policy.code import OTHERS, PYTHON, code_effects
from hdsl.policy.escapes import ansi_c
from hdsl.policy.expand import Environment, Expander
from hdsl.policy.filters import FETCHERS, output
from hdsl.policy.kinds import Harm, harms, is_secret_name, read, written
from hdsl.policy.parse import TooDeep, parse
from hdsl.policy.programs import escapes
from hdsl.policy.python_code import Arguments, ShellText
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
    has_glob,
    matches,
    settled,
    shown,
    taint,
)
from hdsl.policy.wrappers import WRAPPERS, Wrapped, unwrapped

_LONGEST = 100_000
_MOST_RUNS = 2000
_DEEPEST = 25
_MOST_TURNS = 500
_MARKS = str.maketrans({mark: char for char, mark in GLOBS.items()} | {HOME: "~"})
_DANGEROUS = [
    "rm",
    "dd",
    "shred",
    "mkfs",
    "wipefs",
    "sudo",
    "su",
    "doas",
    "chmod",
    "chown",
    "kill",
    "pkill",
    "killall",
    "reboot",
    "shutdown",
    "poweroff",
    "halt",
    "git",
    "find",
    "xargs",
    "bash",
    "sh",
    "dash",
    "zsh",
    "python",
    "python3",
    "perl",
    "ruby",
    "node",
    "env",
    "eval",
    "source",
    "curl",
    "wget",
    "tee",
    "mv",
    "cp",
    "crontab",
    "systemctl",
    "truncate",
    "cat",
    "base64",
]
_RUN_BY_VALUE = frozenset(
    [
        "PAGER",
        "GIT_PAGER",
        "MANPAGER",
        "EDITOR",
        "VISUAL",
        "GIT_EDITOR",
        "GIT_SEQUENCE_EDITOR",
        "GIT_SSH_COMMAND",
        "GIT_EXTERNAL_DIFF",
        "BROWSER",
        "LESSOPEN",
        "LESSCLOSE",
        "PROMPT_COMMAND",
        "GIT_ASKPASS",
        "SSH_ASKPASS",
        "RSYNC_RSH",
        "PS0",
        "PS1",
        "PS4",
        "FZF_DEFAULT_COMMAND",
        "BASH_ENV",
        "ENV",
    ]
)
_SOCKETS = ("/dev/tcp/", "/dev/udp/")
_READS_COMMANDS = frozenset(
    ["ed", "ex", "vi", "vim", "nvim", "gdb", "psql", "sqlite3", "mysql", "mariadb", "ftp", "sftp"]
)
_SHELL_OVER_NETWORK = re.compile(r"\b(?:ba|da|z|k|a)?sh\s+-\w*i")
_DECLARES = frozenset({"export", "declare", "local", "typeset", "readonly"})
_RUN_WITH = ("LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "BASH_ENV", "ENV")


@dataclass
class Run:
    """One command as it would be started: its normal form, how it was written, and what it does that is harmful."""

    normal: str
    written: str
    harms: list[Harm] = field(default_factory=list)


class Analysis:
    """The commands of one or more lines, read in order in one environment."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.environment = Environment()
        self._expander = Expander(self.environment, self._substituted, self._process_file)
        self._depth = 0
        self._calls: list[str] = []
        self._again: dict[str, int] = {}
        self._selves = 0
        self._waiting: list[Script] = []
        self._where = ""
        self._pipeline = ""
        self._turns: list[str] = []

    def read(self, text: str) -> None:
        """Reads one line, or a text of several."""
        self._script_text(cleaned(text)[: _LONGEST + 1], "")
        if len(text) > _LONGEST:
            self._note("…", [Harm("disguise", f"is longer than {_LONGEST:,} characters")])

    def read_code(self, language: str, code: str) -> None:
        """Reads code of another language."""
        self._code(language, cleaned(code)[:_LONGEST])

    def arguments(self, argv: Sequence[str], stdin: str = "") -> str:
        """Reads a command that is started without a shell."""
        return self._dispatch([*argv], stdin, "\0" in "".join(argv))

    # Scripts

    def _script_text(self, text: str, stdin: str) -> str:
        if self._depth > _DEEPEST or len(self.runs) > _MOST_RUNS:
            self._note(shown(text)[:60], [Harm("disguise", "is nested too deep, or too long, to be read")])
            return UNKNOWN
        try:
            script = parse(text.translate(_MARKS))
        except TooDeep:
            self._note(shown(text)[:60], [Harm("disguise", "is nested too deep to be read")])
            return UNKNOWN
        self._depth += 1
        try:
            return self._script(script, stdin)
        except RecursionError:
            self._note(shown(text)[:60], [Harm("disguise", "is nested too deep to be read")])
            return UNKNOWN
        finally:
            self._depth -= 1

    def _script(self, script: Script, stdin: str) -> str:
        if len(self.runs) > _MOST_RUNS:
            self._note("…", [Harm("disguise", "is too long to be read")])
            return UNKNOWN
        return "".join([self._run_pipeline(pipeline, stdin) for pipeline in script.pipelines])

    def _run_pipeline(self, pipeline: Pipeline, stdin: str) -> str:
        outer, self._pipeline = self._pipeline, pipeline.text if len(pipeline.commands) > 1 else ""
        flowing = stdin
        for at, command in enumerate(pipeline.commands):
            flowing = self._command(command, flowing)
            if at and self._again and self._calls and self._again.get(self._calls[-1], 0) > 1:
                break
        self._pipeline = outer
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
        words = self._expander.fields(command.words) if command.words else []
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
        outer, self._where = self._where, self._where or command.text
        waiting, self._waiting = self._waiting, []
        for assignment in command.assignments:
            self._assign(assignment)
        given = self._redirected(command.redirects, stdin)
        aliased = self._aliased(command.words)
        argv = self._expander.fields(command.words) if aliased is None else []
        if argv and argv[0] in _DECLARES:
            argv += [f"{each.name}={self.environment.variables.get(each.name, '')}" for each in command.assignments]
        if aliased is not None:
            made = self._script_text(aliased, given)
        elif argv:
            hidden = _hides(command.words[0]) if command.words else False
            made = self._dispatch(argv, given, hidden)
        else:
            made = given if any(each.operator.startswith("<") for each in command.redirects) else ""
        if not argv and aliased is None and any(_writes(each) for each in command.redirects):
            made = ""
        self._store(command.redirects, made)
        made = self._finish(made)
        self._waiting, self._where = waiting, outer
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
        rest = " ".join(_quoted(each) for each in self._expander.fields(words[1:]))
        return f"{alias} {rest}"

    def _assign(self, assignment: Assignment) -> None:
        known = self.environment
        if assignment.is_array:
            values = self._expander.fields(assignment.values)
            known.arrays[assignment.name] = (
                known.arrays.get(assignment.name, []) + values if assignment.appends else values
            )
            return
        value = self._expander.text(assignment.values[0])
        if assignment.appends:
            value = known.variables.get(assignment.name, "") + value
        known.arrays.pop(assignment.name, None)
        known.variables[assignment.name] = value
        if assignment.name in _RUN_BY_VALUE and value:
            self._script_text(value, "")
        if assignment.name in _RUN_WITH and (FETCHED in value or DECODED in value):
            self._note(f"{assignment.name}={shown(value)}", [Harm("remote-code", "loads what a server says")])

    # Redirections

    def _redirected(self, redirects: Iterable[Redirect], stdin: str) -> str:
        given = stdin
        for redirect in redirects:
            operator = redirect.operator
            if operator in ("<<", "<<<"):
                given = self._expander.text(redirect.target) + ("\n" if operator == "<<<" else "")
                continue
            target = next(iter(self._expander.fields((redirect.target,))), "")
            if operator == "<":
                self._noted_path(f"< {shown(target)}", read(target))
                given = self.environment.files.get(_file(target), UNKNOWN if target != "/dev/null" else "")
            elif _writes(redirect):
                self._noted_path(f"{operator} {shown(target)}", self._overwritten(operator, target))
            elif operator == "<&":
                given = self.environment.files.get(f"/dev/fd/{target}", given)
            if redirect.descriptor and operator in ("<", "<>"):
                into = f"/dev/fd/{redirect.descriptor}"
                self.environment.files[into] = FETCHED if target.startswith(_SOCKETS) else given
            if target.startswith(_SOCKETS):
                given = FETCHED
                if operator in (">&", "&>") or self._where.lstrip().startswith(tuple(SHELLS)):
                    self._note(self._where, [Harm("remote-code", "gives a shell to another machine")])
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
                target = next(iter(self._expander.fields((redirect.target,))), "")
                before = self.environment.files.get(_file(target), "") if redirect.operator == ">>" else ""
                self.environment.files[_file(target)] = before + made

    def _noted_path(self, normal: str, found: Iterable[Harm]) -> None:
        noted = list(found)
        if noted:
            self._note(normal, noted)

    # Commands

    def _note(self, normal: str, found: Iterable[Harm]) -> None:
        self.runs.append(Run(" ".join(normal.split()), self._where or normal, list(found)))

    def _dispatch(self, argv: list[str], stdin: str, hidden: bool = False) -> str:
        if self._depth > _DEEPEST:
            self._note(_normal(argv), [Harm("disguise", "is nested too deep to be read")])
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
        name = self._name(argv[0])
        if name is None:
            return self._undecided(argv, stdin)
        if argv[0] == SELF:
            self._selves += 1
            if self._selves > 1:
                self._note(_normal(argv), [Harm("fork-bomb", "starts itself without end")])
            return UNKNOWN
        arguments = argv[1:]
        if name in self.environment.functions:
            return self._called(name, arguments, stdin)
        run = Run(_normal([name, *argv[1:]]), self._where or _normal(argv), list(harms(name, arguments)))
        self.runs.append(run)
        if GATHERED in stdin and name in FETCHERS | {"ssh"}:
            run.harms.append(Harm("exfiltration", "sends a whole home folder or disk away"))
        if name in FETCHERS and _SHELL_OVER_NETWORK.search(self._pipeline):
            run.harms.append(Harm("remote-code", "gives a shell to another machine"))
        if name in ("echo", "printf"):
            self._told(run, argv)
        content = self.environment.files.get(_file(argv[0]))
        if content is not None and "/" in argv[0]:
            return self._run_text(content, "", run)
        special = _SPECIAL.get(name)
        if special is not None:
            return special(self, arguments, stdin, run)
        if name in SHELLS:
            return self._shell(arguments, stdin, run)
        if PYTHON.match(name) or OTHERS.match(name):
            return self._interpreter(name, arguments, stdin, run)
        if name in WRAPPERS:
            return self._wrapped(unwrapped(name, arguments), arguments, stdin, run, name)
        return self._filtered(name, argv, stdin)

    def _filtered(self, name: str, argv: list[str], stdin: str) -> str:
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
                self.environment.files[_file(each)] = stdin
        elif name == "dd":
            for each in argv[1:]:
                if each.startswith("of="):
                    self.environment.files[_file(each[3:])] = stdin
        elif name in ("cp", "mv", "install", "ln") and len(argv) > 2:
            self.environment.files[_file(argv[-1])] = self.environment.files.get(_file(argv[-2]), UNKNOWN)
        return made

    def _downloaded(self, argv: list[str]) -> None:
        files = self.environment.files
        for option, following in itertools.pairwise(argv):
            if re.fullmatch(r"-[A-Za-z]*[oO]|--output(?:-document)?|--out", option) and not following.startswith("-"):
                files[_file(following)] = FETCHED
        for each in argv[1:]:
            glued = re.match(r"(?:--output(?:-document)?=|-[oO])(?=[\w./~])(.+)", each)
            if glued:
                files[_file(glued[1])] = FETCHED
            if "://" in each or re.match(r"[\w-]+\.[\w.-]+/", each):
                last = each.rstrip("/").rpartition("/")[2].partition("?")[0]
                if last:
                    files.setdefault(_file(last), FETCHED)

    def _name(self, text: str) -> str | None:
        """The name of a command without its folder; None where it cannot be known."""
        if text == SELF:
            return "$0"
        if has_glob(text):
            return next((each for each in _DANGEROUS if matches(text.rpartition("/")[2], each)), None)
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
        self._note(_normal(argv), found)
        return UNKNOWN + taint(stdin)

    def _told(self, run: Run, argv: list[str]) -> None:
        for part in re.findall(r"\$\{?([A-Za-z_]\w*)", self._where):
            if is_secret_name(part) and part not in self.environment.variables:
                run.harms.append(Harm("credentials", f"shows ${part}"))
                return

    def _called(self, name: str, arguments: list[str], stdin: str) -> str:
        if name in self._calls:
            self._again[name] = self._again.get(name, 0) + 1
            if self._again[name] > 1:
                self._note(f"{name}()", [Harm("fork-bomb", "a function that starts itself more than once")])
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

    def _run_text(self, text: str, stdin: str, run: Run) -> str:
        """A text that a shell runs."""
        if self._pipeline:
            run.normal = " ".join(shown(self._pipeline).split())
        if FETCHED in text:
            run.harms.append(Harm("remote-code", "runs what a server says"))
        elif DECODED in text:
            run.harms.append(Harm("disguise", "runs what it decodes"))
        elif text.strip().strip(UNKNOWN).strip() == "" and UNKNOWN in text:
            run.harms.append(Harm("disguise", "runs a text that is only known when it runs"))
        if not text.strip("\ue000\ue001\ue002 \n"):
            return UNKNOWN  # There is nothing to be read in it.
        return self._script_text(text, stdin)

    def _shell(self, arguments: list[str], stdin: str, run: Run) -> str:
        rest = list(arguments)
        while rest and re.match(r"[-+].", rest[0]):
            option = rest.pop(0)
            if option in ("--rcfile", "--init-file") and rest:
                self._file_run(rest.pop(0), run)
            elif re.fullmatch(r"-[a-zA-Z]*c", option) or option == "--command" or re.fullmatch(r"-c[a-zA-Z]+", option):
                while rest and re.fullmatch(r"[-+][a-zA-Z]+", rest[0]):
                    rest.pop(0)
                if not rest:
                    return UNKNOWN
                outer, self.environment.positional = self.environment.positional, rest[2:]
                zero = self.environment.variables.get("0", "")
                if len(rest) > 1:
                    self.environment.variables["0"] = rest[1]
                made = self._run_text(rest[0], stdin, run)
                self.environment.positional = outer
                self.environment.variables["0"] = zero
                return made
            elif option in ("-o", "+o", "-O", "+O") and rest:
                rest.pop(0)
            elif re.fullmatch(r"-[a-zA-Z]*s[a-zA-Z]*", option):
                return self._run_text(stdin, "", run)
            elif option == "--":
                break
        if rest and rest[0] not in ("-", "/dev/stdin", "/proc/self/fd/0", "/dev/fd/0"):
            outer, self.environment.positional = self.environment.positional, rest[1:]
            made = self._file_run(rest[0], run)
            self.environment.positional = outer
            return made
        if not stdin:
            return ""
        return self._run_text(stdin, "", run)

    def _file_run(self, path: str, run: Run) -> str:
        content = self.environment.files.get(_file(path))
        if content is None:
            if FETCHED in path:
                run.harms.append(Harm("remote-code", "runs what a server says"))
            elif DECODED in path:
                run.harms.append(Harm("disguise", "runs what it decodes"))
            return UNKNOWN
        return self._run_text(content, "", run)

    def _interpreter(self, name: str, arguments: list[str], stdin: str, run: Run) -> str:
        codes: list[str] = []
        rest = list(arguments)
        if name.rstrip("0123456789.").endswith("awk"):
            return self._awk(name, rest, stdin, run)
        ran = False
        while rest:
            each = rest.pop(0)
            glued = re.fullmatch(r"-(?:[A-Za-z0-9]*?)([ceErpnE])(.*)", each, re.DOTALL)
            if each in ("-c", "-e", "-E", "-r", "-p", "-pe", "-ne", "--eval", "--print", "--exec", "-Mojo") and rest:
                codes.append(rest.pop(0))
            elif each.startswith(("--eval=", "--print=")):
                codes.append(each.partition("=")[2])
            elif glued and not each.startswith("--"):
                if glued[2]:
                    codes.append(glued[2])
                elif rest:
                    codes.append(rest.pop(0))
            elif each == "-m" and rest:
                ran = True
                self._module(rest)
                break
            elif each == "-":
                break
            elif not each.startswith("-"):
                if each in ("eval", "run", "exec") and name in ("deno", "bun"):
                    continue
                ran = True
                content = self.environment.files.get(_file(each))
                if content is not None:
                    codes.append(content)
                elif FETCHED in each or (re.match(r"https?://", each) and name in ("deno", "bun", "node")):
                    run.harms.append(Harm("remote-code", "runs what a server says"))
                break
        if not codes and not ran and stdin:
            codes.append(stdin)
        for code in codes:
            if FETCHED in code:
                run.harms.append(Harm("remote-code", "runs what a server says"))
            elif DECODED in code:
                run.harms.append(Harm("disguise", "runs what it decodes"))
            self._code(name, code)
            if name in ("perl", "ruby", "php") and codes and not run.harms and "$" in code:
                self._code(name, code.replace("$ENV{HOME}", "~"))
        if codes and PYTHON.match(name):
            return _printed(codes[0]) + taint(stdin)
        if codes and re.match(r"perl|ruby|php|node", name):
            return _printed(re.sub(r"(?:print|puts|echo|console\.log)\s*\(?", "print(", codes[0]).rstrip("; )") + ")")
        return UNKNOWN + taint(stdin)

    def _awk(self, name: str, rest: list[str], stdin: str, run: Run) -> str:
        programs = [each for each in rest if not each.startswith("-")]
        if programs:
            program = programs[0]
            self._code("awk", program)
            printed = re.fullmatch(
                r"\s*BEGIN\s*\{\s*print(?:f)?\s*\(?\s*((?:\"[^\"]*\"\s*,?\s*)+)\)?\s*;?\s*\}\s*", program
            )
            if printed:
                return "".join(re.findall(r'"([^"]*)"', printed[1])).replace("\\n", "\n") + "\n"
            if re.search(r"system\s*\(\s*\$|\|\s*\"(?:ba|da|z)?sh\"|\$0\s*\|", program) and stdin:
                self._run_text(stdin, "", run)
        return taint(stdin) + UNKNOWN

    def _module(self, rest: list[str]) -> None:
        if rest[0] in ("pty",) and len(rest) > 1:
            self._dispatch(rest[1:], "")
        elif rest[0] in ("timeit", "cProfile", "trace") and len(rest) > 1:
            self._code("python3", rest[-1])

    def _code(self, language: str, code: str) -> None:
        found: list[Harm] = []
        for effect in code_effects(language, code):
            if isinstance(effect, Harm):
                found.append(effect)
            elif isinstance(effect, Arguments):
                if effect.argv:
                    self._dispatch(list(effect.argv), "")
            elif isinstance(effect, ShellText) and effect.text.strip():
                self._shell_text(effect.text)
        if found:
            self._note(f"{language} {shown(code)[:200]}", found)

    def _shell_text(self, text: str) -> None:
        run = Run(_normal(["sh", "-c", text]), self._where or shown(text))
        self.runs.append(run)
        if FETCHED in text:
            run.harms.append(Harm("remote-code", "runs what a server says"))
        elif DECODED in text:
            run.harms.append(Harm("disguise", "runs what it decodes"))
        self._script_text(text, "")

    # Substitutions

    def _substituted(self, script: Script) -> str:
        if self._depth > _DEEPEST:
            self._note("$(…)", [Harm("disguise", "is nested too deep to be read")])
            return UNKNOWN
        self._depth += 1
        outer, self._pipeline = self._pipeline, ""
        made = self._script(script, "")
        self._pipeline = outer
        self._depth -= 1
        return made

    def _process_file(self, part: ProcessSubstitution) -> str:
        path = f"/dev/fd/{len(self.environment.files) + 63}"
        if part.reads:
            self.environment.files[path] = self._substituted(part.script)
        else:
            self._waiting.append(part.script)
        return path

    def _wrapped(self, found: Wrapped, arguments: list[str], stdin: str, run: Run, name: str) -> str:
        for variable, value in found.variables.items():
            self.environment.variables[variable] = value
            if variable in _RUN_BY_VALUE:
                self._script_text(value, "")
        for text in found.scripts:
            self._run_text(text, stdin, run)
        if name in _READS_COMMANDS and settled(stdin):
            for line in stdin.splitlines()[:_MOST_TURNS]:
                for text in escapes(line):
                    self._run_text(text, "", run)
        made = UNKNOWN if not found.scripts else ""
        for command in found.commands:
            made = self._dispatch(list(command), stdin)
        if not found.commands and not found.scripts:
            return self._filtered(name, [name, *arguments], stdin)
        return made

    def _xargs(self, arguments: list[str], stdin: str, run: Run) -> str:
        found = unwrapped("xargs", arguments)
        if not found.commands:
            return self._filtered("xargs", ["xargs", *arguments], stdin)
        command = list(found.commands[0])
        if command[:2] == ["cp", "/dev/null"] and not settled(stdin):
            run.harms.append(Harm("truncation", "empties every file that it is given"))
        if not settled(stdin):
            words = [stdin if taint(stdin) else UNKNOWN]
        elif {"-0", "--null"} & set(arguments):
            words = [word for word in stdin.split("\0") if word]
        else:
            words = stdin.splitlines() if found.replaced else stdin.split()
        if found.replaced:
            for word in (words or [UNKNOWN])[:_MOST_TURNS]:
                self._dispatch([each.replace(found.replaced, word) for each in command], "")
        else:
            if command and self._name(command[0]) == "rm" and not settled(stdin):
                run.harms.append(Harm("recursive-delete", "deletes every file that it is given"))
            if command and self._name(command[0]) in ("truncate", "tee") and not settled(stdin):
                run.harms.append(Harm("truncation", "empties every file that it is given"))
            return self._dispatch([*command, *words[:500]], "")
        return UNKNOWN

    def _eval(self, arguments: list[str], stdin: str, run: Run) -> str:
        return self._run_text(" ".join(arguments), stdin, run)

    def _source(self, arguments: list[str], stdin: str, run: Run) -> str:
        if not arguments:
            return ""
        if arguments[0] in ("/dev/stdin", "/proc/self/fd/0"):
            return self._run_text(stdin, "", run)
        return self._file_run(arguments[0], run)

    def _alias(self, arguments: list[str], _stdin: str, _run: Run) -> str:
        for each in arguments:
            name, equals, text = each.partition("=")
            if equals:
                self.environment.aliases[name] = text
        return ""

    def _trap(self, arguments: list[str], stdin: str, run: Run) -> str:
        if arguments and not arguments[0].startswith("-"):
            self._run_text(arguments[0], stdin, run)
        return ""

    def _set_positional(self, arguments: list[str], stdin: str, run: Run) -> str:
        if not arguments:
            run.harms.append(Harm("credentials", "shows all variables, and the keys among them"))
        if "--" in arguments:
            self.environment.positional = arguments[arguments.index("--") + 1 :]
        elif arguments and not arguments[0].startswith(("-", "+")):
            self.environment.positional = arguments
        return ""

    def _read_into(self, arguments: list[str], stdin: str, run: Run) -> str:
        names = [each for each in arguments if re.fullmatch(r"[A-Za-z_]\w*", each)]
        line = stdin.split("\n")[0] if stdin else UNKNOWN
        values = line.split(None, len(names) - 1) if names else []
        for at, name in enumerate(names):
            self.environment.variables[name] = values[at] if at < len(values) else UNKNOWN if not settled(line) else ""
        return ""

    def _printf(self, arguments: list[str], stdin: str, run: Run) -> str:
        if arguments[:1] == ["-v"] and len(arguments) > 2:
            made = output(["printf", *arguments[2:]], stdin, self.environment.files)
            self.environment.variables[arguments[1]] = made
            return ""
        return output(["printf", *arguments], stdin, self.environment.files)

    def _history(self, arguments: list[str], stdin: str, run: Run) -> str:
        if "-s" in arguments:
            return self._run_text(" ".join(arguments[arguments.index("-s") + 1 :]), stdin, run)
        return UNKNOWN

    def _fix_command(self, arguments: list[str], stdin: str, run: Run) -> str:
        if not any(re.fullmatch(r"-[nr]*l[nr]*", each) for each in arguments):
            run.harms.append(Harm("disguise", "runs a line of the history"))
        return UNKNOWN

    def _bind(self, arguments: list[str], stdin: str, run: Run) -> str:
        """Keys that are bound to texts with a line end, or to commands."""
        for each in arguments:
            _, colon, bound = each.partition('":')
            if colon:
                text = ansi_c(bound.strip().strip("\"'"))
                self._run_text(re.sub(r"\\C-[mj]|\\[rn]", "\n", text), stdin, run)
        return ""

    def _complete(self, arguments: list[str], stdin: str, run: Run) -> str:
        for option, value in itertools.pairwise(arguments):
            if option == "-C":
                self._run_text(value, stdin, run)
        return UNKNOWN

    def _hash(self, arguments: list[str], stdin: str, run: Run) -> str:
        if arguments[:1] == ["-p"] and len(arguments) > 2:
            self.environment.aliases[arguments[2]] = arguments[1]
        return ""

    def _env(self, arguments: list[str], stdin: str, run: Run) -> str:
        found = unwrapped("env", arguments)
        if not found.commands and not found.scripts:
            if not any(each in ("--help", "--version", "--list-signal-handling") for each in arguments):
                run.harms.append(Harm("credentials", "shows all environment variables, and the keys among them"))
            return UNKNOWN
        return self._wrapped(found, arguments, stdin, run, "env")

    def _declare(self, arguments: list[str], stdin: str, run: Run) -> str:
        return ""

    def _mapfile(self, arguments: list[str], stdin: str, run: Run) -> str:
        if arguments:
            self.environment.arrays[arguments[-1]] = stdin.split("\n")
        return ""


_SPECIAL = {
    "eval": Analysis._eval,
    "source": Analysis._source,
    ".": Analysis._source,
    "alias": Analysis._alias,
    "trap": Analysis._trap,
    "set": Analysis._set_positional,
    "read": Analysis._read_into,
    "printf": Analysis._printf,
    "history": Analysis._history,
    "fc": Analysis._fix_command,
    "bind": Analysis._bind,
    "complete": Analysis._complete,
    "compgen": Analysis._complete,
    "hash": Analysis._hash,
    "env": Analysis._env,
    "xargs": Analysis._xargs,
    "mapfile": Analysis._mapfile,
    "readarray": Analysis._mapfile,
}


def _hides(word: Word) -> bool:
    return any(isinstance(part, Variable) for part in word)


def _writes(redirect: Redirect) -> bool:
    if redirect.operator == ">&":
        target = "".join(getattr(part, "text", "x") for part in redirect.target)
        return not re.fullmatch(r"\d*-?", target)
    return redirect.operator in (">", ">>", ">|", "&>", "&>>", "<>")


def _file(path: str) -> str:
    return path.removeprefix("./")


def _normal(argv: Sequence[str]) -> str:
    return " ".join(shown(each) for each in argv)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _printed(code: str) -> str:
    """What code prints, if it is one print of one constant."""
    import ast

    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return UNKNOWN
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and len(last.value.args) == 1:
        from hdsl.policy.python_code import _Reader

        reader = _Reader(0)
        reader.visit(tree)
        return reader._text(last.value.args[0]) + "\n"
    return UNKNOWN
