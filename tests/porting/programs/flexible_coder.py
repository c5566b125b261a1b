"""A coder that follows a plan: a switch types or presses, turn by turn, until the screen shows what it waits for."""

import asyncio
import tempfile

import sympy

from hdsl import (
    FutureTensor,
    Status,
    ft_expand,
    ft_make_forwarded,
    ft_recurrent,
    ft_sequential,
    ft_sleep,
    ft_switch,
    ft_tmux_capture_pane,
    ft_tmux_create_session,
    ft_tmux_send_ctrl,
    ft_tmux_send_text,
    make_tensor,
)

PLAN = [("text", "echo "), ("text", "flexible"), ("text", " hello"), ("ctrl", "Enter")]
TURNS = len(PLAN) + 40


def planned(folder, column):
    """What the plan says in each turn; after its end nothing is typed."""

    async def look(coordinates, prompt):
        turn = coordinates[-1]
        return PLAN[turn][column] if turn < len(PLAN) else ("text", "")[column], Status.confidence(1.0)

    future = FutureTensor(folder, look, [sympy.Integer(1), sympy.Integer(TURNS)])
    future.ft_capacity_shape = [1, TURNS]
    return future


def coder(folder, name):
    session = ft_make_forwarded(folder, [1, 1], [name])
    ft_sequential(ft_tmux_create_session(session), ft_sleep(session, 0.3)).ft_forward(make_tensor([["go"]], folder))
    workspace = ft_expand(session, [1, TURNS])
    kind, payload = planned(folder, 0), planned(folder, 1)
    act = ft_switch(
        kind,
        [
            ("text", "type", "types the text", ft_tmux_send_text(payload, workspace)),
            ("ctrl", "press", "presses the key", ft_tmux_send_ctrl(payload, workspace)),
        ],
    )
    screen = ft_tmux_capture_pane(workspace)

    async def judge(coordinates, prompt):
        await act.ft_async_get(coordinates, prompt)
        await asyncio.sleep(0.05)
        text, _ = await screen.ft_async_get(coordinates, prompt)
        done = coordinates[-1] >= len(PLAN) - 1 and "flexible hello" in [line.strip() for line in text.splitlines()]
        return (text, Status.confidence(1.0)) if done else ("", Status.self_confidence_but_failed(0.9))

    return ft_recurrent(FutureTensor(folder, judge, [sympy.Integer(1), sympy.Integer(TURNS)]))


with tempfile.TemporaryDirectory() as folder:
    output = coder(folder, "porting_flexible")
    output.ft_forward(make_tensor(["run the plan"], folder))
    with open(output.ft_get_materialized_value([0])[1], encoding="utf-8") as file:
        screen = file.read()
    print(screen)
    assert output.ft_forwarded is True
    assert "flexible hello" in screen
print("done")
