"""Examples run one by one, forward and, where it is wanted, backward: here, or wherever an executor has workers.

Whoever trains, reflects or scores asks for rollouts and does not know where they are made. What comes out is the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hdsl.experience.training_data import Example
from hdsl.kernel.request import Usage
from hdsl.learn.forward import Scored, run_examples
from hdsl.learn.losses import Loss
from hdsl.learn.module import HarnessModule
from hdsl.ops.passing import element_of
from hdsl.storage.layout import all_coordinates

Backward = Callable[[HarnessModule, Scored], Any]
"""Runs the backward of an example, and is what is wanted of it: None, or a dataclass that `hdsl.ground.plain` takes.

It can be pickled: a function of a module, or a dataclass that is called."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One example that was run. What its backward teaches waits for the tables of the module.

    `text`: the result as one text. `forward`: what its model calls cost; `usage`: those of its backward with them.
    `found`: what the backward returned.
    """

    line: int
    loss: float
    text: str
    forward: Usage
    usage: Usage
    found: Any = None


class Rollouts(Protocol):
    """Who runs examples."""

    shares_memory: bool
    """Whether backwards see what this process holds, and change it."""

    def run(
        self,
        module: HarnessModule,
        examples: Sequence[Example],
        loss: Loss,
        scope: str,
        backward: Backward | None = None,
        at_once: int | None = None,
    ) -> Iterator[Rollout]:
        """The rollouts of examples, in their order. `at_once`: how many are run concurrently in one process, at most.

        `scope` tells what they ask from what others ask of the same record. Raises what running raises.
        """
        ...


class Here:
    """Runs examples in this process."""

    shares_memory = True

    def run(
        self,
        module: HarnessModule,
        examples: Sequence[Example],
        loss: Loss,
        scope: str,
        backward: Backward | None = None,
        at_once: int | None = None,
    ) -> Iterator[Rollout]:
        """See Rollouts."""
        size = at_once or max(1, len(examples))
        for start in range(0, len(examples), size):
            with run_examples(module, examples[start : start + size], loss, scope) as scored:
                for each in scored:
                    forward = each.usage
                    found = None if backward is None else backward(module, each)
                    yield Rollout(each.example.line, each.loss, _text(module, each), forward, each.usage, found)


HERE: Rollouts = Here()


def teach(module: HarnessModule, scored: Scored) -> None:
    """The backward of an example, for what it teaches alone."""
    scored.backward()


def _text(module: HarnessModule, scored: Scored) -> str:
    node = scored.lowered.seen[module.program.result].ft_node
    entries = (element_of((node, at)) for at in all_coordinates(node.shape))
    return "\n".join("" if entry is None else entry.text for entry in entries)
