"""What the calls in Python code do: run commands, delete, write, read, show, end processes."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from hdsl.policy.budget import joined
from hdsl.policy.effects import Arguments, Effect, ShellText
from hdsl.policy.harm import Harm, from_elsewhere, read, written
from hdsl.policy.python_values import Values
from hdsl.policy.shells import SHELLS
from hdsl.policy.texts import DECODED, FETCHED, GLOBS, SECRETS, UNKNOWN, has_glob, settled

_SHELL_CALLS = frozenset({"system", "popen", "getoutput", "getstatusoutput", "create_subprocess_shell"})
_RUNS = frozenset({"run", "call", "check_call", "check_output", "Popen", "spawn", "create_subprocess_exec"})
_EXECS = re.compile(r"(?:exec|spawn|posix_spawn)[lv]?[pe]{0,2}$")
TREES = frozenset({"rmtree", "removedirs"})
_ONE_FILE = frozenset({"remove", "unlink", "rmdir"})
_OPENERS = frozenset({"open", "fdopen", "write_text", "write_bytes", "read_text", "read_bytes"})
_RUNNERS = frozenset({"exec", "eval", "execfile", "FunctionType"})
_COPIES = {
    "copy": "cp",
    "copyfile": "cp",
    "copy2": "cp",
    "move": "mv",
    "rename": "mv",
    "replace": "mv",
    "renames": "mv",
}
_SHOWS = frozenset(["print", "pprint", "pp", "dumps", "dump", "write", "writelines", "post", "put", "send", "sendall"])
_SECRET_READERS = frozenset({"netrc.netrc", "keyring.get_password", "keyring.get_credential"})
"""Functions that delete folders with all that is in them."""


class Calls:
    """Collects what calls do. `evaluate` reads a text that is run as code."""

    def __init__(self, values: Values, evaluate: Callable[[str], Iterator[Effect]]) -> None:
        self.found: list[Effect] = []
        self.names: set[str] = set()
        self.opened: dict[str, str] = {}
        """The paths of the files that names are open as."""
        self._read: set[str] = set()
        self._starts_shell = False
        self._values = values
        self._evaluate = evaluate

    def _harm(self, kind: str, reason: str) -> None:
        self.found.append(Harm(kind, reason))

    def _command(self, *argv: str) -> None:
        self.found.append(Arguments(argv))

    def imports(self, module: str) -> None:
        """Notes what a module does that was written before."""
        content = self._values.files.get(module.replace(".", "/") + ".py")
        if content is not None and FETCHED in content:
            self._harm("remote-code", "runs what a server says")
        elif content is not None:
            self.found.extend(self._evaluate(content))

    def acts(self, node: ast.Call) -> None:
        """Notes what one call does."""
        path = self._values.names.dotted(node.func)
        module, _, name = path.rpartition(".")
        self.names.add(name)
        arguments = node.args
        first = self._values.text(arguments[0]) if arguments else UNKNOWN
        if name in _SHELL_CALLS and arguments:
            self._shells(arguments[0])
        elif name in _RUNS:
            self._runs(node)
        elif module and _EXECS.match(name) and len(arguments) > 1:
            self._execs(name, arguments)
        elif name in TREES:
            self._harm("recursive-delete", f"calls {name}")
        elif name in _ONE_FILE and (name != "remove" or module in ("", "os", "posix")):
            self._deletes(node, first)
        elif name in _OPENERS:
            self._opens(node, path, first)
        elif name == "urlretrieve" and len(arguments) > 1:
            self._stores(self._values.text(arguments[1]), FETCHED)
        elif name in _RUNNERS and module in ("", "types") and arguments:
            self._evaluates(arguments[0])
        elif name in ("kill", "killpg", "terminate"):
            self._kills(path, arguments, first)
        elif name in ("setuid", "setgid", "setresuid"):
            self._harm("privilege", "runs with the rights of another user")
        elif name in ("chmod", "lchmod", "chown", "lchown"):
            self._changes_rights(node, name)
        elif name in _COPIES:
            self._moves(node, module, name)
        elif name == "truncate" and arguments and module == "os":
            self._command("truncate", "-s", "0", "--", first)
        elif name in ("append", "extend", "insert") and isinstance(node.func, ast.Attribute):
            self._grows(node.func.value, name, arguments)
        elif name == "communicate" and arguments and self._starts_shell:
            self._shells(arguments[0])
        elif path in _SECRET_READERS:
            self._harm("credentials", "reads keys, passwords or tokens")
        if name in _SHOWS:
            self._shows(node, name)

    def _grows(self, target: ast.expr, name: str, arguments: list[ast.expr]) -> None:
        if isinstance(target, ast.Name) and target.id in self._values.lists and arguments:
            last = arguments[-1]
            more = self._values.items(last) if name == "extend" else (self._values.text(last),)
            self._values.extend(target.id, more or (UNKNOWN,))

    def _shells(self, argument: ast.expr) -> None:
        if isinstance(argument, ast.IfExp):
            self._shells(argument.body)
            self._shells(argument.orelse)
            return
        self.found.append(ShellText(self._values.text(argument)))

    def _runs(self, node: ast.Call) -> None:
        given = [*node.args[:1], *(each.value for each in node.keywords if each.arg in ("args", "cmd"))]
        if not given:
            return
        argument = given[0]
        shell = any(
            each.arg == "shell" and not (isinstance(each.value, ast.Constant) and not each.value.value)
            for each in node.keywords
        )
        values = self._values.items(argument)
        texts = [each.value for each in node.keywords if each.arg == "input"]
        if values and values[0].rpartition("/")[2] in SHELLS:
            self._starts_shell = True
            self.found.extend(ShellText(self._values.text(each)) for each in texts)
        if values is not None:
            self.found.append(ShellText(values[0]) if shell and values else Arguments(values))
            return
        text = self._values.text(argument)
        if shell or " " in text or settled(text) or FETCHED in text or DECODED in text:
            self._shells(argument)

    def _execs(self, name: str, arguments: list[ast.expr]) -> None:
        texts: list[str] = []
        for each in arguments:
            texts.extend(self._values.items(each) or (self._values.text(each),))
        # The program, then its own idea of its name, then what it is given. `spawn` has a mode before.
        start = 1 if name.startswith("spawn") else 0
        self.found.append(Arguments((texts[start], *texts[start + 2 :])) if len(texts) > start else Arguments(()))

    def _path(self, node: ast.Call, first: str) -> str:
        """The path that a method of a path is about, or a function of `os`."""
        return self._values.text(node.func.value) if isinstance(node.func, ast.Attribute) and not node.args else first

    def _deletes(self, node: ast.Call, first: str) -> None:
        path = self._path(node, first)
        if not settled(path):
            self._harm("recursive-delete", "deletes files that are only known when it runs")
        elif has_glob(path):
            self._harm("recursive-delete", "deletes every file of a folder")
        else:
            self._command("rm", "--", path)

    def _moves(self, node: ast.Call, module: str, name: str) -> None:
        texts = [self._values.text(each) for each in node.args]
        if module in ("os", "shutil", "") and len(texts) > 1:
            self._command(_COPIES[name], "--", *texts[:2])
        elif name in ("rename", "replace") and len(texts) == 1 and isinstance(node.func, ast.Attribute):
            self._command("mv", "--", self._values.text(node.func.value), texts[0])

    def _changes_rights(self, node: ast.Call, name: str) -> None:
        function = node.func
        paths = [] if self._values.names.dotted(function).startswith("os.") else [function]
        texts = [self._values.text(each.value) for each in paths if isinstance(each, ast.Attribute)]
        path, mode, *_ = (*texts, *(self._values.text(each) for each in node.args), UNKNOWN, UNKNOWN)
        mode = format(int(mode), "o") if re.fullmatch("[0-9]{1,9}", mode) and name.endswith("chmod") else mode
        every = [] if not has_glob(path) else ["-R"]
        folder = re.sub(rf"(?<=[^/])/?{GLOBS['*']}+$", "", path) if every else path
        self._command(name.removeprefix("l"), *every, mode, "--", folder)

    def _opens(self, node: ast.Call, path: str, first: str) -> None:
        name = last_name(path)
        if name.startswith(("read", "write")):
            file = self._values.text(node.func.value) if isinstance(node.func, ast.Attribute) else UNKNOWN
            if name.startswith("write"):
                # What a loop writes into each of its files empties them, where it is always the same.
                self.found.extend(written(file, appends=not settled(first)))
                self._stores(file, first)
            else:
                self._reads(file)
            return
        mode = self._values.text(node.args[1]) if len(node.args) > 1 else "r"
        mode = next((self._values.text(each.value) for each in node.keywords if each.arg == "mode"), mode)
        if path == "os.open":
            mode = "w" if re.search(r"O_(?:WRONLY|RDWR|TRUNC)", ast.unparse(node)) else "r"
        elif isinstance(node.func, ast.Attribute) and not re.match(r"[~/.\ue003]", first):
            inner = self._values.text(node.func.value)
            first, mode = (
                (inner, self._values.text(node.args[0]) if node.args else "r") if inner != UNKNOWN else (first, mode)
            )
        if re.search("[wax+]", mode):
            self.found.extend(written(first, "a" in mode or first in self._read))
        else:
            self._reads(first)

    def _reads(self, path: str) -> None:
        self._read.add(path)
        self.found.extend(read(path))

    def _stores(self, path: str, content: str) -> None:
        files = self._values.files
        files[path] = joined([files.get(path, ""), content])

    def _evaluates(self, node: ast.expr) -> None:
        text = self._values.text(node)
        if origin := list(from_elsewhere(text)):
            self.found.extend(origin)
        elif settled(text):
            self.found.extend(self._evaluate(text))
        elif not text.strip(UNKNOWN) and not _reads_python(ast.unparse(node)):
            self._harm("disguise", "runs a text that is only known when it runs")

    def _kills(self, path: str, arguments: list[ast.expr], first: str) -> None:
        if "process_iter" in path or "pids()" in path or (arguments and (first in ("-1", "0") or has_glob(first))):
            self._harm("kill-all", "ends every process that it may end")

    def _shows(self, node: ast.Call, name: str) -> None:
        values = [*node.args, *(each.value for each in node.keywords if each.arg in ("data", "json", "file"))]
        texts = [self._values.text(each) for each in values]
        if any(SECRETS in each for each in texts):
            self._harm("credentials", "shows variables of the environment, and the keys among them")
        if name == "write" and isinstance(node.func, ast.Attribute) and texts:
            opened = node.func.value
            if isinstance(opened, ast.Name) and opened.id in self.opened:
                self._stores(self.opened[opened.id], texts[0])
            elif (
                isinstance(opened, ast.Call)
                and opened.args
                and last_name(self._values.names.dotted(opened.func)) == "open"
            ):
                self._stores(self._values.text(opened.args[0]), texts[0])


def _reads_python(code: str) -> bool:
    """Whether an expression is what a Python file holds: to run that is as to run the file."""
    return re.search(r"\.py'\)*(?:,[^()]*)?\)\.(?:read|read_text|read_bytes)\(\)", code) is not None


def last_name(path: str) -> str:
    """The last part of a dotted path."""
    return path.rpartition(".")[2]
