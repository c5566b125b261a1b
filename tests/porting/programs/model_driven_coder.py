"""A coder of two chained experts: one says what to do from what the terminal shows, the other what exactly to type."""

import tempfile

import sympy

from hdsl import (
    FutureTensor,
    Status,
    ft_expand,
    ft_legacy_expert,
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

TURNS = 20
DECISIONS = [
    ["empty prompt", "nothing stands behind the prompt", "text:type a command"],
    ["prompt with a command", "a command stands behind the prompt", "ctrl:run it"],
]
COMMANDS = [
    ["text: type a command", "greet", "echo model hello"],
    ["ctrl: run it", "press Enter", "Enter"],
]


def finished(body):
    async def judge(coordinates, trajectory):
        screen, _ = await body.ft_async_get(coordinates, trajectory)
        if "model hello" in [line.strip() for line in screen.splitlines()]:
            return screen, Status.confidence(1.0)
        return "", Status.self_confidence_but_failed(0.5)

    return FutureTensor(body.ft_static_tensor.st_relative_to, judge, [sympy.Integer(1), sympy.Integer(TURNS)])


def coder(folder, name):
    session = ft_make_forwarded(folder, [1], [name])
    ft_sequential(ft_tmux_create_session(session), ft_sleep(session, 0.3)).ft_forward(make_tensor(["open"], folder))
    workspace = ft_expand(ft_make_forwarded(folder, [1, 1], [name]), [1, TURNS])
    screen = ft_tmux_capture_pane(workspace)
    decision = ft_legacy_expert(
        screen,
        make_tensor(DECISIONS, folder),
        task_prompt="Say what to do next.",
        topk=2,
        llm_method="raw_llm_api",
        skip_query_gen=True,
    )
    command = ft_legacy_expert(
        decision,
        make_tensor(COMMANDS, folder),
        task_prompt="Say exactly what to type or press.",
        topk=2,
        llm_method="raw_llm_api",
        skip_query_gen=True,
    )
    sent = ft_switch(
        decision,
        [
            ("text", "type", "types the text", ft_tmux_send_text(command, workspace)),
            ("ctrl", "press", "presses the key", ft_tmux_send_ctrl(command, workspace)),
        ],
    )
    return ft_recurrent(finished(ft_sequential(sent, ft_sleep(workspace, 0.5), screen)))


with tempfile.TemporaryDirectory() as folder:
    output = coder(folder, "porting_model")
    output.ft_forward(make_tensor(["Greet by model hello."], folder))
    with open(output.ft_get_materialized_value([0])[1], encoding="utf-8") as file:
        screen = file.read()
    print(screen)
    assert "model hello" in screen
print("done")
