"""Which function an expression of Python code names, by alias, by `getattr`, by a module's table."""

from __future__ import annotations

import ast
from collections.abc import Callable

from hdsl.policy.budget import pay

_TABLES = (".__dict__", "vars()", "globals()", "locals()", "sys.modules")
_LONGEST = 500


class Names:
    """What the names of some code stand for, as dotted paths. `text` gives the text that an expression is."""

    def __init__(self, text: Callable[[ast.expr], str]) -> None:
        self.known: dict[str, str] = {}
        self._text = text

    def imported(self, node: ast.Import | ast.ImportFrom) -> None:
        """Notes what an import brings in."""
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                self.known[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
            elif alias.asname:
                self.known[alias.asname] = alias.name

    def dotted(self, node: ast.expr) -> str:
        """The path of what an expression names: `os.system`, `pathlib.Path().unlink`; `?` for what has no name."""
        pay(1)
        path = self._dotted(node)[-_LONGEST:].removesuffix(".__call__")
        return path.removeprefix("builtins.").removeprefix("__builtins__.")

    def _dotted(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return self.known.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            return f"{self.dotted(node.value)}.{node.attr}"
        if isinstance(node, ast.Call):
            return self._of_call(node)
        if isinstance(node, ast.Subscript):
            return self._of_entry(node)
        if isinstance(node, ast.NamedExpr | ast.Await):
            return self.dotted(node.value)
        return "?"

    def _of_call(self, node: ast.Call) -> str:
        path = self.dotted(node.func)
        name = path.rpartition(".")[2]
        if name == "getattr" and len(node.args) > 1:
            return f"{self.dotted(node.args[0])}.{self._text(node.args[1])}"
        if name in ("__import__", "import_module") and node.args:
            return self._text(node.args[0])
        if name == "vars" and node.args:
            return f"{self.dotted(node.args[0])}.__dict__"
        if isinstance(node.func, ast.Call) and node.args:
            maker = self.dotted(node.func.func).rpartition(".")[2]
            if maker == "attrgetter" and node.func.args:
                return f"{self.dotted(node.args[0])}.{self._text(node.func.args[0])}"
        return f"{path}()"

    def _of_entry(self, node: ast.Subscript) -> str:
        path, key = self.dotted(node.value), self._text(node.slice)
        for table in _TABLES:
            if path.endswith(table):
                return f"{path.removesuffix(table)}.{key}".lstrip(".")
        return self.known.get(f"{path}[{key}]", f"{path}[]")
