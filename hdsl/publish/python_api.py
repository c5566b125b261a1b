"""The public Python API: the stub `hdsl/__init__.pyi` and the reference page, both made from the sources."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import hdsl

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_PACKAGE = Path(hdsl.__file__).parent
_STUB_HEAD = '''"""What type checkers read in place of __init__.py; made by `python -m hdsl.publish`."""

'''
_STUB_TAIL = """
__version__: str

def origin(name: str) -> tuple[str, str]: ...

__all__ = [
"""
_PAGE_HEAD = """# Python reference

Every public name of `import hdsl`, by the module that defines it, with its signature and docstring.
[Python](../python.md) is the introduction. Made by `python -m hdsl.publish`.
"""


@dataclass(frozen=True, slots=True)
class PublicName:
    """A name of the package, and where it is defined, perhaps under another name."""

    name: str
    module: str
    defined_as: str


def public_names() -> list[PublicName]:
    """All of them but `__version__`, by module and name."""
    names = [PublicName(name, *hdsl.origin(name)) for name in hdsl.__all__ if name != "__version__"]
    return sorted(names, key=lambda each: (each.module, each.name))


def stub() -> str:
    """The text of `hdsl/__init__.pyi`, by which type checkers know what the names are that load lazily."""
    lines = [_STUB_HEAD]
    for each in public_names():
        lines.append(f"from {each.module} import {each.defined_as} as {each.name}\n")
    lines.append(_STUB_TAIL)
    lines += [f'    "{name}",\n' for name in sorted(hdsl.__all__)]
    return "".join([*lines, "]\n"])


def page() -> str:
    """The text of the reference page, in Markdown."""
    parts = [_PAGE_HEAD]
    module = ""
    for each in public_names():
        if each.module != module:
            module = each.module
            parts.append(f"## {module}\n\n{_first_line(_source(module).documentation)}\n")
        parts.append("\n".join(_entry(each)))
    return "\n".join(parts)


def _entry(public: PublicName) -> Iterator[str]:
    yield f"### `{public.name}`\n"
    definition = _definition(public)
    if definition is None:
        comment = _source(public.module).comments.get(public.defined_as)
        yield f"{comment or _about_value(getattr(hdsl, public.name))}\n"
        return
    yield f"```text\n{_signature(public.name, definition)}\n```\n"
    yield f"{_documentation(definition)}\n"
    if isinstance(definition, ast.ClassDef):
        yield from (line for member in definition.body for line in _member(member))
        yield ""


def _definition(public: PublicName) -> _Definition | None:
    """Where the name is defined: in its module or, if that only gives a function another name, in the function's."""
    source = _source(public.module)
    if public.defined_as in source.definitions or public.defined_as in source.comments:
        return source.definitions.get(public.defined_as)
    value = getattr(hdsl, public.name)
    is_plain = inspect.isfunction(value) and value.__qualname__ == value.__name__
    return _source(value.__module__).definitions.get(value.__name__) if is_plain else None


def _about_value(value: object) -> str:
    """What is said of a name that is neither `def` nor `class` in its module."""
    if isinstance(value, str):
        return f"The text `{value}`."
    about = inspect.getdoc(value) or ""
    return about if inspect.isroutine(value) or isinstance(value, type) else f"A `{type(value).__name__}`. {about}"


def _member(member: ast.stmt) -> Iterator[str]:
    """The line of a public method or property; nothing for anything else."""
    if not isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) or member.name.startswith("_"):
        return
    decorators = {ast.unparse(each) for each in member.decorator_list}
    if any(each.endswith(".setter") for each in decorators):
        return
    about = _first_line(_documentation(member))
    shown = _signature(member.name, member)
    if decorators & {"property", "cached_property"}:
        shown = member.name if member.returns is None else f"{member.name}: {ast.unparse(member.returns)}"
    yield f"- `{shown}`" + (f": {about}" if about else "")


@dataclass(frozen=True, slots=True)
class _Source:
    """A module: its docstring, its functions and classes, and the docstrings below its other names."""

    documentation: str
    definitions: dict[str, _Definition]
    comments: dict[str, str]


@cache
def _source(module: str) -> _Source:
    path = _PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    definitions = {each.name: each for each in tree.body if isinstance(each, _Definition)}
    comments = {
        each.targets[0].id: inspect.cleandoc(below.value.value)
        for each, below in pairwise(tree.body)
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }
    return _Source(ast.get_docstring(tree) or "", definitions, comments)


def _documentation(definition: _Definition) -> str:
    return ast.get_docstring(definition) or ""


def _signature(name: str, definition: _Definition) -> str:
    if isinstance(definition, ast.ClassDef):
        return f"class {name}{_construction(definition)}"
    returns = f" -> {ast.unparse(definition.returns)}" if definition.returns is not None else ""
    return f"{name}({_arguments(definition)}){returns}"


def _construction(definition: ast.ClassDef) -> str:
    """What the class is called with, in parentheses; nothing if its body does not say it."""
    made = {each.name: each for each in definition.body if isinstance(each, ast.FunctionDef)}
    for constructor in ("__init__", "__new__"):
        if constructor in made:
            return f"({_arguments(made[constructor])})"
    if any("dataclass" in ast.unparse(each) for each in definition.decorator_list):
        fields = (each for each in definition.body if isinstance(each, ast.AnnAssign))
        return f"({', '.join(_field(each) for each in fields if 'ClassVar' not in ast.unparse(each.annotation))})"
    return ""


def _field(field: ast.AnnAssign) -> str:
    shown = f"{ast.unparse(field.target)}: {ast.unparse(field.annotation)}"
    if field.value is None:
        return shown
    is_made = isinstance(field.value, ast.Call) and ast.unparse(field.value.func) == "field"
    return f"{shown} = {'...' if is_made else ast.unparse(field.value)}"


def _arguments(definition: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The parameters as they are written, without `self` and `cls`."""
    written = ast.unparse(definition.args)
    for receiver in ("self", "cls"):
        if written == receiver or written.startswith(f"{receiver}, "):
            return written[len(receiver) + 2 :]
    return written


def _first_line(text: str) -> str:
    return text.partition("\n\n")[0].replace("\n", " ")
