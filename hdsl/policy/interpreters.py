"""Shells and interpreters that are started: which text or code they would run."""

from __future__ import annotations

import re
from collections.abc import Callable

from hdsl.policy.harm import Harm, from_elsewhere
from hdsl.policy.runs import Reader, Run
from hdsl.policy.shells import POWERSHELL, PYTHON
from hdsl.policy.texts import FETCHED, UNKNOWN, derived, taint

_STDIN = ("-", "/dev/stdin", "/proc/self/fd/0", "/dev/fd/0")

# Options that are followed by code: by themselves, or at the end of some letters together.
_OPTIONS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(name), re.compile(options, re.DOTALL))
    for name, options in (
        (PYTHON.pattern, r"-[a-bd-lnp-zA-VY-Z]*c(.*)"),
        ("perl|raku", r"-[a-zA-Z0-9]*?(?<![MmIiFxDV])[eE](.*)"),
        ("ruby|jruby|crystal", r"-(?:[a-hj-qs-zA-EG-HJ-VX-Z0-9]*)e(.*)"),
        ("node|bun|deno|qjs|ts-node|tsx", r"(?:-e|-p|-pe|--eval|--print)(?:=(.*))?"),
        ("php", r"-[rBRE](.*)"),
        ("lua|R|groovy|osascript|scala|ghc|ocaml|swift|racket|clojure|clj|bb", r"-e(.*)"),
        ("julia|elixir|iex|erl", r"(?:-[eE]|--?eval|--print|--rpc-eval)(?:=(.*))?"),
        ("guile|expect", r"-c(.*)"),
        ("emacs|sbcl", r"(?:--?eval|--execute)(?:=(.*))?"),
        ("pwsh|powershell", r"(?i:-c(?:o|om|omm|omma|omman|ommand)?|-e(?:c|nc|ncodedcommand)?)()"),
        ("", r"-e(.*)"),
    )
)
_VALUED = frozenset(["-I", "-r", "--require", "--import", "-X", "-W", "--loader", "-C", "-d", "--ext"])
_NO_CODE_FROM_INPUT = re.compile(r"emacs|runghc|wish|swift$")
_ENDINGS = (
    (PYTHON.pattern, "py"),
    ("perl|raku", "p[lm]|t|raku"),
    ("ruby|irb|jruby", "rb"),
    ("node|bun|deno|qjs|ts-node|tsx", "[cm]?[jt]s"),
    ("php", "php"),
    ("lua", "lua"),
    ("R", "[rR]"),
    ("julia", "jl"),
    (
        "ghci|ocaml|elixir|iex|groovy|scala|jshell|tclsh|expect|guile|sbcl",
        "hs|ml|exs?|groovy|scala|java|jsh|tcl|exp|scm|lisp",
    ),
)


def run_shell(reader: Reader, arguments: list[str], stdin: str, run: Run) -> str:
    files = reader.environment.files
    outer = files.folder
    made = _shell(reader, list(arguments), stdin, run)
    files.folder = outer
    return made


def _shell(reader: Reader, rest: list[str], stdin: str, run: Run) -> str:
    letters = ""
    while rest and re.match(r"[-+].", rest[0]):
        option = rest.pop(0)
        if option == "--":
            break
        if option in ("--rcfile", "--init-file") and rest:
            reader.file_run(rest.pop(0), run)
        elif option == "--init-command" and rest:
            reader.run_text(rest.pop(0), "", run)
        elif option == "--command":
            letters += "c"
        elif re.fullmatch(r"[-+][a-zA-Z]+", option):
            letters += option[1:] if option[0] == "-" else ""
            # Each of these takes the next word that is no option: `-eo pipefail -c`.
            del rest[: len(re.findall("[oO]", option))]
    if "n" in letters:
        return ""  # It only reads what it is given.
    if "c" in letters:
        return _with_arguments(reader, rest[1:], lambda: reader.run_text(rest[0], stdin, run)) if rest else UNKNOWN
    if "s" not in letters and rest and rest[0] not in _STDIN:
        return _with_arguments(reader, rest, lambda: reader.file_run(rest[0], run), named=False)
    return reader.run_text(stdin, "", run) if stdin else ""


def _with_arguments(reader: Reader, given: list[str], read: Callable[[], str], named: bool = True) -> str:
    """What is read with these for `$0` and what follows it; `named`: `$0` is the first of them."""
    known = reader.environment
    outer, zero = known.positional, known.variables.get("0", "")
    known.positional = given[1:]
    if named and given:
        known.variables["0"] = given[0]
    made = read()
    known.positional, known.variables["0"] = outer, zero
    return made


