"""What Python code would run, delete, read and write, as far as its text tells. It is never run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, MutableMapping

from hdsl.policy.budget import Spent, pay
from hdsl.policy.effects import Effect, ShellText
from hdsl.policy.harm import Harm
from hdsl.policy.python_calls import TREES, Calls, last_name
from hdsl.policy.python_values import Values
from hdsl.policy.texts import UNKNOWN

_TELLS = frozenset(
    ["help", "print", "callable", "isinstance", "type", "repr", "str", "signature", "getsource", "getdoc"]
)
_PASSED = frozenset(["os.system", "os.popen", "os.remove", "os.unlink", "os.removedirs", "os.kill", "exec", "eval"])
_MAPS = frozenset({"map", "filter", "imap", "imap_unordered", "starmap", "map_async"})
_WAITS = frozenset(
    {"wait", "sleep", "communicate", "run", "check_call", "call", "join", "get", "poll", "recv", "input"}
)
_STARTS = frozenset({"fork", "forkpty", "Popen", "Process"})
_MOST_TURNS = 300
_VISIT = 3
"""What it costs to look at a part of the code."""


def python_effects(code: str, depth: int = 0, files: MutableMapping[str, str] | None = None) -> Iterator[Effect]:
    """Everything that the code would do, whichever branch is taken. `files`: what they hold."""
    known = {} if files is None else files
    pay(len(code))
    # A magic line of an interactive Python: `!command`, `%sx command`; a cell of `%%bash` is one to its end.
    cell = re.match(r"\s*%%(?:bash|sh|script\s+\w+)\b[^\n]*\n(.*)", code, re.DOTALL)
    if cell:
        yield ShellText(cell[1])
    for line in code.splitlines():
        magic = re.match(r"\s*(?:\w+\s*=\s*)?(?:!!?|%sx\s|%system\s|%%bash|%%sh)(.*)", line)
        if magic:
            yield ShellText(magic[1])
    reader = _Reader(depth, known)
    try:
        reader.visit(_parsed(re.sub(r"(?m)^(?:>>>|\.\.\.|In \[\d+\]:) ?", "", code)))
        reader.finish()
    except (SyntaxError, ValueError, MemoryError):
        yield from _rough_effects(code, depth, known)
        return
    except RecursionError:
        yield Harm("disguise", "is nested too deep to be read")
    except Spent:
        yield Harm("disguise", "makes more than can be read")
    yield from reader.calls.found
    if "connect" in reader.calls.names and reader.calls.names & {
        "dup2",
        "spawn",
        "Popen",
        "run",
        "call",
        "check_output",
    }:
        yield Harm("remote-code", "gives a shell to another machine")


def _rough_effects(code: str, depth: int, files: MutableMapping[str, str]) -> Iterator[Effect]:
    """The same for code that cannot be parsed, by its statements."""
    reader = _Reader(depth, files)
    for line in re.split(r"[\n;]", code):
        part = line.strip().rstrip(":")
        for text in (part, re.sub(r"^(?:if|for|while|with|try|else|def|class)\b.*?:\s*", "", part)):
            try:
                reader.visit(_parsed(text))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    yield from reader.calls.found


def _parsed(code: str) -> ast.Module:
    with warnings.catch_warnings():
        # What is odd in the code is nobody's business here.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code)
        except SyntaxError:
            # A shell's variable in the place of a name.
            return ast.parse(code.replace(UNKNOWN, "_unknown"))


class _Reader(ast.NodeVisitor):
    def __init__(self, depth: int, files: MutableMapping[str, str]) -> None:
        self._values = Values(files)
        self.calls = Calls(self._values, lambda text: python_effects(text, depth + 1, files) if depth < 5 else iter(()))
        self._functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self._called: set[str] = set()
        self._within: list[str] = []
        self._turns = 0

    def visit(self, node: ast.AST) -> None:
        pay(_VISIT)
        super().visit(node)

    def finish(self) -> None:
        """Reads the functions that the code does not call itself."""
        for name, function in list(self._functions.items()):
            if name not in self._called:
                for statement in function.body:
                    self.visit(statement)

    def _harm(self, kind: str, reason: str) -> None:
        self.calls.found.append(Harm(kind, reason))

    def text(self, node: ast.expr) -> str:
        """The text that an expression is, after what was read so far."""
        return self._values.text(node)

    # Names

    def visit_Import(self, node: ast.Import) -> None:
        self._values.names.imported(node)
        for alias in node.names:
            self.calls.imports(alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._values.names.imported(node)
        self.calls.imports(node.module or "")

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Lambda):
                self._functions[target.id] = _function(target.id, node.value)
            self._values.bind(target, node.value)
            self._opens_as(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._values.bind(node.target, node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._values.bind(node.target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            grown = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
            self._values.bind(node.target, grown)

    def visit_withitem(self, node: ast.withitem) -> None:
        self.visit(node.context_expr)
        if node.optional_vars is not None:
            self._values.bind(node.optional_vars, node.context_expr)
            self._opens_as(node.optional_vars, node.context_expr)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for each in node.decorator_list:
            self.visit(each)
        self._functions[node.name] = node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def _opens_as(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name) and isinstance(value, ast.Call):
            path = self._values.names.dotted(value.func)
            if path in ("open", "io.open") and value.args:
                self.calls.opened[target.id] = self._values.text(value.args[0])

    # Loops

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._endless(node, _is_endless(self._values.names.dotted, node.iter))
        self.visit(node.iter)
        for _ in self._each(node.target, node.iter):
            for statement in node.body:
                self.visit(statement)
        for statement in node.orelse:
            self.visit(statement)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.visit_For(node)

    def visit_While(self, node: ast.While) -> None:
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        self._endless(node, endless or isinstance(node.test, ast.Call))
        self.generic_visit(node)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> None:
        self._comprehends(node, [node.elt])

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehends(node, [node.elt])

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._comprehends(node, [node.elt])

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehends(node, [node.key, node.value])

    def _comprehends(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, made: list[ast.expr]
    ) -> None:
        first, *others = node.generators
        self._endless(node, _is_endless(self._values.names.dotted, first.iter))
        self.visit(first.iter)
        for _ in self._each(first.target, first.iter):
            for other in others:
                self.visit(other.iter)
                self._values.bind_text(other.target, self._values.each_of(other.iter))
            for each in (*(test for generator in node.generators for test in generator.ifs), *made):
                self.visit(each)

    def _each(self, target: ast.expr, iterable: ast.expr) -> Iterator[None]:
        """Goes through the turns of a loop: one for each element that is known, otherwise one."""
        if isinstance(iterable, ast.List | ast.Tuple | ast.Set) and self._turns < _MOST_TURNS:
            for each in iterable.elts[:_MOST_TURNS]:
                self._turns += 1
                self._values.bind(target, each)
                yield
            return
        elements = self._values.elements(iterable)
        if elements is not None and self._turns + len(elements) < _MOST_TURNS:
            self._turns += len(elements)
            for text in elements:
                self._values.bind_text(target, text)
                yield
            return
        path = self._values.names.dotted(iterable)
        self._values.bind_text(target, self._values.each_of(iterable))
        if isinstance(target, ast.Name) and path != "?":
            self._values.names.known[target.id] = f"{path}[]"
        yield

    def _endless(self, node: ast.AST, endless: bool) -> None:
        if not endless:
            return
        calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
        names = {last_name(self._values.names.dotted(each.func)) for each in calls}
        ends = any(isinstance(each, ast.Break | ast.Return) for each in ast.walk(node))
        if names & {"fork", "forkpty"} or (names & _STARTS and not names & _WAITS and not ends):
            self._harm("fork-bomb", "starts processes without end")

    # Calls

    def visit_Call(self, node: ast.Call) -> None:
        node = _unpacked(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if isinstance(node.func, ast.Lambda):
            for parameter, given in zip(node.func.args.args, node.args, strict=False):
                self._values.bind(_parameter_name(parameter), given)
            self.visit(node.func.body)
        elif name in self._functions and name not in self._within and self._turns < _MOST_TURNS:
            self._runs_function(name, node)
        self.generic_visit(node)
        self.calls.acts(node)
        self._passes(node)

    def _runs_function(self, name: str, node: ast.Call) -> None:
        function = self._functions[name]
        self._turns += 1
        self._called.add(name)
        self._within.append(name)
        parameters = [*function.args.posonlyargs, *function.args.args]
        for parameter in (*parameters, *function.args.kwonlyargs):
            self._values.bind_text(_parameter_name(parameter), UNKNOWN)
        for parameter, given in zip(parameters, node.args, strict=False):
            self._values.bind(_parameter_name(parameter), given)
        for keyword in node.keywords:
            if keyword.arg:
                self._values.bind(ast.Name(keyword.arg, ast.Store()), keyword.value)
        for statement in function.body:
            self.visit(statement)
        self._within.pop()

    def _passes(self, node: ast.Call) -> None:
        """Functions that are handed on, to be called by others: `map(os.system, …)`, `Thread(target=…, args=…)`."""
        called = last_name(self._values.names.dotted(node.func))
        values = [*node.args, *(each.value for each in node.keywords)]
        for each in values if called not in _TELLS else ():
            path = self._values.names.dotted(each) if isinstance(each, ast.Name | ast.Attribute) else ""
            known = (
                path in _PASSED
                or last_name(path) in TREES
                or re.fullmatch(
                    r"subprocess\.(?:run|call|check_call|check_output|Popen|getoutput)|(?:\w+\.)*Path\.(?:unlink|rmdir)",
                    path,
                )
            )
            if known:
                for arguments in self._given_on(node, called, each):
                    self.calls.acts(ast.Call(each, arguments, []))

    def _given_on(self, node: ast.Call, called: str, function: ast.expr) -> Iterator[list[ast.expr]]:
        """The arguments that a function gets which is handed on."""
        places = [at for at, each in enumerate(node.args) if each is function]
        rest = node.args[places[0] + 1 :] if places else node.args
        for keyword in node.keywords:
            if keyword.arg == "args" and isinstance(keyword.value, ast.Tuple | ast.List):
                yield list(keyword.value.elts)
                return
        if called not in _MAPS or not rest:
            yield rest if rest or called not in ("defaultdict", "sorted", "max", "min") else [ast.Constant("")]
        elif isinstance(rest[0], ast.List | ast.Tuple | ast.Set):
            yield from ([each] for each in rest[0].elts[:_MOST_TURNS])
        else:
            elements = self._values.elements(rest[0])
            texts = (self._values.each_of(rest[0]),) if elements is None else elements
            for text in texts:
                yield [ast.Constant(text)]


def _function(name: str, function: ast.Lambda) -> ast.FunctionDef:
    """The function that a lambda is."""
    return ast.FunctionDef(name, function.args, [ast.Expr(function.body)], [])


def _unpacked(node: ast.Call) -> ast.Call:
    """A call with the lists and tables that it is given by `*` and `**` written out."""
    arguments: list[ast.expr] = []
    for each in node.args:
        given = each.value if isinstance(each, ast.Starred) else None
        arguments.extend(given.elts if isinstance(given, ast.List | ast.Tuple) else [each])
    keywords: list[ast.keyword] = []
    for keyword in node.keywords:
        if keyword.arg is None and isinstance(keyword.value, ast.Dict):
            pairs = zip(keyword.value.keys, keyword.value.values, strict=True)
            keywords += [ast.keyword(str(key.value), each) for key, each in pairs if isinstance(key, ast.Constant)]
        else:
            keywords.append(keyword)
    return ast.Call(node.func, arguments, keywords)


def _parameter_name(parameter: ast.arg) -> ast.Name:
    """The name that a parameter is in the body of its function."""
    return ast.Name(parameter.arg, ast.Store())


def _is_endless(dotted: Callable[[ast.expr], str], iterable: ast.expr) -> bool:
    """Whether a loop goes through something that does not end."""
    if not isinstance(iterable, ast.Call):
        return False
    path = dotted(iterable.func)
    return path in ("itertools.count", "itertools.cycle", "itertools.repeat") or (
        path == "iter" and len(iterable.args) == 2
    )


def printed_by(code: str) -> str:
    """What code prints, if it is one print of one text that is known."""
    try:
        tree = _parsed(code)
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and len(last.value.args) == 1:
            reader = _Reader(0, {})
            reader.visit(tree)
            return reader.text(last.value.args[0]) + "\n"
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    return UNKNOWN
