"""From the parser's reductions to the tree: one method a grammar rule, called with what the rule matched.

The methods are named after the rules and aliases of `grammar/hdsl.lark`. Tokens are `str` with `start_pos`, `end_pos`.
"""

from typing import Any, NamedTuple

from hdsl.syntax import tree
from hdsl.syntax.escapes import decode_escapes
from hdsl.syntax.templates import template
from hdsl.syntax.tree import Name, Span

Children = list[Any]

MOST_DIGITS = 20
"""Signs that are read of a number, which are more than the checker allows."""


def _word(token: Any) -> str:
    """The name in a token, which may end in blanks or a comment."""
    text = str(token)
    return text if text.isidentifier() else text.partition("#")[0].rstrip()


def _name(token: Any) -> Name:
    text, start = _word(token), token.start_pos
    return Name(text, Span(start, start + len(text)))


def _path(tokens: Children) -> Name:
    """The name that several tokens make, dots between them."""
    words = [_word(token) for token in tokens]
    return Name(".".join(words), Span(tokens[0].start_pos, tokens[-1].start_pos + len(words[-1])))


def _text(token: Any) -> tree.Text:
    return tree.Text(decode_escapes(token[1:-1]), Span(token.start_pos, token.end_pos))


def _whole(token: str) -> int:
    """A whole number; of one with very many digits the first, so that it can be reported and nothing takes long."""
    return int(token[:MOST_DIGITS])


def _present(children: Children) -> tuple[Any, ...]:
    return tuple([child for child in children if child is not None])


class HarnessHead(NamedTuple):
    """A harness up to its opening brace."""

    start: int
    name: Name
    parameters: tuple[tree.Parameter, ...]
    result: tree.TypeExpr


class TestHead(NamedTuple):
    """A test up to its opening brace."""

    start: int
    name: tree.Text


