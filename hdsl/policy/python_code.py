"""What Python code would run, delete, read and write, as far as its text tells. It is never run."""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from hdsl.policy.harm import Harm, read, written
from hdsl.policy.texts import DECODED, FETCHED, UNKNOWN, settled, taint

_SHELLS = frozenset({"system", "popen", "getoutput", "getstatusoutput", "create_subprocess_shell"})
_RUNS = frozenset({"run", "call", "check_call", "check_output", "Popen", "spawn", "create_subprocess_exec"})
_EXECS = re.compile(r"(?:exec|spawn|posix_spawn)[lv]?[pe]{0,2}$")
_DELETES = frozenset({"rmtree", "removedirs"})
_FETCHES = frozenset({"urlopen", "urlretrieve"})
_RUNNERS = frozenset({"exec", "eval", "compile"})
_MODULES = {"requests", "httpx", "urllib", "urllib2", "aiohttp"}


@dataclass(frozen=True, slots=True)
class ShellText:
    """A command line that the code hands to a shell."""

    text: str


@dataclass(frozen=True, slots=True)
class Arguments:
    """A command that the code starts without a shell."""

    argv: tuple[str, ...]


def python_effects(code: str, depth: int = 0) -> Iterator[ShellText | Arguments | Harm]:
    """Everything that the code would do, whichever branch is taken."""
    try:
        # A magic line of an interactive Python: `!command`, `%sx command`.
        for line in code.splitlines():
            magic = re.match(r"\s*(?:\w+\s*=\s*)?(?:!!?|%sx\s|%system\s|%%bash|%%sh)(.*)", line)
            if magic:
                yield ShellText(magic[1])
        tree = _parsed(re.sub(r"(?m)^(?:>>>|\.\.\.|In \[\d+\]:) ?", "", code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield from rough_effects(code)
        return
    reader = _Reader(depth)
    try:
        reader.visit(tree)
    except RecursionError:
        yield Harm("disguise", "is nested too deep to be read")
    yield from reader.found
    if "connect" in reader.calls and reader.calls & {"dup2", "spawn", "Popen", "run", "call", "check_output"}:
        yield Harm("remote-code", "gives a shell to another machine")


def rough_effects(code: str) -> Iterator[ShellText | Arguments | Harm]:
    """The same for code that cannot be parsed, by its lines."""
    for line in code.splitlines():
        part = line.strip().rstrip(":")
        for text in (part, re.sub(r"^(?:if|for|while|with|try|else|def|class)\b.*?:\s*", "", part)):
            try:
                tree = _parsed(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            reader = _Reader(0)
            reader.visit(tree)
            yield from reader.found


def _parsed(code: str) -> ast.Module:
    with warnings.catch_warnings():
        # What is odd in the code is nobody's business here.
        warnings.simplefilter("ignore")
        return ast.parse(code)


class _Reader(ast.NodeVisitor):
    def __init__(self, depth: int) -> None:
        self.found: list[ShellText | Arguments | Harm] = []
        self.calls: set[str] = set()
        self._values: dict[str, str] = {}
        self._lists: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, str] = {}
        self._depth = depth

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._names[alias.asname or alias.name] = alias.name

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._names[alias.asname or alias.name] = alias.name

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._values[target.id] = self._text(node.value)
                if isinstance(node.value, ast.List | ast.Tuple):
                    self._lists[target.id] = tuple(self._text(each) for each in node.value.elts)
                named = self._called(node.value)
                if named:
                    self._names[target.id] = named

    def visit_While(self, node: ast.While) -> None:
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        if any(isinstance(each, ast.Call) and self._called(each.func) == "fork" for each in ast.walk(node)) and (
            endless or isinstance(node.test, ast.Call)
        ):
            self.found.append(Harm("fork-bomb", "starts processes without end"))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        name = self._called(node.func)
        self.calls.add(name)
        arguments = node.args
        first = self._text(arguments[0]) if arguments else UNKNOWN
        if name in _SHELLS and arguments:
            self.found.append(ShellText(first))
        elif name in _RUNS and arguments:
            self._runs(node, first)
        elif name and _EXECS.match(name) and len(arguments) > 1:
            self._execs(name, arguments)
        elif name in _DELETES:
            self.found.append(Harm("recursive-delete", f"calls {name}"))
        elif name in ("remove", "unlink", "rmdir"):
            self._deletes(node, first)
        elif name in ("open", "fdopen", "write_text", "write_bytes", "read_text", "read_bytes"):
            self._opens(node, name, first)
        elif name in _RUNNERS and arguments:
            self._evaluates(first)
        elif name == "kill" and first in ("-1", "0"):
            self.found.append(Harm("kill-all", "ends every process that it may end"))
        elif name in ("setuid", "setgid", "setresuid"):
            self.found.append(Harm("privilege", "runs with the rights of another user"))
        elif name in ("chmod", "lchmod") and len(arguments) > 1:
            self._chmods(arguments[1])
        elif name in ("copy", "copyfile", "copy2", "move", "rename", "replace") and len(arguments) > 1:
            self.found.extend(read(first))
            self.found.extend(written(self._text(arguments[1]), appends=True))
        elif name == "truncate":
            self.found.extend(written(first, appends=True))

    def _runs(self, node: ast.Call, first: str) -> None:
        argument = node.args[0]
        shell = any(
            each.arg == "shell" and not (isinstance(each.value, ast.Constant) and not each.value.value)
            for each in node.keywords
        )
        if isinstance(argument, ast.List | ast.Tuple):
            values = tuple(self._text(each) for each in argument.elts)
        elif isinstance(argument, ast.Name) and argument.id in self._lists:
            values = self._lists[argument.id]
        elif (
            isinstance(argument, ast.Call)
            and isinstance(argument.func, ast.Attribute)
            and argument.func.attr == "split"
        ):
            values = tuple(self._text(argument.func.value).split())
        else:
            if shell or " " in first or settled(first):
                self.found.append(ShellText(first))
            return
        self.found.append(ShellText(values[0]) if shell and values else Arguments(values))

    def _execs(self, name: str, arguments: list[ast.expr]) -> None:
        texts: list[str] = []
        for each in arguments:
            if isinstance(each, ast.List | ast.Tuple):
                texts.extend(self._text(inner) for inner in each.elts)
            else:
                texts.append(self._text(each))
        # The program, then its own idea of its name, then what it is given.
        start = 1 if name.startswith("spawn") or name.startswith("posix") else 0
        self.found.append(Arguments((texts[start], *texts[start + 2 :])) if len(texts) > start else Arguments(()))

    def _deletes(self, node: ast.Call, first: str) -> None:
        path = first
        if isinstance(node.func, ast.Attribute) and not node.args:
            path = self._text(node.func.value)
        if not settled(path):
            self.found.append(Harm("recursive-delete", "deletes files that are only known when it runs"))
        self.found.extend(written(path, appends=True))

    def _opens(self, node: ast.Call, name: str, first: str) -> None:
        if name.startswith(("read", "write")):
            path = self._text(node.func.value) if isinstance(node.func, ast.Attribute) else UNKNOWN
            self.found.extend(written(path) if name.startswith("write") else read(path))
            return
        mode = self._text(node.args[1]) if len(node.args) > 1 else "r"
        mode = next((self._text(each.value) for each in node.keywords if each.arg == "mode"), mode)
        if isinstance(node.func, ast.Attribute) and not re.match(r"[~/.\ue003]", first):
            inner = self._text(node.func.value)
            first, mode = (inner, self._text(node.args[0]) if node.args else "r") if inner != UNKNOWN else (first, mode)
        self.found.extend(written(first, "a" in mode) if re.search("[wax+]", mode) else read(first))

    def _evaluates(self, text: str) -> None:
        if FETCHED in text:
            self.found.append(Harm("remote-code", "runs what a server says"))
        elif DECODED in text:
            self.found.append(Harm("disguise", "runs what it decodes"))
        elif settled(text) and self._depth < 5:
            self.found.extend(python_effects(text, self._depth + 1))

    def _chmods(self, mode: ast.expr) -> None:
        if isinstance(mode, ast.Constant) and isinstance(mode.value, int) and mode.value & 0o6000:
            self.found.append(Harm("privilege", "makes a program run as its owner"))

    def _called(self, function: ast.expr) -> str:
        """The last part of the name of what is called."""
        if isinstance(function, ast.Attribute):
            return function.attr
        if isinstance(function, ast.Name):
            return self._names.get(function.id, function.id).rpartition(".")[2]
        if isinstance(function, ast.Call):
            inner = self._called(function.func)
            if inner == "getattr" and len(function.args) > 1:
                return self._text(function.args[1])
            if inner in ("attrgetter", "methodcaller") and function.args:
                return self._text(function.args[0]).rpartition(".")[2]
        if isinstance(function, ast.Subscript):
            return self._text(function.slice)
        return ""

    def _text(self, node: ast.expr) -> str:
        """The text that an expression is, with a mark where it is not known."""
        if isinstance(node, ast.Constant):
            return node.value.decode("utf-8", "replace") if isinstance(node.value, bytes) else str(node.value)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return f"-{self._text(node.operand)}"
        if isinstance(node, ast.Name):
            return self._values.get(node.id, UNKNOWN)
        if isinstance(node, ast.JoinedStr):
            return "".join(self._text(each) for each in node.values)
        if isinstance(node, ast.FormattedValue):
            return self._text(node.value)
        if isinstance(node, ast.BinOp):
            return self._joined(node)
        if isinstance(node, ast.Subscript):
            return self._sliced(node)
        if isinstance(node, ast.Call):
            return self._called_text(node)
        return UNKNOWN

    def _joined(self, node: ast.BinOp) -> str:
        left, right = self._text(node.left), self._text(node.right)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Div):
            return f"{left}/{right}"
        if isinstance(node.op, ast.Mod):
            return re.sub(r"%[sdr]", lambda _: right, left)
        if isinstance(node.op, ast.Mult) and right.isdigit():
            return left * min(int(right[:4]), 1000)
        return UNKNOWN

    def _sliced(self, node: ast.Subscript) -> str:
        text = self._text(node.value)
        if isinstance(node.slice, ast.Slice) and settled(text):
            edges = [self._number(each) for each in (node.slice.lower, node.slice.upper, node.slice.step)]
            return text[slice(*edges)] if edges[2] != 0 else UNKNOWN
        if isinstance(node.value, ast.Attribute) and node.value.attr == "environ":
            key = self._text(node.slice)
            return "~" if key == "HOME" else UNKNOWN
        return taint(text) + UNKNOWN

    def _number(self, node: ast.expr | None) -> int | None:
        text = "" if node is None else self._text(node)
        return int(text) if re.fullmatch(r"-?\d{1,6}", text) else None

    def _called_text(self, node: ast.Call) -> str:
        name = self._called(node.func)
        inner = self._text(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        arguments = [self._text(each) for each in node.args]
        first = arguments[0] if arguments else ""
        if name in _FETCHES or (name in ("get", "post") and self._root(node.func) in _MODULES):
            return FETCHED
        if name in ("b64decode", "b32decode", "unhexlify", "fromhex", "decompress", "a85decode", "b85decode", "decode"):
            return self._decoded(name, inner, arguments)
        if name in ("expanduser", "resolve", "absolute") and not arguments:
            return inner
        if name in ("expanduser", "Path", "PurePath", "str", "bytes", "abspath", "compile", "PosixPath"):
            return first
        if name == "home":
            return "~"
        if name == "join" and isinstance(node.func, ast.Attribute):
            return self._join(node, inner)
        if name == "chr" and first.isdigit():
            return chr(int(first[:7])) if int(first[:7]) < 0x110000 else UNKNOWN
        if name == "replace" and len(arguments) > 1:
            return inner.replace(arguments[0], arguments[1])
        if name in ("lower", "upper", "strip", "encode", "read", "text", "format", "splitlines", "expandvars"):
            changed = {"lower": inner.lower(), "upper": inner.upper(), "strip": inner.strip()}.get(name, inner or first)
            return changed
        return "".join(taint(each) for each in (inner, *arguments)) + UNKNOWN

    def _join(self, node: ast.Call, inner: str) -> str:
        argument = node.args[0] if node.args else None
        if isinstance(argument, ast.List | ast.Tuple):
            return inner.join(self._text(each) for each in argument.elts)
        if isinstance(argument, ast.Call) and self._called(argument.func) == "reversed" and argument.args:
            return inner.join(reversed(self._text(argument.args[0])))
        if isinstance(argument, ast.Call) and self._called(argument.func) == "map" and len(argument.args) > 1:
            mapped = argument.args[1]
            if isinstance(mapped, ast.List | ast.Tuple) and self._called(argument.args[0]) == "chr":
                codes = [self._text(each) for each in mapped.elts]
                if all(code.isdigit() and len(code) < 7 for code in codes):
                    return inner.join(chr(int(code)) for code in codes)
        if isinstance(argument, ast.GeneratorExp | ast.ListComp):
            return DECODED
        if len(node.args) > 1:  # os.path.join
            return "/".join(self._text(each) for each in node.args)
        return UNKNOWN

    def _root(self, node: ast.expr) -> str:
        while isinstance(node, ast.Attribute | ast.Call):
            node = node.value if isinstance(node, ast.Attribute) else node.func
        return self._names.get(node.id, node.id).partition(".")[0] if isinstance(node, ast.Name) else ""

    def _decoded(self, name: str, inner: str, arguments: list[str]) -> str:
        given = (arguments[-1] if arguments and name != "decode" else inner) or inner
        if name == "decode":
            given = inner if inner and not inner.startswith(UNKNOWN) else arguments[0] if arguments else inner
            encoding = arguments[-1] if arguments else "utf-8"
            if not settled(given):
                return taint(given) + DECODED if taint(given) else UNKNOWN
            if encoding in ("rot13", "rot_13"):
                return codecs.encode(given, "rot13")
            if encoding in ("hex", "base64"):
                name = "unhexlify" if encoding == "hex" else "b64decode"
            else:
                return given
        if not settled(given):
            return taint(given) + DECODED
        try:
            if name == "b64decode":
                return base64.b64decode(given).decode("utf-8", "replace")
            if name == "b32decode":
                return base64.b32decode(given).decode("utf-8", "replace")
            if name in ("unhexlify", "fromhex"):
                return binascii.unhexlify(re.sub(r"\s", "", given)).decode("utf-8", "replace")
        except (ValueError, binascii.Error):
            pass
        return DECODED


def printed_by(code: str) -> str:
    """What code prints, if it is one print of one text that is known."""
    try:
        tree = _parsed(code)
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and len(last.value.args) == 1:
            reader = _Reader(0)
            reader.visit(tree)
            return reader._text(last.value.args[0]) + "\n"
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    return UNKNOWN
