"""recurrent: evaluates its body turn by turn, the last dimension, and is the first turn that succeeded; absent ones are
passed over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending, Unfinished, pull_all
from hdsl.future.status import SMALLEST_CONFIDENCE, Status
from hdsl.future.trajectory import Trajectory
from hdsl.kernel.request import Step, Turn
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import element_coordinates, tensor_operation
from hdsl.ops.outcomes import ABSENT
from hdsl.ops.passing import element_of, give, judged_elements, refuse
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.pieces import better_pieces
from hdsl.ops.site import Site
from hdsl.storage.layout import flat_index
from hdsl.storage.store import Entry
from hdsl.tensor.gradients import Judged, judgement, text_gradient
from hdsl.tensor.text_tensor import home_of

FAILED_TURNS = 8

Accumulate = Callable[[str | None, str], str]
"""The text of a loop so far (None before its first turn) and a turn's text, joined."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a loop differs from the plain one."""

    accumulate: Accumulate | None = None
    not_bounded_succeeds: bool = False
    """Whether kConfidenceNotBounded counts as not failed."""
    step_budget: int | None = None
    """How many turns one pull may take; the next pull goes on from there."""
    failed_turns: int = FAILED_TURNS
    """How many of the failed turns, the surest first, learn from what the loop should have returned."""
    first_of_equals: bool = False
    """Whether of equally sure turns that failed the first is the result, and not the latest."""
    overflow_is_blank: bool = False
    """Whether a turn that overflowed has no text."""

    def prefers(self, best: Status | None, status: Status) -> bool:
        """Whether a later turn that failed is better than the best of those before; None: there is none."""
        if best is None:
            return True
        surer = _sureness(status) - _sureness(best)
        return surer > 0 or (surer == 0 and not self.first_of_equals)

    def counts_as_sure(self, status: Status) -> bool:
        """Whether a turn with this status has not failed, though it has no number."""
        return self.not_bounded_succeeds and status == Status.kConfidenceNotBounded

    def ends(self, status: Status) -> bool:
        """Whether a turn with this status is the last."""
        return status.is_confidence or status.is_kContextOverflow or self.counts_as_sure(status)


@dataclass(slots=True)
class _Progress:
    """Where the loop of one element stands."""

    trajectory: Trajectory
    shared: frozenset[tuple[Node, Coordinates]]
    """What is outside of the loop, and evaluated before its turns."""
    turn: int = 0
    best: Element | None = None
    """The surest of the turns that failed; None where all so far are absent."""
    text: str | None = None


class Recurrent(PassThrough):
    """Failed turns are caught; what ends the run is not. Numbers pass to body and goal, texts to the turns."""

    operation = "recurrent"

    @staticmethod
    def forward(ctx: Any, rules: Rules, name: str, body: FutureTensor, goal: FutureTensor | None) -> FutureTensor:
        """The scalar of the body's shape without its last dimension."""
        node = body.ft_node
        shape = node.shape[:-1]
        loop = _Loop(node, None if goal is None else goal.ft_node, rules)
        place = home_of(node.static)
        result = make_future(loop.evaluate, shape, place=place, name=name, sources=loop.sources, inline=True)
        result.ft_node.takes_turns = True
        ctx.about = lambda: {"topk_self_confidence_but_failed": rules.failed_turns}
        ctx.teach = partial(loop.teach, result.ft_node)
        return result