def run_interpreter(reader: Reader, name: str, arguments: list[str], stdin: str, run: Run) -> str:
    if name.rstrip("0123456789.").endswith("awk"):
        return _awk(reader, name, arguments, stdin, run)
    codes, ran = _given_code(reader, name, arguments, run)
    if not codes and not ran and stdin and not _NO_CODE_FROM_INPUT.match(name):
        codes.append(stdin)
    for code in codes:
        origin = list(from_elsewhere(code))
        is_unknown = UNKNOWN in code and not code.strip(UNKNOWN + " \n")
        if is_unknown and not origin and not _whole_file(name, reader.pipeline or run.written):
            origin.append(Harm("disguise", "runs a text that is only known when it runs"))
        run.harms.extend(origin)
        reader.code(name, code)
    if not codes:
        return UNKNOWN + taint(stdin)
    from hdsl.policy.python_code import printed_by  # most lines give code to nobody

    if PYTHON.match(name):
        return printed_by(codes[0]) + taint(stdin)
    if re.match(r"perl|ruby|php|node", name):
        return printed_by(re.sub(r"(?:print|puts|echo|console\.log)\s*\(?", "print(", codes[0]).rstrip("; )") + ")")
    return UNKNOWN + taint(stdin)


def _given_code(reader: Reader, name: str, arguments: list[str], run: Run) -> tuple[list[str], bool]:
    """The code that an interpreter is given by its arguments, and whether it runs something else than its input."""
    codes: list[str] = []
    rest = list(arguments)
    options = next(options for pattern, options in _OPTIONS if pattern.match(name))
    while rest:
        each = rest.pop(0)
        if each in ("eval", "run", "exec", "x") and name in ("deno", "bun", "crystal"):
            if each == "eval":
                codes.extend([part for part in rest if not part.startswith("-")][:1])
                return codes, True
            continue
        found = options.fullmatch(each)
        if found and (found[1] or rest):
            code = found[1] or rest.pop(0)
            if POWERSHELL.match(name) and each.lower().startswith("-e"):
                from hdsl.policy.powershell import encoded  # hardly ever

                code = encoded(code)
            prints = re.match(r"(?:node|bun)", name) and re.match(r"-p|--print|-pe", each)
            codes.append(f"console.log({code})" if prints else code)
        elif each == "-m" and rest:
            _module(reader, rest, codes)
            return codes, True
        elif each == "-":
            break
        elif not each.startswith("-"):
            if POWERSHELL.match(name):
                codes.append(" ".join([each, *rest]))
                return codes, True
            content = reader.environment.files.get(each)
            if content is not None and not codes:
                codes.append(content)
            elif FETCHED in each or (re.match(r"https?://", each) and name in ("deno", "bun", "node")):
                run.harms.append(Harm("remote-code", "runs what a server says"))
            return codes, True
        elif each in _VALUED and rest:
            rest.pop(0)
    return codes, False


def _whole_file(name: str, text: str) -> bool:
    """Whether code is all of one file of that language, as where the file is run by its name."""
    ending = next((ending for pattern, ending in _ENDINGS if re.match(pattern, name)), None)
    path = rf"[\w./~-]+\.(?:{ending})"
    return (
        ending is not None
        and re.search(rf"^\s*cat\s+{path}\s*\||<\s*{path}(?:\s|$)|\$\((?:cat\s+|<\s*){path}\)", text) is not None
    )


def _awk(reader: Reader, name: str, rest: list[str], stdin: str, run: Run) -> str:
    programs = [each for each in rest if not each.startswith("-")]
    if programs:
        program = programs[0]
        reader.code("awk", program)
        printed = re.fullmatch(
            r"\s*+BEGIN\s*+\{\s*+printf?\s*+\(?\s*+((?:\"[^\"]*+\"\s*+(?:,\s*+)?)++)\)?\s*+;?\s*+\}\s*+", program
        )
        if printed:
            return "".join(re.findall(r'"([^"]*)"', printed[1])).replace("\\n", "\n") + "\n"
        if re.search(r"system\s*\(\s*\$|\|\s*\"(?:ba|da|z)?sh\"|\$0\s*\|", program) and stdin:
            reader.run_text(stdin, "", run)
    return derived(stdin)


def _module(reader: Reader, rest: list[str], codes: list[str]) -> None:
    """What `python -m` runs: a module that was written before, or one of the library that runs other code."""
    folder = rest[0].replace(".", "/")
    content = reader.environment.files.get(f"{folder}.py", reader.environment.files.get(f"{folder}/__main__.py"))
    if content is not None:
        codes.append(content)
    if rest[0] in ("pty",) and len(rest) > 1:
        reader.dispatch(rest[1:], "")
    elif rest[0] in ("timeit", "cProfile", "trace") and len(rest) > 1:
        reader.code("python3", rest[-1])
