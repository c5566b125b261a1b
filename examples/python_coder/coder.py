"""The coder in Python: two chained experts work in a terminal, until a command has run and the prompt is empty again.

    python examples/python_coder/coder.py "print hello world"

The first expert decides what to do from what the terminal shows, the second knows how. All operations but the
validator are shared; what the coder can do stands in the two experience tensors.
"""

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from hdsl import (
    FutureTensor,
    Status,
    ft_expand,
    ft_expert,
    ft_make_forwarded,
    ft_recurrent,
    ft_sequential,
    ft_sleep,
    ft_switch,
    ft_tmux_capture_pane,
    ft_tmux_create_session,
    ft_tmux_send_ctrl,
    ft_tmux_send_text,
    ft_unsqueeze,
    lift,
    make_tensor,
)

TURNS = 30
PAUSE = 0.2
"""Seconds between an action and the look at what came of it."""
FAILED = 3

# What is wanted and seen → what to do: text:… is typed, ctrl:… is pressed.
DECISIONS = [
    ["print hello world $", "$", "text:type the command"],
    ["print hello world $ echo hello world", "$ echo hello world", "ctrl:run what is typed"],
    ["list the files $", "$", "text:type the command"],
    ["list the files $ ls -a", "$ ls -a", "ctrl:run what is typed"],
]

# What to do → exactly what is typed, or which key is pressed.
COMMANDS = [
    ["text: type the command print hello world", "text:type the command", "echo hello world"],
    ["text: type the command list the files", "text:type the command", "ls -a"],
    ["ctrl: run what is typed print hello world", "ctrl:run what is typed", "Enter"],
    ["ctrl: run what is typed list the files", "ctrl:run what is typed", "Enter"],
]


def ft_coder_validator(screen: FutureTensor) -> FutureTensor:
    """Fails a screen until a command has run on it and the prompt is empty again."""

    def judge(text: str) -> tuple[str, Status]:
        idle = text.rstrip().endswith("\n$")
        if idle and re.search(r"^\$ \S", text, re.MULTILINE):
            return text, Status.confidence(1.0)
        return text, Status.self_confidence_but_failed(0.5 if idle else 0.1, "the prompt is not idle yet")

    return lift(judge, [screen])


def coder(
    folder: Path, name: str, validator: Callable[[FutureTensor], FutureTensor] = ft_coder_validator
) -> FutureTensor:
    """The graph `[1]` over a session of this name; its tensors are kept in `folder`."""
    session = ft_tmux_create_session(ft_make_forwarded(folder, [1], [name]))
    workspace = ft_expand(ft_unsqueeze(session, 1), [1, TURNS])

    capture = ft_tmux_capture_pane(workspace)
    decision = ft_expert(
        capture, make_tensor(DECISIONS, folder), "Decide what to do next.", topk=2, skip_query_gen=True
    )
    command = ft_expert(
        decision, make_tensor(COMMANDS, folder), "Give exactly what to type or press.", topk=2, skip_query_gen=True
    )
    sent = ft_switch(
        decision,
        [
            ("text", "type", "types text at the prompt", ft_tmux_send_text(command, workspace)),
            ("ctrl", "press", "presses a key", ft_tmux_send_ctrl(command, workspace)),
        ],
    )
    turn = ft_sequential(sent, ft_sleep(capture, PAUSE), capture)
    return ft_recurrent(validator(turn))


def main(task: str) -> int:
    """Does a task and prints the last screen; 3 where it could not be done."""
    with tempfile.TemporaryDirectory() as folder:
        done = coder(Path(folder), "coder")
        done.ft_forward(make_tensor([task], folder))
        coefficient, screen = done.ft_get_materialized_value([0])
        print(screen.read_text(encoding="utf-8"))
    return FAILED if coefficient < 0 else 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:]) or "print hello world"))
