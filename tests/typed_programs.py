"""Random `.hg` files that check without a fault: every name defined before its use and used, every shape right."""

from dataclasses import dataclass, field
from random import Random

Shape = tuple[str, ...]
LABELS = ("yes", "no", "say:")


@dataclass(frozen=True)
class Value:
    """A node or an input of a harness under construction."""

    name: str
    type: str
    shape: Shape


@dataclass
class Body:
    """The nodes so far, and which of them nothing has used yet."""

    values: list[Value]
    unused: dict[str, Value] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    calls: int = 0

    def use(self, value: Value) -> str:
        self.unused.pop(value.name, None)
        return value.name

    def add(self, kind: str, shape: Shape, expression: str) -> Value:
        value = Value(f"n{len(self.lines)}", kind, shape)
        self.lines.append(f"  {value.name}: {shown(kind, shape)} = {expression}")
        self.values.append(value)
        self.unused[value.name] = value
        return value


def shown(kind: str, shape: Shape) -> str:
    return f"{kind}[{', '.join(shape)}]"


class TypedPrograms:
    """Makes harnesses over texts: experts, joins, switches, indices, samples, calls of earlier harnesses, loops."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.callees: list[tuple[str, int]] = []

    def file(self, harnesses: int = 3, nodes: int = 8) -> str:
        """A file whose last harness, `main`, may call the others. Its input is `task: text[B]`."""
        labels = ", ".join(f'"{label}"' for label in LABELS)
        parts = ["hdsl 1", f"type Kind {{ {labels} }}", "type Note { who: text, tags: list(text), kind: Kind }"]
        parts += ['experience sort: text -> Kind = [("a", "b", "yes")]']
        parts.append('experience tell: text -> text = [("q", "k", "v")]')
        names = [*(f"part{i}" for i in range(harnesses - 1)), "main"]
        parts += [self.harness(name, nodes) for name in names]
        parts.append('test "runs" {\n  out: text[2] = main(["a", "b"])\n  expect contains(out, "")\n}')
        return "\n\n".join(parts) + "\n"

    def harness(self, name: str, nodes: int) -> str:
        task = Value("task", "text", ("B",))
        body = Body([task], {task.name: task})
        makers = (self.llm, self.expert, self.sort, self.join, self.payload, self.samples, self.switch, self.call)
        makers = (*makers, self.template, self.constant, self.judged, self.record, self.voted)
        for _ in range(self.random.randint(1, nodes)):
            self.random.choice((*makers, self.stacked, self.loop))(body)
        result = self.all_joined(body)
        self.callees.append((name, body.calls))
        budget = f"  budget(llm_calls={body.calls}, per=[B])\n\n" if body.calls else ""
        lines = "\n".join(body.lines)
        return f"harness {name}(task: text[B]) -> text[B] {{\n{budget}{lines}\n  return {result}\n}}"

    def all_joined(self, body: Body) -> str:
        """One node that uses all that nothing else has used."""
        waiting = [body.use(value) for value in list(body.unused.values())]
        if self.random.random() < 0.5:
            return body.add("text", ("B",), f"join({', '.join(waiting)})").name
        return body.add("text", ("B",), f'"{" and ".join(f"{{{name}}}" for name in waiting)}"').name

    def pick(self, body: Body) -> Value:
        return self.random.choice(body.values)

    # One node or a few

    def template(self, body: Body) -> None:
        holes = [f"{{{body.use(self.pick(body))}}}" for _ in range(self.random.randint(1, 3))]
        text = self.random.choice((" then ", r"\n", r" $\{HOME} ", ' {\\"a\\": 1} ', "")).join((*holes, "{B}"))
        if self.random.random() < 0.3:
            lines = "\n      ".join((*holes, '{"a": {1}}', "end."))
            body.add("text", ("B",), f'"""\n    {lines}\n    """')
        else:
            body.add("text", ("B",), f'"{text}"')

    def constant(self, body: Body) -> None:
        kind, text = self.random.choice((("text", "hello"), ("Kind", "yes"), ("Kind", "say: it")))
        body.add(kind, ("B",), f'"{text}"')

    def judged(self, body: Body) -> None:
        body.calls += 1
        body.add("Kind", ("B",), f"llm({body.use(self.joined(body))})")

    def record(self, body: Body) -> None:
        """A record and some of its fields, which are used so."""
        body.calls += 1
        note = body.add("Note", ("B",), f"llm({body.use(self.joined(body))})")
        body.values.remove(note)
        name = body.use(note)
        body.add("Kind", ("B",), f'switch {name}.kind {{ "yes" => {name}.kind, else => "no" }}')
        body.add("text", ("B",), f'"{{{name}.who}}: {{{name}.tags}}"')

    def voted(self, body: Body) -> None:
        body.calls += 3
        wide = body.add("text", ("B", "3"), f"expand({body.use(self.joined(body))}, to=[B, 3])")
        said = body.add("Kind", ("B", "3"), f"llm({body.use(wide)})")
        body.add("Kind", ("B",), f"vote({body.use(said)})")
        self.only_plain(body)

    def llm(self, body: Body) -> None:
        body.calls += 1
        body.add("text", ("B",), f'llm({body.use(self.pick(body))}, task="Answer.")')

    def expert(self, body: Body) -> None:
        body.calls += 1
        body.add("text", ("B",), f"expert({body.use(self.pick(body))}, tell, topk={self.random.randint(1, 9)})")

    def sort(self, body: Body) -> None:
        body.calls += 1
        body.add("Kind", ("B",), f"expert({body.use(self.pick(body))}, sort)")

    def join(self, body: Body) -> None:
        values = [body.use(self.pick(body)) for _ in range(self.random.randint(1, 3))]
        body.add("text", ("B",), f'join({", ".join(values)}, "and", with=" ")')

    def payload(self, body: Body) -> None:
        body.add("text", ("B",), f"payload({body.use(self.pick(body))})")

    def samples(self, body: Body) -> None:
        count = str(self.random.randint(2, 4))
        body.calls += int(count)
        wide = body.add("text", ("B", count), f"expand({body.use(self.joined(body))}, to=[B, {count}])")
        asked = body.add("text", ("B", count), f"llm({body.use(wide)})")
        between = self.random.choice(("", ', with="; "'))
        body.add("text", ("B",), f"merge({body.use(asked)}{between})")
        self.only_plain(body)

    def stacked(self, body: Body) -> None:
        values = [body.use(self.joined(body)) for _ in range(self.random.randint(1, 3))]
        pile = body.add("text", (str(len(values)), "B"), f"stack({', '.join(values)})")
        body.add("text", ("B",), f"{body.use(pile)}[{self.random.randrange(len(values))}]")
        self.only_plain(body)

    def loop(self, body: Body) -> None:
        turns = self.random.randint(1, 3)
        body.calls += turns
        shape = ("B", str(turns))
        wide = body.add("text", shape, f"expand({body.use(self.joined(body))}, to=[B, {turns}])")
        asked = body.add("text", shape, f"llm({body.use(wide)})")
        checked = body.add("text", shape, f'until_match({body.use(asked)}, pattern="\\\\w")')
        body.add("text", ("B",), f"recurrent({body.use(checked)}, task)")
        body.unused.pop("task", None)
        self.only_plain(body)

    def switch(self, body: Body) -> None:
        kinds = [value for value in body.values if value.type == "Kind"]
        if not kinds:
            return self.sort(body)
        cases = [f'"{label}" => {self.branch(body)}' for label in self.random.sample(LABELS, 2)]
        condition = body.use(self.random.choice(kinds))
        body.add("text", ("B",), f"switch {condition} {{ {', '.join(cases)}, else => {body.use(self.joined(body))} }}")
        return None

    def branch(self, body: Body) -> str:
        """A node, or a text of its own."""
        if self.random.random() < 0.15:
            return '"nothing"'
        if self.random.random() < 0.2:
            return f'"it is {{{body.use(self.pick(body))}}}"'
        return body.use(self.pick(body))

    def call(self, body: Body) -> None:
        if not self.callees:
            return self.llm(body)
        name, calls = self.random.choice(self.callees)
        body.calls += calls
        body.add("text", ("B",), f"{name}({body.use(self.pick(body))})")
        return None

    def joined(self, body: Body) -> Value:
        """A plain text, whatever labels its source has."""
        value = self.pick(body)
        return value if value.type == "text" else body.add("text", ("B",), f"first_line({body.use(value)})")

    def only_plain(self, body: Body) -> None:
        """What has another shape than the batch's is not an input of later nodes."""
        body.values = [value for value in body.values if value.shape == ("B",)]


def typed_program(random: Random, harnesses: int = 3, nodes: int = 8) -> str:
    """A file that checks: no fault, no warning."""
    return TypedPrograms(random).file(harnesses, nodes)
