"""The texts and lists of texts that expressions of Python code are, as far as they can be told without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, MutableMapping

from hdsl.ground.secrets import is_secret_name
from hdsl.policy.budget import bounded, pay, too_long
from hdsl.policy.python_names import Names
from hdsl.policy.python_texts import LONGEST, MOST_ITEMS, characters, decoded, filled, joined, replaced, words
from hdsl.policy.texts import DECODED, FETCHED, GLOBS, SECRETS, UNKNOWN, has_glob, settled, taint

_FETCHERS = frozenset({"urlopen", "get", "post", "put", "request", "stream", "read", "recv"})
_NETWORK = frozenset({"requests", "httpx", "urllib", "urllib2", "urllib3", "aiohttp", "http", "socket"})
_DECODERS = frozenset(
    ["b64decode", "b32decode", "unhexlify", "fromhex", "decompress", "a85decode", "b85decode", "decode"]
)
_LISTED = frozenset({"listdir", "scandir", "walk", "iterdir", "glob", "iglob", "rglob"})
_SAME = frozenset(
    [
        "resolve",
        "absolute",
        "strip",
        "rstrip",
        "lstrip",
        "encode",
        "splitlines",
        "read",
        "readlines",
        "readline",
        "copy",
    ]
)
_OF_FIRST = frozenset(
    [
        "expanduser",
        "PurePath",
        "PosixPath",
        "str",
        "bytes",
        "abspath",
        "realpath",
        "normpath",
        "compile",
        "expandvars",
        "int",
        "sorted",
        "list",
        "tuple",
        "set",
        "reversed",
        "enumerate",
        "tqdm",
        "fsencode",
        "fspath",
        "quote",
    ]
)
_SAYS_LITTLE = frozenset({"len", "bool", "type", "id", "any", "all", "keys", "isinstance", "hash"})
_ANY = GLOBS["*"]
_AS_GLOB = str.maketrans(GLOBS)
_MOST_STEPS = 100_000
_MOST_MADE = 300_000


class Values:
    """What is known of names, and of the files that commands or the code itself wrote."""

    def __init__(self, files: MutableMapping[str, str]) -> None:
        self.files = files
        self.names = Names(self.text)
        self.texts: dict[str, str] = {}
        self.lists: dict[str, tuple[str, ...]] = {}
        self._steps = 0
        self._made = 0

    # Binding

    def bind(self, target: ast.expr, value: ast.expr) -> None:
        """What an assignment makes of a name."""
        both = (ast.List, ast.Tuple)
        if isinstance(target, both) and isinstance(value, both) and len(target.elts) == len(value.elts):
            for name, each in zip(target.elts, value.elts, strict=True):
                self.bind(name, each)
            return
        items, path = self.items(value), self.names.dotted(value)
        self.bind_text(target, self.text(value))
        if not isinstance(target, ast.Name):
            return
        if items is not None:
            self.lists[target.id] = items
        if path != "?":
            self.names.known[target.id] = path
        for key, each in _entries(value):
            entry = f"{target.id}[{key if isinstance(key, str) else self.text(key)}]"
            self.texts[entry] = self.text(each)
            self.names.known[entry] = self.names.dotted(each)

    def bind_text(self, target: ast.expr, text: str) -> None:
        """Gives a target, or each of several, one text."""
        if isinstance(target, ast.List | ast.Tuple):
            for each in target.elts:
                self.bind_text(each, text)
        elif isinstance(target, ast.Name):
            self.texts[target.id] = text
            self.lists.pop(target.id, None)
            self.names.known.pop(target.id, None)
        elif isinstance(target, ast.Attribute | ast.Subscript):
            self.texts[self._key(target)] = text
        elif isinstance(target, ast.Starred):
            self.bind_text(target.value, text)

    def extend(self, name: str, items: tuple[str, ...]) -> None:
        """More elements for a list that has a name."""
        self.lists[name] = (*self.lists.get(name, ()), *items)[:MOST_ITEMS]

    # Texts

    def text(self, node: ast.expr) -> str:
        """The text that an expression is, with a mark where it is not known."""
        self._steps += 1
        pay(1)
        if self._steps > _MOST_STEPS or self._made > _MOST_MADE:
            return too_long()
        made = self._text(node)
        if isinstance(node, ast.Name | ast.Constant) and len(made) <= LONGEST:
            return made
        self._made += len(made)
        return bounded(made, LONGEST)

    def _text(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant):
            return node.value.decode("utf-8", "replace") if isinstance(node.value, bytes) else str(node.value)
        if isinstance(node, ast.Name):
            return self.texts[node.id] if node.id in self.texts else self._known(self.names.dotted(node))
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.UnaryOp):
            return f"-{self.text(node.operand)}" if isinstance(node.op, ast.USub) else UNKNOWN
        if isinstance(node, ast.JoinedStr):
            return joined("", (self.text(each) for each in node.values))
        if isinstance(node, ast.FormattedValue | ast.NamedExpr | ast.Starred | ast.Await):
            return self.text(node.value)
        if isinstance(node, ast.BinOp):
            return self._joined(node)
        if isinstance(node, ast.Subscript):
            return self._sliced(node)
        if isinstance(node, ast.Call):
            return self._called(node)
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            self.bind_text(node.generators[0].target, self.each_of(node.generators[0].iter))
            return self.text(node.elt)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return _kept(*map(self.text, node.elts[:MOST_ITEMS])) + UNKNOWN
        if isinstance(node, ast.Dict):
            return _kept(*map(self.text, node.values[:MOST_ITEMS])) + UNKNOWN
        return UNKNOWN

    def _key(self, node: ast.Attribute | ast.Subscript) -> str:
        if isinstance(node, ast.Attribute):
            return self.names.dotted(node)
        base = node.value.id if isinstance(node.value, ast.Name) else self.names.dotted(node.value)
        return f"{base}[{self.text(node.slice)}]"

    def _attribute(self, node: ast.Attribute) -> str:
        path = self.names.dotted(node)
        if path in self.texts:
            return self.texts[path]
        known = self._known(path)
        if known != UNKNOWN:
            return known
        inner = self.text(node.value)
        return inner if has_glob(inner) and node.attr in ("path", "name", "parent") else _kept(inner) + UNKNOWN

    def _known(self, path: str) -> str:
        """What a name of the library stands for."""
        return {"os.environ": SECRETS + UNKNOWN, "sys.executable": "python3"}.get(path, UNKNOWN)

    def _joined(self, node: ast.BinOp) -> str:
        left = self.text(node.left)
        if isinstance(node.op, ast.Mod):
            values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
            return filled(r"()%[-0-9.]*[sdr]", left, [self.text(each) for each in values], {})
        right = self.text(node.right)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Div):
            return right if right.startswith("/") else f"{left}/{right}"
        if isinstance(node.op, ast.Mult) and right.isdecimal():
            return left * int(right) if len(right) < 7 and len(left) * int(right) <= LONGEST else too_long(left)
        return UNKNOWN

    def _sliced(self, node: ast.Subscript) -> str:
        entry = self._key(node)
        if entry in self.texts:
            return self.texts[entry]
        if self.names.dotted(node.value) == "os.environ":
            return _variable(self.text(node.slice))
        items = self.items(node.value)
        if items and not isinstance(node.slice, ast.Slice):
            at = self._number(node.slice)
            return items[at] if at is not None and -len(items) <= at < len(items) else UNKNOWN
        text = self.text(node.value)
        if isinstance(node.slice, ast.Slice) and settled(text):
            edges = [self._number(each) for each in (node.slice.lower, node.slice.upper, node.slice.step)]
            return text[slice(*edges)] if edges[2] != 0 else UNKNOWN
        return _kept(text) + UNKNOWN

    def _number(self, node: ast.expr | None) -> int | None:
        text = "" if node is None else self.text(node)
        return int(text) if re.fullmatch(r"-?\d{1,6}", text) else None

    # Calls

    def _called(self, node: ast.Call) -> str:
        path = self.names.dotted(node.func)
        name = path.rpartition(".")[2]
        inner = self.text(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        arguments = [self.text(each) for each in node.args]
        first = arguments[0] if arguments else ""
        if (name in _FETCHERS and path.partition(".")[0] in _NETWORK) or name == "urlopen":
            return FETCHED
        if path in ("os.getenv", "os.environ.get"):
            return _variable(first)
        if name in _SAYS_LITTLE or (path in ("list", "sorted", "set", "tuple") and self._is_environment(node.args)):
            return UNKNOWN
        if name in _LISTED:
            return self._listed(name, inner, arguments)
        if name in _DECODERS:
            return decoded(name, inner, arguments)
        if name in ("read_text", "read_bytes") or (name == "read" and isinstance(node.func, ast.Attribute)):
            return self._content(node.func, inner)
        if name in ("home", "cwd", "getcwd"):
            return "~" if name == "home" else "."
        if name in ("join", "joinpath", "Path"):
            return self._join(node, name, inner)
        if name == "chr" and first.isdecimal():
            return chr(int(first[:7])) if int(first[:7]) < 0x110000 else UNKNOWN
        if name in ("bytes", "bytearray") and (codes := self.items(node.args[0] if node.args else node)) is not None:
            return characters(codes)
        if name == "format" and inner:
            keywords = {each.arg: self.text(each.value) for each in node.keywords if each.arg}
            return filled(r"\{(\w*+)[^{}]*+\}", inner, arguments, keywords)
        if name == "replace" and len(arguments) > 1:
            return replaced(inner, arguments[0], arguments[1])
        if name in ("lower", "upper"):
            return inner.lower() if name == "lower" else inner.upper()
        if name in _OF_FIRST and arguments and (path == name or name not in ("compile", "copy")):
            return first
        if name in _SAME or (name == "expanduser" and inner):
            return inner or first
        return _kept(inner, *arguments) + UNKNOWN

    def _is_environment(self, arguments: list[ast.expr]) -> bool:
        """Whether it is the variables themselves, of which a list has only the names."""
        return bool(arguments) and self.names.dotted(arguments[0]) == "os.environ"

    def _listed(self, name: str, inner: str, arguments: list[str]) -> str:
        """The paths of the files of a folder, as a glob."""
        first = arguments[0] if arguments else "."
        if name == "listdir":
            return _ANY
        if name in ("walk", "scandir"):
            return f"{first}/{_ANY}"
        folder = "" if UNKNOWN in inner or not inner else f"{inner}/"
        return folder + (_ANY if name == "iterdir" else first.translate(_AS_GLOB))

    def _content(self, function: ast.expr, inner: str) -> str:
        """What a file holds that is read at once."""
        if isinstance(function, ast.Attribute) and function.attr == "read":
            opened = function.value
            if not isinstance(opened, ast.Call) or self.names.dotted(opened.func) not in ("open", "io.open"):
                return inner or UNKNOWN
            inner = self.text(opened.args[0]) if opened.args else UNKNOWN
        return self.files.get(inner, _kept(inner) + UNKNOWN)

    def _join(self, node: ast.Call, name: str, inner: str) -> str:
        if name == "join" and len(node.args) == 1 and inner and inner != UNKNOWN:
            items = self.elements(node.args[0])
            if items is not None:
                return joined(inner, items)
        if name == "join" and len(node.args) == 1 and isinstance(node.func, ast.Attribute):
            items = self.elements(node.args[0])
            comprehended = isinstance(node.args[0], ast.GeneratorExp | ast.ListComp)
            if items is not None:
                return joined(inner, items)
            return _kept(self.text(node.args[0])) + (DECODED if comprehended else UNKNOWN)
        parts = [self.text(each) for each in node.args]
        if name == "joinpath":
            parts.insert(0, inner)
        start = max((at for at, part in enumerate(parts) if part.startswith("/")), default=0)
        return joined("/", parts[start:])

    # Lists

    def items(self, node: ast.expr) -> tuple[str, ...] | None:
        """The texts of a list whose length is known."""
        self._steps += 1
        pay(1)
        found = self._items(node) if self._steps < _MOST_STEPS else None
        return None if found is None else found[:MOST_ITEMS]

    def _items(self, node: ast.expr) -> tuple[str, ...] | None:
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            found: list[str] = []
            for each in node.elts[:MOST_ITEMS]:
                more = (self.items(each.value) or (UNKNOWN,)) if isinstance(each, ast.Starred) else (self.text(each),)
                found.extend(more)
            return tuple(found)
        if isinstance(node, ast.Name):
            return self.lists.get(node.id)
        if isinstance(node, ast.NamedExpr):
            return self.items(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.items(node.left), self.items(node.right)
            return None if left is None and right is None else (*(left or (UNKNOWN,)), *(right or (UNKNOWN,)))
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            whole = self.items(node.value)
            edges = [self._number(each) for each in (node.slice.lower, node.slice.upper, node.slice.step)]
            return whole[slice(*edges)] if whole is not None and edges[2] != 0 else None
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return self._comprehended(node)
        return self._items_of_call(node) if isinstance(node, ast.Call) else None

    def elements(self, node: ast.expr) -> tuple[str, ...] | None:
        """What a loop goes through, as far as it is known: the elements of a list, or the characters of a text."""
        items = self.items(node)
        if items is None and isinstance(node, ast.Constant | ast.Name):
            text = self.text(node)
            items = tuple(text[:MOST_ITEMS]) if text and settled(text) else None
        return items

    def each_of(self, node: ast.expr) -> str:
        """One element of what a loop goes through, whichever."""
        if self.names.dotted(node) in ("os.environ", "os.environ.keys()"):
            return UNKNOWN  # Names of variables, which nobody minds.
        text = self.text(node)
        return text if has_glob(text) else _kept(text) + UNKNOWN

    def _comprehended(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> tuple[str, ...] | None:
        target = node.generators[0].target
        items = self.elements(node.generators[0].iter) if len(node.generators) == 1 else None
        if items is None:
            return None
        found: list[str] = []
        for each in items:
            self.bind_text(target, each)
            found.append(self.text(node.elt))
        return tuple(found)

    def _items_of_call(self, node: ast.Call) -> tuple[str, ...] | None:
        name = self.names.dotted(node.func).rpartition(".")[2]
        if name == "split" and isinstance(node.func, ast.Attribute):
            if self.names.dotted(node.func) == "shlex.split" and node.args:
                return words(self.text(node.args[0]))
            inner = self.text(node.func.value)
            separator = self.text(node.args[0]) if node.args else None
            return tuple(inner.split(separator or None)[:MOST_ITEMS])
        if name == "map" and len(node.args) > 1:
            items = self.elements(node.args[1])
            made = self.names.dotted(node.args[0])
            if items is not None and made in ("chr", "str", "int"):
                return tuple(characters((each,)) if made == "chr" else each for each in items)
            return None
        if name in ("list", "tuple", "sorted", "set", "iter") and node.args:
            return self.items(node.args[0])
        if name == "reversed" and node.args:
            whole = self.elements(node.args[0])
            return None if whole is None else whole[::-1]
        return None


def _entries(value: ast.expr) -> Iterator[tuple[str | ast.expr, ast.expr]]:
    """The elements of a table or list that is written out, with their keys."""
    if isinstance(value, ast.Dict):
        yield from ((key, each) for key, each in zip(value.keys, value.values, strict=True) if key is not None)
    elif isinstance(value, ast.List | ast.Tuple):
        yield from ((str(at), each) for at, each in enumerate(value.elts[:MOST_ITEMS]))


def _kept(*texts: str) -> str:
    """The marks that stay whatever is made of some texts."""
    marks = "".join(taint(text) for text in texts)
    return taint(marks) + (SECRETS if any(SECRETS in text for text in texts) else "")


def _variable(name: str) -> str:
    if name == "HOME":
        return "~"
    return SECRETS + UNKNOWN if is_secret_name(name) or not settled(name) else UNKNOWN
