"""Shells and interpreters that are started: which text or code they would run."""

from __future__ import annotations

import re
from collections.abc import Callable

from hdsl.policy.code import PYTHON
from hdsl.policy.harm import Harm
from hdsl.policy.python_code import printed_by
from hdsl.policy.runs import Reader, Run
from hdsl.policy.texts import DECODED, FETCHED, UNKNOWN, derived, taint

_STDIN = ("-", "/dev/stdin", "/proc/self/fd/0", "/dev/fd/0")


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
    codes: list[str] = []
    rest = list(arguments)
    if name.rstrip("0123456789.").endswith("awk"):
        return _awk(reader, name, rest, stdin, run)
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
            _module(reader, rest)
            break
        elif each == "-":
            break
        elif not each.startswith("-"):
            if each in ("eval", "run", "exec") and name in ("deno", "bun"):
                continue
            ran = True
            content = reader.environment.files.get(each)
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
        reader.code(name, code)
        if name in ("perl", "ruby", "php") and codes and not run.harms and "$" in code:
            reader.code(name, code.replace("$ENV{HOME}", "~"))
    if codes and PYTHON.match(name):
        return printed_by(codes[0]) + taint(stdin)
    if codes and re.match(r"perl|ruby|php|node", name):
        return printed_by(re.sub(r"(?:print|puts|echo|console\.log)\s*\(?", "print(", codes[0]).rstrip("; )") + ")")
    return UNKNOWN + taint(stdin)


def _awk(reader: Reader, name: str, rest: list[str], stdin: str, run: Run) -> str:
    programs = [each for each in rest if not each.startswith("-")]
    if programs:
        program = programs[0]
        reader.code("awk", program)
        printed = re.fullmatch(
            r"\s*BEGIN\s*\{\s*print(?:f)?\s*\(?\s*((?:\"[^\"]*\"\s*,?\s*)+)\)?\s*;?\s*\}\s*", program
        )
        if printed:
            return "".join(re.findall(r'"([^"]*)"', printed[1])).replace("\\n", "\n") + "\n"
        if re.search(r"system\s*\(\s*\$|\|\s*\"(?:ba|da|z)?sh\"|\$0\s*\|", program) and stdin:
            reader.run_text(stdin, "", run)
    return derived(stdin)


def _module(reader: Reader, rest: list[str]) -> None:
    if rest[0] in ("pty",) and len(rest) > 1:
        reader.dispatch(rest[1:], "")
    elif rest[0] in ("timeit", "cProfile", "trace") and len(rest) > 1:
        reader.code("python3", rest[-1])
