"""The trajectory that travels down with a request: the goal of the loops it is in and what their turns returned.

It *is* the prompt so far, as text, in the format of `ft_recurrent`; its fields are the same in parts.
"""

from dataclasses import replace
from time import monotonic_ns

from hdsl.kernel.request import Position, Turn


class Trajectory(str):
    """The prompt so far. Outside a loop it is empty and `started` is 0."""

    __slots__ = ("goal", "positions", "started", "turns")

    goal: str
    turns: tuple[Turn, ...]
    positions: tuple[Position, ...]
    """Which turn of each loop it is, the outermost first."""
    started: int
    """`time.monotonic_ns()` when the innermost loop began; 0 outside a loop."""

    def __new__(
        cls,
        prompt: str = "",
        goal: str = "",
        turns: tuple[Turn, ...] = (),
        started: int = 0,
        positions: tuple[Position, ...] = (),
    ) -> "Trajectory":
        self = super().__new__(cls, prompt)
        self.goal = goal
        self.turns = turns
        self.started = started
        self.positions = positions
        return self

    def enter(self, goal: str, turns: int) -> "Trajectory":
        """The trajectory at turn 0 of a loop of so many turns with this goal, inside the loops of this one."""
        inside = f"{self}\n{goal}" if self and goal else goal or str(self)
        joined = f"{self.goal}\n{goal}" if self.goal and goal and self.goal != goal else goal or self.goal
        return Trajectory(inside, joined, self.turns, monotonic_ns(), (*self.positions, Position(0, turns)))

    def after(self, iteration: int, turn: Turn) -> "Trajectory":
        """The trajectory of the next turn of the innermost loop: this one with what turn `iteration` did."""
        prompt = f"{self}\n====[Iteration {iteration}]====\nOutput:\n\n{turn.text}\n\n"
        *outer, inner = self.positions
        taken = replace(turn, loop=len(outer))
        positions = (*outer, replace(inner, turn=iteration + 1))
        return Trajectory(prompt, self.goal, (*self.turns, taken), self.started, positions)

    def past(self, iteration: int) -> "Trajectory":
        """The trajectory of the next turn of the innermost loop where turn `iteration` is absent, and not shown."""
        *outer, inner = self.positions
        positions = (*outer, replace(inner, turn=iteration + 1))
        return Trajectory(str(self), self.goal, self.turns, self.started, positions)


NO_TRAJECTORY = Trajectory()


def as_trajectory(prompt: str) -> Trajectory:
    """A plain prompt, as hand-written code passes it, as a trajectory without turns."""
    return prompt if isinstance(prompt, Trajectory) else Trajectory(prompt, prompt)
