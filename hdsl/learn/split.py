"""Which examples train and which validate, and the order in which they are seen; the same for the same seed."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


def split(examples: Sequence[Item], valid: float, seed: int) -> tuple[list[Item], list[Item]]:
    """The examples to train on and those to validate with, a share of `valid`; one at least is trained on."""
    count = min(round(len(examples) * valid), len(examples) - 1)
    chosen = set(Random(f"split {seed}").sample(range(len(examples)), max(count, 0)))
    training = [example for number, example in enumerate(examples) if number not in chosen]
    return training, [examples[number] for number in sorted(chosen)]


def batches(examples: Sequence[Item], size: int, seed: int, epoch: int) -> Iterator[list[Item]]:
    """The examples in the order of an epoch, in batches; the last may be smaller."""
    order = list(examples)
    Random(f"epoch {epoch} {seed}").shuffle(order)
    for start in range(0, len(order), size):
        yield order[start : start + size]
