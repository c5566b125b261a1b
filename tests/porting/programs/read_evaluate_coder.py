"""A coder that is taught while it works: a few turns, a look by the teacher, who writes rows, and on it goes."""

import re
import tempfile

import sympy

from hdsl import (
    FutureTensor,
    Status,
    ft_expand,
    ft_expert,
    ft_make_forwarded,
    ft_mean,
    ft_ps1_shows_up,
    ft_recurrent,
    ft_sequential,
    ft_sleep,
    ft_switch,
    ft_terminal_idle_gate,
    ft_tmux_capture_pane,
    ft_tmux_create_session,
    ft_tmux_send_keys,
    ft_tmux_speculative_complete,
    make_tensor,
    st_setitem,
)

TURNS = 24
ROWS = 4


def prompt_of(task, examples, text, trajectory):
    return f"{trajectory}\n\n{task}\n\nExamples:\n{examples}\n\nTerminal:\n{text}\n\nThe keys:"


class Teacher:
    """Knows nothing of the graph: writes tasks, and rows of experience, one for each look."""

    def __init__(self, experience, task):
        self.experience, self.task, self.rows = experience, task, 0

    def look(self):
        st_setitem(self.task, [0], "Give keys: T types, C presses.")
        if self.rows < ROWS:
            for column, text in enumerate(["empty prompt\n$", "an empty prompt", "T echo taught hello\nC Enter"]):
                st_setitem(self.experience, [self.rows, column], text)
            self.rows += 1


def finished(body):
    async def judge(coordinates, trajectory):
        screen, _ = await body.ft_async_get(coordinates, trajectory)
        if "taught hello" in [line.strip() for line in screen.splitlines()]:
            return screen, Status.confidence(1.0)
        return "", Status.self_confidence_but_failed(0.9)

    future = FutureTensor(body.ft_static_tensor.st_relative_to, judge, [sympy.Integer(1), sympy.Integer(TURNS)])
    future.ft_capacity_shape = [1, TURNS]
    future.requires_grad_(True)
    return future


with tempfile.TemporaryDirectory() as folder:
    session = ft_make_forwarded(folder, [1], ["porting_taught"])
    ft_sequential(ft_tmux_create_session(session), ft_sleep(session, 0.3)).ft_forward(make_tensor(["open"], folder))

    experience = make_tensor([["", "", ""] for _ in range(ROWS)], folder)
    task = make_tensor([""], folder)
    task.requires_grad_(True)
    teacher = Teacher(experience, task)

    workspace = ft_expand(ft_make_forwarded(folder, [1, 1], ["porting_taught"]), [1, TURNS])
    pattern = ft_expand(ft_make_forwarded(folder, [1, 1], [r"\$\s*$"]), [1, TURNS])
    screen = ft_tmux_capture_pane(workspace)
    keys = ft_expert(screen, experience, task, output_prompt=prompt_of, topk=2, skip_query_gen=True)
    sent = ft_tmux_send_keys(ft_terminal_idle_gate(ft_tmux_speculative_complete(keys, screen), workspace), workspace)
    after = ft_tmux_capture_pane(workspace)
    waited = ft_switch(
        ft_ps1_shows_up(pattern, after),
        [
            ("true", "done", "the prompt is back", after),
            (
                "false",
                "wait",
                "a command runs",
                ft_sequential(ft_sleep(workspace, 0.3), ft_tmux_capture_pane(workspace)),
            ),
        ],
    )
    body = ft_sequential(sent, ft_sleep(workspace, 0.2), waited)
    output = ft_recurrent(finished(body), step_budget=3)

    prompt = make_tensor(["Greet in the terminal."], folder)
    steps = 0
    while steps < TURNS:
        steps += 1
        output.ft_forward(prompt)
        if output.ft_forwarded:
            break
        ft_mean(output).backward()
        teacher.look()

    with open(output.ft_get_materialized_value([0])[1], encoding="utf-8") as file:
        shown = file.read()
    print(shown)
    assert steps > 1
    assert teacher.rows > 0
    assert re.search(r"^taught hello\s*$", shown, re.MULTILINE)
print("done")
