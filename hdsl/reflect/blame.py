"""Which nodes the loss of each example is put on: what its backward said, weighed by what all examples say.

A backward sees one example. Where several inputs would have led to the right answer, it cannot know which step was
wrong, and takes one of them. All examples together know more:

- A request that others were answered rightly on is hardly answered wrongly here: what came before it is.
- A request of which all that went wrong want the same other answer needs that answer; one of which they want
  different ones was itself a mistake of what came before.
- An answer that several examples go wrong by explains more than one that is this example's alone.

So each answer of a node that knows something (a table, or the model) has a suspicion: the share of the wrong examples
that it explains (Ochiai's coefficient, of the localisation of faults by tests), times how far those agree on what it
should be, and a little more where the backward of the example blames it too, and the backward passes of the others do
not want something else there, as they do where they guess. The loss goes to the most suspicious; of equals to the
last, as a wrong answer of an earlier step mostly is a request that others are answered rightly on.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose, sqrt

from hdsl.reflect.said import Said
from hdsl.reflect.traced import Traced

SEEN_BY_BACKWARD = 1.1
"""How much more an answer is suspected that the backward of the example blames too."""

_Answer = tuple[str, str]
"""An answer of a node: the node, and what it was asked."""


@dataclass(slots=True)
class _Counted:
    """What all examples say of one answer: how many used it; of the wrong ones what was wanted, of it and in all."""

    right: int = 0
    wrong: int = 0
    wanted: Counter[str] = field(default_factory=Counter)
    expected: Counter[str] = field(default_factory=Counter)


def to_blame(said: Said) -> int:
    """For how many elements a backward blames its node: those that were wrong where nothing else is held to be.

    It does for what its table learns, and for what goes no further; not for what is wanted of an input instead.
    """
    taught = sum(1 for each in said.taught if not each.is_right)
    if taught:
        return taught
    if any(not each.is_right for each in said.passed):
        return 0
    return sum(1 for each in said.judged if not each.is_right)


def blamed_by_backward(trace: Traced) -> dict[str, int]:
    """For how many elements the backward of an example blames which node."""
    blamed: Counter[str] = Counter()
    for said in trace.said:
        if said.node:
            blamed[said.node] += to_blame(said)
    return {node: count for node, count in blamed.items() if count}


def shares(traces: Sequence[Traced], knowing: Collection[str]) -> list[dict[str, float]]:
    """For each example the nodes that its loss is put on, in shares of 1; none for one that is right, or unexplained.

    `knowing`: the nodes that know something, and can be wrong in it.
    """
    counted = _counted(traces, knowing)
    wrong = sum(1 for trace in traces if trace.loss > 0)
    return [_shares(trace, counted, wrong, knowing) if trace.loss > 0 else {} for trace in traces]


def _shares(
    trace: Traced, counted: Mapping[_Answer, _Counted], wrong: int, knowing: Collection[str]
) -> dict[str, float]:
    blamed = blamed_by_backward(trace)
    suspicions: dict[str, float] = {}
    for each in trace.evaluated:
        if each.node in knowing and each.request is not None:
            known = counted[each.node, each.request]
            is_seen = each.node in blamed and _agreement(known.wanted) == 1.0
            found = _suspicion(known, wrong) * (SEEN_BY_BACKWARD if is_seen else 1.0)
            suspicions[each.node] = max(suspicions.get(each.node, 0.0), found)
    if not blamed:
        return {}
    most = max(suspicions.values(), default=0.0)
    if most <= 0.0:
        whole = sum(blamed.values())
        return {node: count / whole for node, count in blamed.items()}
    return {[node for node, suspicion in suspicions.items() if isclose(suspicion, most)][-1]: 1.0}


def _suspicion(counted: _Counted, wrong: int) -> float:
    ochiai = counted.wrong / sqrt(wrong * (counted.wrong + counted.right))
    return ochiai * max(_agreement(counted.wanted), _agreement(counted.expected))


def _agreement(wanted: Counter[str]) -> float:
    """The share of those that want what most want; 0 where nothing is known."""
    return max(wanted.values()) / wanted.total() if wanted else 0.0


def _counted(traces: Sequence[Traced], knowing: Collection[str]) -> dict[_Answer, _Counted]:
    found: defaultdict[_Answer, _Counted] = defaultdict(_Counted)
    for trace in traces:
        wanted = {(said.node, each.at): each.better for said in trace.said for each in said.judged if not each.is_right}
        used: dict[_Answer, str | None] = {}
        for each in trace.evaluated:
            if each.node in knowing and each.request is not None:
                used[each.node, each.request] = wanted.get((each.node, each.at))
        for answer, better in used.items():
            if trace.loss > 0:
                found[answer].wrong += 1
                found[answer].expected[trace.expected] += 1
                if better is not None:
                    found[answer].wanted[better] += 1
            else:
                found[answer].right += 1
    return found
