"""The settings of a `train` block: what each takes. What is not written has the value of `TypedTraining`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple


class TrainSetting(NamedTuple):
    """What one setting takes: `expected` in words, and for a literal its kind and its limits."""

    expected: str
    kind: str = ""
    """`int` or `float`; empty for what is not a number."""
    least: float = -math.inf
    most: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    choices: tuple[str, ...] = ()

    def takes(self, value: object) -> bool:
        """Whether a literal is one of this setting."""
        if self.choices:
            return value in self.choices
        if isinstance(value, bool) or not isinstance(value, int if self.kind == "int" else int | float):
            return False
        return self.least <= value <= self.most and self.above < value < self.below


TRAIN_SETTINGS: Mapping[str, TrainSetting] = {
    "data": TrainSetting('`load("pairs.jsonl")`'),
    "loss": TrainSetting("the name of a loss: `edit_distance`"),
    "valid": TrainSetting("a number from 0 to less than 1", "float", least=0, below=1),
    "keep": TrainSetting('"always", "not_worse" or "better"', choices=("always", "not_worse", "better")),
    "epochs": TrainSetting("a whole number from 1", "int", least=1),
    "batch": TrainSetting("a whole number from 1", "int", least=1),
    "lr": TrainSetting("a number over 0, at most 1", "float", above=0, most=1),
    "seed": TrainSetting("a whole number from 0", "int", least=0),
}
