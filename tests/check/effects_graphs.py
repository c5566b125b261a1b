"""Random harnesses over the recording world: sequences, switches, loops in loops, batches, shared nodes, calls."""

from dataclasses import dataclass, field
from random import Random

from tests.check.effects_world import OPERATIONS

Shape = tuple[str, ...]
BATCH, TURNS, INNER = "2", "T", "U"


@dataclass
class Scope:
    """Nodes of one shape that may be used, those that nothing uses yet, and the sessions of that shape."""

    shape: Shape
    sessions: list[str]
    values: list[str]
    conditions: list[str] = field(default_factory=list)
    unused: dict[str, None] = field(default_factory=dict)
    depth: int = 0


class EffectGraphs:
    """Makes files of which some keep the rules of effects, and many break that of order."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []
        self.count = 0
        self.parts = 0

    def file(self) -> str:
        """A file whose last harness is `main`."""
        parts = [f"hdsl 1\n\n{OPERATIONS}\ndim {TURNS} = 2\ndim {INNER} = 2\n"]
        if self.random.random() < 0.3:
            sessions = self.random.randint(1, 2)
            parts.append(self.harness("part", ("*S",), sessions, 2))
            self.parts = sessions
        shape: Shape = (BATCH,) if self.random.random() < 0.5 else ()
        parts.append(self.harness("main", shape, self.random.choice((1, 1, 2)), self.random.randint(2, 5)))
        return "\n".join(parts)

    def harness(self, name: str, shape: Shape, count: int, nodes: int) -> str:
        self.lines = []
        sessions = ["a", "b"][:count]
        scope = Scope(shape, sessions, ["task"], unused={"task": None})
        self.grow(scope, nodes)
        result = self.closed(scope)
        inputs = ", ".join(f"{name}: session{shown(shape)}" for name in sessions)
        body = "\n".join(f"  {line}" for line in self.lines)
        kind = f"text{shown(shape)}"
        return f"harness {name}(task: {kind}, {inputs}) -> {kind} {{\n{body}\n  return {result}\n}}\n"

    def grow(self, scope: Scope, nodes: int) -> None:
        acting = (self.look, self.type_in, self.type_in, self.note, self.peek, self.confirm)
        joining = (
            self.sequential,
            self.sequential,
            self.sequential,
            self.join,
            self.switch,
            self.decide,
            self.gate,
            self.fallback,
            self.cause,
            self.always,
        )
        moving = (
            self.loop,
            self.in_order,
            self.samples,
            self.indexed,
            self.indexed,
            self.single,
            self.stacked,
            self.call,
            self.judge,
            self.model,
        )
        for _ in range(nodes):
            for makers in (acting, joining):
                self.random.choice(makers)(scope)
            if self.random.random() < 0.4:
                self.random.choice(moving)(scope)

    def closed(self, scope: Scope) -> str:
        """One node that needs all that nothing needs yet: mostly a sequence of them."""
        waiting = list(scope.unused)
        if len(waiting) == 1 and waiting[0] in scope.values and waiting[0] != "task":
            return waiting[0]
        self.random.shuffle(waiting)
        waiting.sort(key=lambda name: name in scope.values)
        operation = "sequential" if self.random.random() < 0.8 and waiting[-1] in scope.values else "join"
        return self.node(scope, f"{operation}({', '.join(waiting)})", waiting)

    # Nodes

    def node(self, scope: Scope, expression: str, uses: list[str], kind: str = "text") -> str:
        name = f"n{self.count}"
        self.count += 1
        self.lines.append(f"{name}: {kind}{shown(scope.shape)} = {expression}")
        for used in uses:
            scope.unused.pop(used, None)
        scope.unused[name] = None
        (scope.values if kind == "text" else scope.conditions).append(name)
        return name

    def pick(self, scope: Scope) -> str:
        """Often what nothing uses yet, else anything."""
        texts = [name for name in scope.unused if name in scope.values]
        return self.random.choice(texts if texts and self.random.random() < 0.6 else scope.values)

    def shell(self, scope: Scope) -> str:
        return self.random.choice(scope.sessions)

    def look(self, scope: Scope) -> None:
        self.node(scope, f"look({self.shell(scope)})", [])

    def type_in(self, scope: Scope) -> None:
        x = self.pick(scope)
        self.node(scope, f"type_in({x}, {self.shell(scope)})", [x])

    def confirm(self, scope: Scope) -> None:
        x = self.pick(scope)
        self.node(scope, f"confirm({x}, {self.shell(scope)})", [x])

    def note(self, scope: Scope) -> None:
        x = self.pick(scope)
        self.node(scope, f"note({x})", [x])

    def peek(self, scope: Scope) -> None:
        x = self.pick(scope)
        self.node(scope, f"peek({x})", [x])

    def judge(self, scope: Scope) -> None:
        x = self.pick(scope)
        self.node(scope, f"judge({x})", [x])

    def model(self, scope: Scope) -> None:
        x = self.pick(scope)
        self.node(scope, f"llm({x})", [x])

    def decide(self, scope: Scope) -> None:
        x = self.pick(scope)
        self.node(scope, f"decide({x})", [x], "Kind")

    def sequential(self, scope: Scope) -> None:
        self.together(scope, "sequential")

    def join(self, scope: Scope) -> None:
        self.together(scope, "join")

    def together(self, scope: Scope, operation: str) -> None:
        steps = list(dict.fromkeys(self.pick(scope) for _ in range(self.random.randint(2, 3))))
        self.node(scope, f"{operation}({', '.join(steps)})", steps)

    def gate(self, scope: Scope) -> None:
        value, by = self.pick(scope), self.pick(scope)
        self.node(scope, f"gate({value}, {by})", [value, by])

    def fallback(self, scope: Scope) -> None:
        self.together(scope, "fallback")

    def cause(self, scope: Scope) -> None:
        x = self.pick(scope)
        self.node(scope, f"cause({x})", [x])

    def always(self, scope: Scope) -> None:
        """Mostly over acts that nothing else needs yet, with one of its own behind them; sometimes over anything."""
        if self.random.random() < 0.3:
            first, last = self.pick(scope), self.pick(scope)
            self.node(scope, f"always({first}, {last})", [first, last])
            return
        known = set(scope.values)
        first = self.act(scope, self.pick(scope))
        if self.random.random() < 0.5:
            first = self.node(scope, f"judge({first})", [first])
        last = self.act(scope, "task" if "task" in scope.values else self.pick(scope))
        for each in [name for name in scope.values if name not in known]:
            scope.values.remove(each)
            scope.unused.pop(each, None)
        self.node(scope, f"always({first}, {last})", [])

    def act(self, scope: Scope, x: str) -> str:
        """A write, or two in order."""
        made = self.node(scope, self.writing(scope, x), [x])
        if self.random.random() < 0.4:
            second = self.node(scope, self.writing(scope, x), [])
            made = self.node(scope, f"sequential({made}, {second})", [made, second])
        return made

    def writing(self, scope: Scope, x: str) -> str:
        return f"type_in({x}, {self.shell(scope)})" if scope.sessions else f"note({x})"

    def switch(self, scope: Scope) -> None:
        if not scope.conditions:
            self.decide(scope)
        kind = self.random.choice(scope.conditions)
        yes, no = self.pick(scope), self.pick(scope)
        self.node(scope, f'switch {kind} {{ "yes" => {yes}, "no" => {no} }}', [kind, yes, no])

    def loop(self, scope: Scope) -> None:
        """A loop of its own body; what it takes from outside is repeated over its turns."""
        judged = self.turns(scope)
        if judged is not None:
            operation = self.random.choice(("recurrent", "recurrent_all"))
            goals, uses = self.goal(scope)
            self.node(scope, f"{operation}({judged[1]}{goals})", uses)

    def in_order(self, scope: Scope) -> None:
        """All turns of a body, of which all, one or some are taken."""
        made = self.turns(scope)
        if made is None:
            return
        wide, turn = made
        goals, uses = self.goal(scope)
        stop = ", stop=true" if self.random.random() < 0.4 else ""
        all_of_them = self.fresh(f"text{shown(wide)}", f"in_order({turn}{goals}{stop})")
        for used in uses:
            scope.unused.pop(used, None)
        for _ in range(self.random.choice((1, 1, 2))):
            at = ", ".join([":"] * len(scope.shape) + [str(self.random.randrange(2))])
            taken = self.random.choice((f"merge({all_of_them})", f"{all_of_them}[{at}]"))
            if "*S" in scope.shape:
                taken = f"merge({all_of_them})"
            self.node(scope, taken, [])

    def goal(self, scope: Scope) -> tuple[str, list[str]]:
        goal = self.pick(scope)
        return (f", {goal}", [goal]) if self.random.random() < 0.4 else ("", [])

    def turns(self, scope: Scope) -> tuple[Shape, str] | None:
        """The turns of a loop, judged; None where loops are nested deep enough."""
        if scope.depth == 2:
            return None
        turns = (TURNS, INNER)[scope.depth]
        inner = Scope((*scope.shape, turns), [], [], depth=scope.depth + 1)
        shells = {shell: f"{shell}{self.count}" for shell in scope.sessions}
        self.count += 1
        for shell, own in shells.items():
            self.lines.append(f"{own}: session{shown(inner.shape)} = expand({shell}, to={shown(inner.shape)})")
            inner.sessions.append(own)
        outside = self.pick(scope)
        self.node(inner, f"expand({outside}, to={shown(inner.shape)})", [])
        scope.unused.pop(outside, None)
        self.grow(inner, self.random.randint(1, 3))
        turn = self.closed(inner)
        return inner.shape, self.node(inner, f"judge({turn})", [turn])

    def samples(self, scope: Scope) -> None:
        """Several elements for each, put into one: over files, or as they are."""
        shape = (*scope.shape, "3")
        source = self.pick(scope)
        wide = Scope(shape, [], [], depth=2)
        made = self.node(wide, f"expand({source}, to={shown(shape)})", [])
        scope.unused.pop(source, None)
        for _ in range(self.random.randint(0, 2)):
            self.random.choice((self.note, self.peek, self.model, self.judge, self.sequential))(wide)
        made = self.closed(wide)
        self.node(scope, f"merge({made})", [])

    def indexed(self, scope: Scope) -> None:
        """One element of a batch, a range of it, or all of it in one text, repeated over the batch."""
        if scope.shape != (BATCH,):
            return
        whole, at = self.pick(scope), self.random.randrange(2)
        kind, expression = self.random.choice(
            (("[]", f"{whole}[{at}]"), ("[1]", f"{whole}[{at}:{at + 1}]"), ("[]", f"merge({whole})"))
        )
        part = self.fresh(f"text{kind}", expression)
        scope.unused.pop(whole, None)
        self.node(scope, f"expand({part}, to=[{BATCH}])", [])

    def single(self, scope: Scope) -> None:
        """Something done to the session of one element of a batch, repeated over the batch."""
        if scope.shape != (BATCH,):
            return
        whole, at = self.pick(scope), self.random.randrange(2)
        shell = self.fresh("session[]", f"{self.shell(scope)}[{at}]")
        done = self.fresh("text[]", f"look({shell})")
        if self.random.random() < 0.7:
            taken = self.fresh("text[]", f"{whole}[{self.random.randrange(2)}]")
            done = self.fresh("text[]", f"type_in({taken}, {shell})")
            scope.unused.pop(whole, None)
        self.node(scope, f"expand({done}, to=[{BATCH}])", [])

    def fresh(self, kind: str, expression: str) -> str:
        """A node of another shape."""
        self.count += 1
        self.lines.append(f"n{self.count - 1}: {kind} = {expression}")
        return f"n{self.count - 1}"

    def stacked(self, scope: Scope) -> None:
        if scope.depth or "*S" in scope.shape:
            return
        first, second, at = self.pick(scope), self.pick(scope), self.random.randrange(2)
        pile = self.fresh(f"text{shown(('2', *scope.shape))}", f"stack({first}, {second})")
        self.node(scope, f"{pile}[{at}]", [first, second])

    def call(self, scope: Scope) -> None:
        """A call of the first harness, whose sessions may be one."""
        if self.parts:
            x, shells = self.pick(scope), [self.shell(scope) for _ in range(self.parts)]
            self.node(scope, f"part({', '.join([x, *shells])})", [x])


def shown(shape: Shape) -> str:
    return f"[{', '.join(shape)}]"


def effect_graph(random: Random) -> str:
    """A file that names, types and shapes say nothing against."""
    return EffectGraphs(random).file()