class TreeBuilder:
    """Callbacks for lark, named after the rules of the grammar."""

    def start(self, children: Children) -> tree.File:
        parts = [child for child in children if not isinstance(child, str) and child is not None]
        return tree.File(parts[0], tuple(parts[1:]))

    def version(self, children: Children) -> tree.Version:
        keyword, number = children
        return tree.Version(_whole(number), Span(keyword.start_pos, number.end_pos))

    # Items

    def use(self, children: Children) -> tree.Use:
        keyword, module, _, alias_token = children
        alias = None if alias_token is None else _name(alias_token)
        return tree.Use(module, None, alias, Span(keyword.start_pos, (alias or module).span.end))

    def use_file(self, children: Children) -> tree.Use:
        keyword, path, _, alias_token = children
        alias = _name(alias_token)
        return tree.Use(None, _text(path), alias, Span(keyword.start_pos, alias.span.end))

    def type_decl(self, children: Children) -> tree.TypeDeclaration:
        labels = tuple([child for child in children if isinstance(child, tree.Label)])
        return tree.TypeDeclaration(_name(children[1]), labels, Span(children[0].start_pos, children[-1].end_pos))

    def label(self, children: Children) -> tree.Label:
        text, payload = _text(children[0]), children[1]
        description = None if children[2] is None else _text(children[2])
        last: Any = description or payload or text
        return tree.Label(text, payload, description, Span(text.span.start, last.span.end))

    def record_decl(self, children: Children) -> tree.RecordDeclaration:
        fields = tuple([child for child in children if isinstance(child, tree.Field)])
        return tree.RecordDeclaration(_name(children[1]), fields, Span(children[0].start_pos, children[-1].end_pos))

    def field(self, children: Children) -> tree.Field:
        name, kind, mark, description_token = children
        description = None if description_token is None else _text(description_token)
        end = description.span.end if description is not None else kind.span.end if mark is None else mark.end_pos
        return tree.Field(_name(name), kind, mark is not None, description, Span(name.start_pos, end))

    def list_of(self, children: Children) -> tree.ListOf:
        opening, item, end = children
        return tree.ListOf(item, Span(opening.start_pos, end.end_pos))

    def dim_decl(self, children: Children) -> tree.DimConstant:
        keyword, name, number = children
        return tree.DimConstant(_name(name), _whole(number), Span(keyword.start_pos, number.end_pos))

    def experience(self, children: Children) -> tree.Experience:
        keyword, name, key, value, source = children
        return tree.Experience(_name(name), key, value, source, Span(keyword.start_pos, source.span.end))

    def load(self, children: Children) -> tree.Load:
        function, path, end = children
        return tree.Load(function, _text(path), Span(function.span.start, end.end_pos))

    def rows(self, children: Children) -> tree.Rows:
        rows = tuple([child for child in children if isinstance(child, tree.Row)])
        return tree.Rows(rows, Span(children[0].start_pos, children[-1].end_pos))

    def row(self, children: Children) -> tree.Row:
        values = tuple([child for child in children if isinstance(child, tree.Text)])
        return tree.Row(values, Span(children[0].start_pos, children[-1].end_pos))

    def op_decl(self, children: Children) -> tree.Operation:
        keyword, name, parameters, result, *rest = children
        *declared, entry_token, _as, kind_token = rest
        effects = tuple(declared)
        entry = None if entry_token is None else _text(entry_token)
        kind = None if kind_token is None else _name(kind_token)
        last: Any = kind or entry or (effects[-1] if effects else result)
        span = Span(keyword.start_pos, last.span.end)
        return tree.Operation(_name(name), parameters or (), result, effects, entry, kind, span)

    def effect(self, children: Children) -> tree.Effect:
        mark, name, argument, closing = children
        span = Span(mark.start_pos, (closing or name).end_pos)
        return tree.Effect(str(name), None if argument is None else _name(argument), span)

    # Harnesses

    def harness(self, children: Children) -> tree.Harness:
        (start, name, parameters, result), *body, returned, end = children
        return tree.Harness(name, parameters, result, tuple(body), returned, Span(start, end.end_pos))

    def harness_head(self, children: Children) -> HarnessHead:
        keyword, name, parameters, result = children
        return HarnessHead(keyword.start_pos, _name(name), parameters or (), result)

    def params(self, children: Children) -> tuple[tree.Parameter, ...]:
        return _present(children)

    def param(self, children: Children) -> tree.Parameter:
        name, kind, mark, default = children
        return tree.Parameter(_name(name), kind, mark == "...", mark == "?", default)

    def experience_type(self, children: Children) -> tree.ExperienceType:
        keyword, key, value, end = children
        return tree.ExperienceType(key, value, Span(keyword.start_pos, end.end_pos))

    def op_type(self, children: Children) -> tree.OperationType:
        parts = [child for child in children[1:] if child is not None]
        types = [part for part in parts if isinstance(part, tree.TypeExpr)]
        effects = tuple([part for part in parts if isinstance(part, tree.Effect)])
        span = Span(children[0].start_pos, parts[-1].span.end)
        return tree.OperationType(tuple(types[:-1]), types[-1], effects, span)

    def return_stmt(self, children: Children) -> Name:
        returned: Name = children[1]
        return returned

    def budget(self, children: Children) -> tree.Budget:
        options = tuple([child for child in children if isinstance(child, tree.Option)])
        return tree.Budget(options, Span(children[0].start_pos, children[-1].end_pos))

    def node(self, children: Children) -> tree.Node:
        name, annotation, value = children
        return tree.Node(_name(name), annotation, value, Span(name.start_pos, value.span.end))

    def call(self, children: Children) -> tree.Call:
        operation = children[0]
        span = Span(operation.span.start, children[-1].end_pos)
        return tree.Call(operation, tuple([child for child in children[1:-1] if child is not None]), span)

    def bound_operation(self, children: Children) -> tree.BoundOperation:
        operation = children[0]
        span = Span(operation.span.start, children[-1].end_pos)
        return tree.BoundOperation(operation, tuple([child for child in children[1:-1] if child is not None]), span)

    def option(self, children: Children) -> tree.Option:
        name, value = children
        return tree.Option(_name(name), value, Span(name.start_pos, value.span.end))

    def switch(self, children: Children) -> tree.Switch:
        cases = tuple([child for child in children if isinstance(child, tree.Case)])
        return tree.Switch(children[1], cases, Span(children[0].start_pos, children[-1].end_pos))

    def case(self, children: Children) -> tree.Case:
        label, branch = children
        return tree.Case(_text(label), branch, Span(label.start_pos, branch.span.end))

    def else_case(self, children: Children) -> tree.Case:
        keyword, branch = children
        return tree.Case(None, branch, Span(keyword.start_pos, branch.span.end))

    def short_template(self, children: Children) -> tree.Template:
        (token,) = children
        return template(token, token.start_pos, '"')

    def long_template(self, children: Children) -> tree.Template:
        (token,) = children
        return template(token, token.start_pos, '"' * 3)

    def index(self, children: Children) -> tree.Index:
        items = tuple([child for child in children[1:-1] if child is not None])
        return tree.Index(_name(children[0]), items, Span(children[0].start_pos, children[-1].end_pos))

    def index_at(self, children: Children) -> tree.IndexAt:
        (number,) = children
        return tree.IndexAt(_whole(number), Span(number.start_pos, number.end_pos))

    def index_range(self, children: Children) -> tree.IndexRange:
        start, colon, stop = children
        span = Span((start or colon).start_pos, (stop or colon).end_pos)
        return tree.IndexRange(None if start is None else _whole(start), None if stop is None else _whole(stop), span)

    def index_ellipsis(self, children: Children) -> tree.IndexEllipsis:
        return tree.IndexEllipsis(Span(children[0].start_pos, children[0].end_pos))

    def index_name(self, children: Children) -> tree.IndexNew:
        return tree.IndexNew(str(children[0]), Span(children[0].start_pos, children[0].end_pos))

    # Types and values

    def type(self, children: Children) -> tree.TypeExpr:
        name, dims = children
        if dims is None:
            return tree.TypeExpr(name, None, name.span)
        return tree.TypeExpr(name, dims[0], Span(name.span.start, dims[1]))

    def dims(self, children: Children) -> tuple[tuple[tree.Dim, ...], int]:
        return tuple([child for child in children[:-1] if child is not None]), children[-1].end_pos

    def dim_size(self, children: Children) -> tree.Dim:
        (number,) = children
        return tree.Dim("", _whole(number), False, Span(number.start_pos, number.end_pos))

    def dim_name(self, children: Children) -> tree.Dim:
        (name,) = children
        return tree.Dim(str(name), None, False, Span(name.start_pos, name.end_pos))

    def dim_pack(self, children: Children) -> tree.Dim:
        star, name = children
        return tree.Dim(str(name), None, True, Span(star.start_pos, name.end_pos))

    def string(self, children: Children) -> tree.Text:
        return _text(children[0])

    def long_string(self, children: Children) -> tree.Text:
        (token,) = children
        return tree.Text(decode_escapes(token[3:-3]), Span(token.start_pos, token.end_pos))

    def integer(self, children: Children) -> tree.Number:
        (number,) = children
        return tree.Number(_whole(number), Span(number.start_pos, number.end_pos))

    def number(self, children: Children) -> tree.Number:
        (number,) = children
        return tree.Number(float(number), Span(number.start_pos, number.end_pos))

    def reference(self, children: Children) -> Name:
        name: Name = children[0]
        return name

    def list(self, children: Children) -> tree.ListValue:
        return tree.ListValue(_present(children[1:-1]), Span(children[0].start_pos, children[-1].end_pos))

    def pack_value(self, children: Children) -> tree.Pack:
        star, name = children
        return tree.Pack(str(name), Span(star.start_pos, name.end_pos))

    def dotted(self, children: Children) -> Name:
        return _name(children[0]) if len(children) == 1 else _path(children)

    def path_reference(self, children: Children) -> Name:
        return self.dotted(children)

    # Tests and training

    def test(self, children: Children) -> tree.Test:
        (start, name), *statements, end = children
        return tree.Test(name, tuple(statements), Span(start, end.end_pos))

    def test_head(self, children: Children) -> TestHead:
        keyword, name = children
        return TestHead(keyword.start_pos, _text(name))

    def expect(self, children: Children) -> tree.Expect:
        keyword, call = children
        return tree.Expect(call, Span(keyword.start_pos, call.span.end))

    def given(self, children: Children) -> tree.Given:
        keyword, path, reply = children
        return tree.Given(path, reply, Span(keyword.start_pos, reply.span.end))

    def failure(self, children: Children) -> tree.Failure:
        function, reason, end = children
        return tree.Failure(function, _text(reason), Span(function.span.start, end.end_pos))

    def replies(self, children: Children) -> tree.Replies:
        return tree.Replies(_present(children[1:-1]), Span(children[0].start_pos, children[-1].end_pos))

    def train(self, children: Children) -> tree.Train:
        keyword, name, *_, end = children
        settings = tuple([child for child in children if isinstance(child, tree.Setting)])
        return tree.Train(_name(name), settings, Span(keyword.start_pos, end.end_pos))

    def setting(self, children: Children) -> tree.Setting:
        name, value = children
        return tree.Setting(_name(name), value, Span(name.start_pos, value.span.end))