class _Loop:
    """The evaluation of all elements of one recurrent."""

    def __init__(self, body: Node, goal: Node | None, rules: Rules) -> None:
        self._body = body
        self._goal = goal
        self._rules = rules
        self._turns = body.shape[-1]
        self._started: dict[Coordinates, _Progress] = {}
        nodes = (body, goal)
        self.sources = sources_of(demand_of("loop", body.shape[:-1], nodes), nodes)
        """The goal and the first turn, by which an outer loop finds what is outside of it."""

    async def evaluate(self, coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
        """One element: the goal, then what the turns share, then turn after turn."""
        progress = self._started.pop(coordinates, None)
        if progress is None:
            goal = await self._pull_goal(coordinates, trajectory)
            if not goal[1].is_confidence:
                return goal
            shared = outside_of_loop(self._body, coordinates)
            await pull_all(shared, trajectory)
            progress = _Progress(trajectory.enter(goal[0], self._turns), frozenset(shared))
        return await self._take_turns(coordinates, progress)

    async def _take_turns(self, coordinates: Coordinates, progress: _Progress) -> Element:
        rules = self._rules
        budget = self._turns if rules.step_budget is None else rules.step_budget
        while progress.turn < self._turns:
            if budget == 0:
                self._started[coordinates] = progress
                raise Unfinished(progress.best or ("", Status.failed_because("no turn was taken")))
            budget -= 1
            text, status = await self._body.get((*coordinates, progress.turn), progress.trajectory)
            if status.is_absent:
                progress.trajectory = progress.trajectory.past(progress.turn)
                progress.turn += 1
                continue
            if rules.accumulate is not None:
                progress.text = rules.accumulate(progress.text, text)
            shown = text if progress.text is None else progress.text
            if rules.counts_as_sure(status):
                return shown, Status.confidence(1.0)
            if rules.ends(status):
                return ("" if status.failed and rules.overflow_is_blank else shown), status
            if rules.prefers(None if progress.best is None else progress.best[1], status):
                progress.best = (text, status)
            steps = steps_of(self._body, (*coordinates, progress.turn), progress.shared)
            progress.trajectory = progress.trajectory.after(progress.turn, Turn(text, True, status.cause, steps))
            progress.turn += 1
        text, status = progress.best or ABSENT
        return text if progress.text is None else progress.text, status

    async def _pull_goal(self, coordinates: Coordinates, trajectory: Trajectory) -> Element:
        if self._goal is None:
            return "", Status.confidence(1.0)
        return await self._goal.get(self._goal_at(self._goal, coordinates), trajectory)

    def teach(self, result: Node) -> None:
        """The turn that is the result learns what it should be; the surest failed ones learn to be it at once."""
        for coordinates, judged in judged_elements(result):
            turns = self._taken(coordinates)
            if not turns:
                continue
            number = _deciding(turns, self._rules)
            try:
                better = judged.better if self._rules.accumulate is None else _piece_of(turns, judged, number)
            except ValueError as error:
                refuse(result, coordinates, judged, str(error))
                continue
            give((self._body, (*coordinates, number)), judgement(turns[number].text, better, judged.count))
            for failed in self._surest_failed(turns, number):
                give((self._body, (*coordinates, failed)), text_gradient(turns[failed].text, better))

    def _taken(self, coordinates: Coordinates) -> dict[int, Entry]:
        """The turns up to the one that ended the loop by their numbers, in order, without those that are absent."""
        taken: dict[int, Entry] = {}
        for turn in range(self._turns):
            entry = element_of((self._body, (*coordinates, turn)))
            if entry is None:
                break
            status = _status(entry)
            if not status.is_absent:
                taken[turn] = entry
            if self._rules.ends(status):
                break  # what is known of later turns, somebody else has asked
        return taken

    def _surest_failed(self, turns: Mapping[int, Entry], deciding: int) -> list[int]:
        failed = [turn for turn, entry in turns.items() if turn != deciding and _status(entry).failed]
        return sorted(failed, key=lambda turn: -_sureness(_status(turns[turn])))[: self._rules.failed_turns]

    def _goal_at(self, goal: Node, coordinates: Coordinates) -> Coordinates:
        return element_coordinates(goal.shape, coordinates, self._body.shape[:-1])


def steps_of(body: Node, coordinates: Coordinates, shared: frozenset[tuple[Node, Coordinates]]) -> tuple[Step, ...]:
    """What the nodes of a turn that ask or write said, in the order of the file; an inner loop is one of them.

    `shared`: what is outside of the loop.
    """
    found: dict[tuple[int, Coordinates], Step] = {}
    seen = set(shared)
    waiting = [(body, coordinates)]
    while waiting:
        node, at = place = waiting.pop()
        if place in seen or not node.is_done(flat_index(at, node.shape)):
            continue
        seen.add(place)
        entry = element_of(place)
        if node.step is not None and entry is not None and not _status(entry).is_absent:
            found[node.step, at] = Step(node.name, entry.text, _status(entry).failed)
        if not node.takes_turns:
            waiting.extend(node.sources(at))
    return tuple(found[place] for place in sorted(found))


def outside_of_loop(body: Node, coordinates: Coordinates) -> list[tuple[Node, Coordinates]]:
    """The elements that the turns share, in the order the body reaches them.

    An element is in the loop if another turn asks another one: the body is walked as turn 0 and turn 1 would ask, and
    where both ask the same element it is outside, with all that it needs. Live nodes are looked at by the turns.
    """
    shared: dict[tuple[Node, Coordinates], None] = {}
    seen: set[tuple[Node, Coordinates]] = set()
    remaining = [(body, (*coordinates, 0), (*coordinates, 1))]
    while remaining:
        node, at_first, at_second = remaining.pop()
        if (node, at_first) in seen:
            continue
        seen.add((node, at_first))
        found = []
        for (source, first), (other, second) in zip(node.sources(at_first), node.sources(at_second), strict=True):
            if source is not other:
                continue  # of what is stacked along the turns each takes its own
            if first != second:
                found.append((source, first, second))
            elif not source.live:
                shared[source, first] = None
        remaining.extend(reversed(found))
    return list(shared)


@tensor_operation
def recurrent(body: FutureTensor, goal: FutureTensor | None = None, *, site: Site) -> FutureTensor:
    """The first turn of the body that did not fail; if all failed, the surest, the latest of equals, still failed."""
    return _looped(Rules(), site.name, body, goal)


@tensor_operation
def recurrent_all(body: FutureTensor, goal: FutureTensor | None = None, *, site: Site) -> FutureTensor:
    """Like recurrent, with the texts of all turns that were taken, one after the other on lines of their own."""
    return _looped(Rules(accumulate=_on_lines), site.name, body, goal)


def ft_recurrent(
    input: FutureTensor,
    topk_self_confidence_but_failed: int = 8,
    grad_input_prompt: object = None,
    task_prompt: object = "",
    llm_method: str = "raw_llm_api",
    llm_env: object = None,
    accumulate_output: Callable[[str, str], str] | None = None,
    step_budget: int | None = None,
) -> FutureTensor:
    """`recurrent` by hand, without a goal but the prompt it is pulled with; kConfidenceNotBounded does not fail.

    Where all turns failed it is the surest, of equals the first; one that overflowed has no text.
    `accumulate_output(so_far, output)` joins the turns' texts, beginning with "" and the first. After `step_budget`
    turns a pull stops, the element stays not computed, and the next pull goes on. In backward the turn that won learns,
    and as many of the surest of those that failed as are asked for. The other parameters are taken for compatibility;
    no kernel is asked by a loop.
    """
    rules = Rules(
        failed_turns=topk_self_confidence_but_failed,
        accumulate=None if accumulate_output is None else _from_first(accumulate_output),
        not_bounded_succeeds=True,
        step_budget=step_budget,
        first_of_equals=True,
        overflow_is_blank=True,
    )
    return _looped(rules, "", input, None)


def _looped(rules: Rules, name: str, body: FutureTensor, goal: FutureTensor | None) -> FutureTensor:
    if not body.ft_node.shape or body.ft_node.shape[-1] == 0:
        raise ValueError(f"a loop needs turns in the last dimension of its body, not {list(body.ft_node.shape)}")
    if rules.step_budget is not None and rules.step_budget < 1:
        raise ValueError(f"a step budget is at least 1, not {rules.step_budget}")
    return Recurrent.future(rules, name, body, goal)


def _sureness(status: Status) -> float:
    """How sure a failed element is of itself; the smallest where it has no number."""
    return -status.coefficient if status.is_self_confidence_but_failed else SMALLEST_CONFIDENCE


def _status(entry: Entry) -> Status:
    return Status(entry.coefficient, entry.cause)


def _deciding(turns: Mapping[int, Entry], rules: Rules) -> int:
    """The turn that is the loop's result: the last where it did not fail, else the surest."""
    best, *others = turns
    last = others[-1] if others else best
    if not _status(turns[last]).is_self_confidence_but_failed:
        return last
    for turn in others:
        if rules.prefers(_status(turns[best]), _status(turns[turn])):
            best = turn
    return best


def _piece_of(turns: Mapping[int, Entry], judged: Judged, deciding: int) -> str:
    """What of the better text belongs to the turn that decided."""
    texts = [turn.text for turn in turns.values()]
    if "\n".join(texts) != judged.text:
        raise ValueError("the turns of this loop are joined in a way that cannot be undone")
    return better_pieces(texts, "\n", judged.better)[list(turns).index(deciding)]


def _on_lines(so_far: str | None, text: str) -> str:
    return text if so_far is None else f"{so_far}\n{text}"


def _from_first(join: Callable[[str, str], str]) -> Accumulate:
    return lambda so_far, text: join(so_far or "", text)
