"""In which order the effects of a program happen, whatever the scheduler does.

A node is evaluated when it is first needed. Two facts are computed for every node, as bit sets over the effectful
nodes: what is *settled* (has happened, or never will) when the node has succeeded, and what is settled before it is
first needed, whoever needs it first: the intersection over all that need it. An effect acts after its inputs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hdsl.graph.loops import Loop, is_effectful
from hdsl.graph.program import Node, NodeArgument, Program

EXACT_UP_TO = 1500
"""Nodes up to which a conflict is looked at again path by path."""

ABSORBING = frozenset({"merge"})
"""Operations that go on where an input has failed."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Inputs of a node that are needed at the same time. `must`: they are needed whenever the stage is reached.

    `succeeded`: the next stage is reached only if these succeeded.
    """

    paths: tuple[str, ...]
    must: bool = True
    succeeded: bool = True


@dataclass
class Order:
    """The facts about one program. Bits stand for the nodes of `bits`."""

    bits: Mapping[str, int]
    acts_after: dict[str, int] = field(default_factory=dict)
    guards: dict[str, int] = field(default_factory=dict)
    siblings: dict[str, int] = field(default_factory=dict)

    def ordered(self, one: str, other: str) -> bool:
        """Whether one of two effects always comes before the other."""
        return bool(self.acts_after[other] & self.bits[one] or self.acts_after[one] & self.bits[other])

    def before(self, one: str, other: str) -> bool:
        """Whether the first always comes before the second."""
        return bool(self.acts_after[other] & self.bits[one])

    def exclusive(self, one: str, other: str) -> bool:
        """Whether they stand in different branches of one switch, on every path."""
        return bool(self.guards[one] & self.siblings[other])


def stages(program: Program, node: Node, loops: Mapping[str, Loop]) -> list[Stage]:
    """What a node needs, in the order it needs it."""
    inputs = node.input_paths
    if node.operation == "sequential":
        return [Stage((path,)) for path in inputs]
    if node.operation == "switch":
        return [Stage(inputs[:1]), Stage(inputs[1:], must=False)]
    if node.operation == "speculate":
        return [Stage(inputs[1:2]), Stage(inputs[:1], must=False)]
    loop = loops.get(node.path)
    if loop is not None:
        goal = tuple(path for path in inputs if path != loop.body)
        return [Stage(goal), Stage(tuple(loop.outside), succeeded=False), Stage((loop.body,), succeeded=False)]
    return [Stage(inputs, succeeded=node.operation not in ABSORBING)]


def order_of(program: Program, nodes: Sequence[Node], loops: Mapping[str, Loop], *, exact: bool = False) -> Order:
    """The order of the effects among `nodes`, those that the result needs, each after what it takes."""
    return _Ordering(program, nodes, loops, exact).run()


class _Ordering:
    def __init__(self, program: Program, nodes: Sequence[Node], loops: Mapping[str, Loop], exact: bool) -> None:
        self.nodes = nodes
        self.exact = exact
        counted = nodes if exact else [node for node in nodes if is_effectful(node)]
        self.bits = {node.path: 1 << i for i, node in enumerate(counted)}
        self.stages = {node.path: stages(program, node, loops) for node in nodes}
        self._drop_outside_edges(program, loops)
        self.needed_by: dict[str, list[str]] = {node.path: [] for node in nodes}
        for node in nodes:
            for stage in self.stages[node.path]:
                for path in stage.paths:
                    self.needed_by[path].append(node.path)

    def _drop_outside_edges(self, program: Program, loops: Mapping[str, Loop]) -> None:
        """What a loop evaluates before its turns is not needed again by the turns."""
        for loop in loops.values():
            outside = set(loop.outside)
            for path in loop.inside:
                if path in self.stages and program.nodes[path].operation in ("expand", "index"):
                    kept = [Stage(tuple(p for p in stage.paths if p not in outside)) for stage in self.stages[path]]
                    self.stages[path] = kept

    def run(self) -> Order:
        order = Order(self.bits)
        dominated = {} if self.exact else self._dominated()
        settled, settled_anyhow = self._settled(dominated)
        before = self._before(order, settled, settled_anyhow)
        for node in self.nodes:
            if is_effectful(node):
                after = before[node.path]
                for argument in node.arguments:
                    if isinstance(argument, NodeArgument):
                        after |= settled[argument.path]
                order.acts_after[node.path] = self._closed(after) if self.exact else after
        return order

    def _settled(self, dominated: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
        """What is settled when a node has succeeded, and when it has ended anyhow."""
        succeeded: dict[str, int] = {}
        anyhow: dict[str, int] = {}
        for node in self.nodes:
            own = dominated.get(node.path, 0) | self.bits.get(node.path, 0)
            if_fine, in_any_case = own, own
            reached = True
            for stage in self.stages[node.path]:
                fine = [succeeded[path] if stage.succeeded else anyhow[path] for path in stage.paths]
                either = [anyhow[path] for path in stage.paths]
                if stage.must:
                    for mask in fine:
                        if_fine |= mask
                    if reached:
                        for mask in either:
                            in_any_case |= mask
                elif fine and node.operation == "switch":
                    common = fine[0]
                    for mask in fine[1:]:
                        common &= mask
                    if_fine |= common
                # A stage behind one that may have failed is reached for certain only if that one has no paths.
                reached = reached and (not stage.paths or not stage.succeeded)
            succeeded[node.path] = if_fine
            anyhow[node.path] = in_any_case
        return succeeded, anyhow

    def _before(self, order: Order, settled: Mapping[str, int], anyhow: Mapping[str, int]) -> dict[str, int]:
        """What is settled before a node is first needed, and the branches that every path to it goes through."""
        before: dict[str, int] = {}
        guard_bits: dict[tuple[str, int], int] = {}
        for node in reversed(self.nodes):
            path = node.path
            now = before.setdefault(path, 0)
            guards = order.guards.setdefault(path, 0)
            siblings = order.siblings.setdefault(path, 0)
            for number, stage in enumerate(self.stages[path]):
                at = self._closed(now) if self.exact and number else now
                is_branch = node.operation == "switch" and number == 1
                for case, needed in enumerate(stage.paths):
                    own_guards, own_siblings = guards, siblings
                    if is_branch:
                        mine = guard_bits.setdefault((path, case), 1 << len(guard_bits))
                        own_guards |= mine
                        for other in range(len(stage.paths)):
                            if other != case:
                                own_siblings |= guard_bits.setdefault((path, other), 1 << len(guard_bits))
                    if needed in before:
                        before[needed] &= at
                        order.guards[needed] &= own_guards
                        order.siblings[needed] &= own_siblings
                    else:
                        before[needed], order.guards[needed], order.siblings[needed] = at, own_guards, own_siblings
                if stage.must:
                    for needed in stage.paths:
                        now |= settled[needed] if stage.succeeded else anyhow[needed]
        return before

    def _closed(self, mask: int) -> int:
        """With all that can no longer be needed: whatever needs it is settled."""
        for node in reversed(self.nodes):
            users = self.needed_by[node.path]
            if users and not mask & self.bits[node.path] and all(mask & self.bits[user] for user in users):
                mask |= self.bits[node.path]
        return mask

    def _dominated(self) -> dict[str, int]:
        """For each node the effects that are needed through it alone."""
        position = {node.path: i for i, node in enumerate(self.nodes)}
        dominator: dict[str, str] = {}
        for node in reversed(self.nodes):
            users = self.needed_by[node.path]
            if not users:
                dominator[node.path] = ""
                continue
            common = users[0]
            for user in users[1:]:
                common = _meet(common, user, dominator, position)
            dominator[node.path] = common
        masks = {node.path: self.bits.get(node.path, 0) for node in self.nodes}
        for node in self.nodes:
            above = dominator[node.path]
            if above:
                masks[above] |= masks[node.path]
        return masks


def _meet(one: str, other: str, dominator: Mapping[str, str], position: Mapping[str, int]) -> str:
    """The lowest node that dominates both; later nodes stand nearer to the result."""
    while one != other:
        if not one or not other:
            return ""
        if position[one] < position[other]:
            one = dominator[one]
        else:
            other = dominator[other]
    return one


def meeting(program: Program, nodes: Sequence[Node], one: str, other: str) -> str | None:
    """The first node that needs both."""
    above = {one: {one}, other: {other}}
    users: dict[str, list[str]] = {}
    for node in nodes:
        for path in node.input_paths:
            users.setdefault(path, []).append(node.path)
    for start, found in above.items():
        waiting = [start]
        while waiting:
            for user in users.get(waiting.pop(), ()):
                if user not in found:
                    found.add(user)
                    waiting.append(user)
    common = above[one] & above[other]
    return next((node.path for node in nodes if node.path in common), None)
