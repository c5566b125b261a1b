"""A coder without a model: one sequence that opens a session, types a command letter by letter and runs it."""

import tempfile

from hdsl import (
    ft_make_forwarded,
    ft_sequential,
    ft_sleep,
    ft_tmux_capture_pane,
    ft_tmux_create_session,
    ft_tmux_send_ctrl,
    ft_tmux_send_text,
    make_tensor,
)

COMMAND = "echo hardcoded hello"


def coder(folder, name):
    session = ft_make_forwarded(folder, [1], [name])
    steps = [ft_tmux_create_session(session), ft_sleep(session, 0.3)]
    for letter in COMMAND:
        steps.append(ft_tmux_send_text(ft_make_forwarded(folder, [1], [letter]), session))
    steps.append(ft_tmux_send_ctrl(ft_make_forwarded(folder, [1], ["Enter"]), session))
    steps.append(ft_sleep(session, 1.0))
    steps.append(ft_tmux_capture_pane(session))
    return ft_sequential(*steps)


with tempfile.TemporaryDirectory() as folder:
    output = coder(folder, "porting_hardcoded")
    output.ft_forward(make_tensor(["go"], folder))
    sure, path = output.ft_get_materialized_value([0])
    with open(path, encoding="utf-8") as file:
        screen = file.read()
    print(screen)
    assert output.ft_forwarded is True
    assert sure > 0
    assert "hardcoded hello" in [line.strip() for line in screen.splitlines()]
print("done")
