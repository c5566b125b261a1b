"""Who learns in the lab: the plain row patch, hdsl, and the peers, each as one function of a task."""

import sys
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
    """One way to learn."""

    title: str
    train: Callable[[Task], Score]
    chains: bool = True
    """Whether it learns programs of several nodes."""


OURS = (
    Learner("plain row patch", lambda task: RowPatch(task).train(), chains=False),
    Learner("**hdsl**", partial(ours.train, batch=1, validated=False)),
    Learner("**hdsl, validated, batch 12**", partial(ours.train, batch=12, validated=True)),
)


def peers(python: str | None) -> Sequence[Learner]:
    """The peers, under the interpreter that they are installed for."""
    return [Learner(peer.title, partial(run_peer, peer, python=python or sys.executable)) for peer in PEERS]
