"""Who learns in the lab: the plain row patch and the peers, each as one function of a task."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.lab import ours
from benchmarks.lab.peers_run import PEERS, run_peer
from benchmarks.lab.row_patch import RowPatch
from benchmarks.lab.scoring import Score
from benchmarks.lab.tasks import Task


@dataclass(frozen=True, slots=True)
class Learner:
    """One way to learn. `train` is None where what it needs is not installed."""

    title: str
    train: Callable[[Task], Score] | None
    is_peer: bool = False
    """Whether it runs in a process of its own."""
    chains: bool = True
    """Whether it learns programs of several nodes."""


def learners(python: str | None) -> Sequence[Learner]:
    """All of them; the peers run under the interpreter `python`, if there is one."""
    peers = [
        Learner(peer.title, None if python is None else partial(run_peer, peer, python=python), True) for peer in PEERS
    ]
    return [
        Learner("plain row patch", lambda task: RowPatch(task).train(), chains=False),
        Learner("**hdsl**", partial(ours.train, batch=1, validated=False)),
        Learner("**hdsl, validated, batch 12**", partial(ours.train, batch=12, validated=True)),
        *peers,
    ]
