"""The operations of std.terminal and the ft_tmux_ functions, on a real tmux."""

import asyncio
import shutil
import time

import pytest

from hdsl.future.context import RunContext, RunEnded, use_context
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import run_sync
from hdsl.future.status import Status
from hdsl.future.trajectory import NO_TRAJECTORY
from hdsl.ops import terminal as operations
from hdsl.ops import terminal_api as api
from hdsl.ops.element import apply_operation
from hdsl.ops.expand import expand
from hdsl.ops.recurrent import recurrent
from hdsl.ops.sequential import sequential
from hdsl.ops.site import Site
from hdsl.terminal import Terminal, TerminalMissing

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


@pytest.fixture
def terminal(tmp_path):
    async def new():
        return Terminal(tmp_path)

    made = run_sync(new())
    with use_context(RunContext(terminal=made)):
        yield made
    run_sync(made.close())


def texts(folder, *given):
    async def get(coordinates, trajectory):
        return given[coordinates[-1]], Status.confidence(1.0)

    return FutureTensor(folder, get, [len(given)])


def apply(function, inputs, sessions=(), **options):
    return apply_operation(function, inputs, options, Site(sessions=sessions))


def opened(shape=(1,)):
    return apply_operation(operations.open_session, [None], {}, Site(shape=shape))


def pull(future, *coordinates, trajectory=NO_TRAJECTORY):
    return run_sync(future.ft_async_get(coordinates, trajectory))


def written(tmp_path, shell, *actions):
    """Does the actions one after the other and waits, outside any loop."""
    for action in actions:
        text, status = pull(apply(operations.send_keys, [texts(tmp_path, action), shell], (False, True)), 0)
        assert (text, status.failed) == (action, False)
    return pull(apply(operations.wait_idle, [shell], (True,), timeout=60.0), 0)[0]


def test_type_press_wait_capture(terminal, tmp_path):
    shell = opened()
    assert written(tmp_path, shell, "T echo  'a b'", "C Enter").endswith("\na b\n$")
    for function, text in [(operations.send_text, "true"), (operations.send_key, "Enter")]:
        assert pull(apply(function, [texts(tmp_path, text), shell], (False, True)), 0)[0] == text
    text, status = pull(apply(operations.send_key, [texts(tmp_path, "Entr"), shell], (False, True)), 0)
    assert status.cause.startswith("ValueError: no key is named 'Entr'")
    pull(apply(operations.wait_idle, [shell], (True,), timeout=60.0), 0)
    assert pull(apply(operations.capture, [shell], (True,)), 0)[0].endswith("$")


def test_run_is_what_a_command_printed_and_fails_by_its_exit_status(terminal, tmp_path):
    shell = opened()

    def ran(command, timeout=60.0, **options):
        given = apply(operations.run, [texts(tmp_path, command), shell], (False, True), timeout=timeout, **options)
        return pull(given, 0)

    failing = "printf 'one\\ntwo\\n'; (exit 3)"
    assert ran("printf 'one\\ntwo\\n'") == ("one\ntwo", Status.confidence(1.0))
    text, status = ran(failing)
    assert (text, status.failed, status.cause) == ("one\ntwo", True, f"`{failing}` ended with 3, not 0:\none\ntwo")
    assert [ran(failing, code=code)[1].failed for code in (-1, 3, 4)] == [False, False, True]
    text, status = ran("echo one; sleep 100", timeout=2.0, code=-1)
    assert (text, status.cause.splitlines()[1:]) == ("one\n^C", ["one", "^C"])
    assert status.cause.startswith("`echo one; sleep 100` did not end within 2 s, and was interrupted:")
    assert ran("PS1='> '", code=-1)[1] == Status.confidence(1.0)
    assert ran("true")[1].cause == "`true` ended, and its shell does not tell with which exit status"
    pull(apply(operations.send_text, [texts(tmp_path, "half a line"), shell], (False, True)), 0)
    assert ran("true")[1].cause == "`true` was not run: the prompt is not empty"


def test_capture_shows_as_many_lines_that_have_scrolled_off_as_are_asked_for(terminal, tmp_path):
    shell = opened()
    pull(
        apply(operations.run, [texts(tmp_path, f"seq 1 300; echo {'x' * 300}"), shell], (False, True), timeout=60.0), 0
    )
    screen, history = (pull(apply(operations.capture, [shell], (True,), lines=lines), 0)[0] for lines in (0, 1000))
    assert "\n1\n2\n3\n" not in screen
    assert "\n1\n2\n3\n" in history
    assert "x" * 300 in screen
    cause = pull(apply(operations.capture, [shell], (True,), lines=-1), 0)[1].cause
    assert cause == "ValueError: lines is 0 or more, not -1"


def test_each_element_has_a_session_of_its_own(terminal):
    shell = opened((2,))
    assert pull(shell, 0) != pull(shell, 1)
    assert pull(shell, 0) == pull(shell, 0)


def test_without_tmux_the_run_ends(terminal, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RunEnded, match="terminals need tmux") as raised:
        pull(opened(), 0)
    assert isinstance(raised.value.__cause__, TerminalMissing)


def test_sleep_waits(terminal):
    started = time.monotonic()
    assert pull(apply(operations.sleep, [opened()], (True,), seconds=0.2), 0)[0] == ""
    assert time.monotonic() - started >= 0.2


def test_until_idle_says_what_is_missing(terminal, tmp_path):
    shell, screen = opened(), texts(tmp_path, "the screen")
    in_loop = NO_TRAJECTORY.enter("goal", 3)

    def checked(trajectory=in_loop):
        return pull(apply(operations.until_idle, [screen, shell], (False, True)), 0, trajectory=trajectory)

    assert checked() == ("the screen", Status.failed_because("no command has ended yet"))
    written(tmp_path, shell, "T sleep 0.4")
    assert checked()[1].cause == "the prompt is not empty"
    run_sync(terminal.session(pull(shell, 0)[0]).send_key("Enter"))
    assert checked()[1].cause == "a command is still running"
    written(tmp_path, shell)
    assert checked() == ("the screen", Status.confidence(1.0))
    later = NO_TRAJECTORY.enter("goal", 3)
    assert checked(later)[1].cause == "no command has ended yet"


def test_until_exit_runs_beside_the_pane(terminal, tmp_path):
    shell, screen = opened(), texts(tmp_path, "the screen")
    (tmp_path / "inner").mkdir()
    before = written(tmp_path, shell, "T cd inner; export NAME=value", "C Enter")

    def checked(command, **options):
        return pull(apply(operations.until_exit, [screen, shell], (False, True), command=command, **options), 0)

    assert checked('test -z "$NAME" && test ${PWD##*/} = inner') == ("the screen", Status.confidence(1.0))
    assert checked("exit 3", code=3)[1].is_confidence
    text, status = checked("echo two failed; exit 1")
    assert (text, status.cause) == ("the screen", "`echo two failed; exit 1` ended with 1, not 0:\ntwo failed")
    assert checked("sleep 20", timeout=0.2)[1].cause == "`sleep 20` did not end within 0.2 s"
    assert pull(apply(operations.capture, [shell], (True,)), 0)[0] == before


def test_idle_gate(terminal, tmp_path):
    shell = opened()

    def passed(keys):
        return pull(apply(operations.idle_gate, [texts(tmp_path, keys), shell], (False, True)), 0)

    assert passed("T ls") == ("T ls", Status.confidence(1.0))
    written(tmp_path, shell, "T typed")
    assert passed("T ls") == ("", Status.confidence(1.0))
    assert passed("C Enter")[0] == "C Enter"


@pytest.mark.parametrize(("pattern", "shown"), [(r"^\$ *$", "true"), ("^nothing$", "false")])
def test_prompt_shown(tmp_path, pattern, shown):
    screen = texts(tmp_path, "out\n$\nmore")
    assert pull(apply(operations.prompt_shown, [screen], pattern=pattern), 0)[0] == shown
    assert "is not a regular expression" in pull(apply(operations.prompt_shown, [screen], pattern="("), 0)[1].cause


def test_a_dead_shell_fails_its_elements_quickly(terminal, tmp_path):
    shell = opened()
    session = terminal.session(pull(shell, 0)[0])
    run_sync(session.send_text("exit"))
    run_sync(session.send_key("Enter"))
    for function, inputs in [(operations.wait_idle, [shell]), (operations.capture, [shell])]:
        status = pull(apply(function, inputs, (True,)), 0)[1]
        assert status.cause == "SessionGone: the shell of this terminal session has ended"


def test_a_loop_types_and_ends_when_its_command_has_ended(terminal, tmp_path):

    async def decide(coordinates, trajectory):
        return ["T echo hello", "C Enter", "T never"][coordinates[-1]], Status.confidence(1.0)

    actions = FutureTensor(tmp_path, decide, [1, 3])
    shells = expand(opened(), to=[1, 3], site=Site())
    before = apply(operations.capture, [shells], (True,))
    sent = apply(operations.send_keys, [actions, shells], (False, True))
    settled = apply(operations.wait_idle, [shells], (True,), timeout=60.0)
    turn = sequential(before, sent, settled, site=Site())
    checked = apply(operations.until_idle, [turn, shells], (False, True))
    result = recurrent(checked, site=Site())
    text, status = pull(result, 0)
    assert (text, status.failed) == ("$ echo hello\nhello\n$", False)
    assert [pull(before, 0, turn)[0] for turn in range(2)] == ["$", "$ echo hello"]


def test_functions_of_the_framework(terminal, tmp_path):
    names = texts(tmp_path, "workspace")
    handle = pull(api.ft_tmux_create_session(names), 0)[0]
    assert pull(api.ft_tmux_create_session(names), 0)[0] == handle
    screen = api.ft_tmux_capture_pane(names)
    shown = api.ft_ps1_shows_up(r"^\$ echo", screen)
    assert (pull(screen, 0)[0], pull(shown, 0)[0]) == ("$", "false")
    assert pull(api.ft_tmux_send_text(texts(tmp_path, "echo -n 'x'"), names), 0)[0] == "echo -n 'x'"
    gate = api.ft_terminal_idle_gate(texts(tmp_path, "T late"), names)
    assert pull(gate, 0)[0] == ""
    assert (pull(screen, 0)[0], pull(shown, 0)[0]) == ("$ echo -n 'x'", "true")
    assert pull(api.ft_tmux_send_ctrl(texts(tmp_path, "C-u"), names), 0)[0] == "C-u"
    assert pull(gate, 0)[0] == "T late"
    for keys in ("T ", "C BSpace", "ls", "C C-u"):
        assert pull(api.ft_tmux_send_keys(texts(tmp_path, keys), names), 0)[0] == keys
    complete = api.ft_tmux_speculative_complete(texts(tmp_path, "T a\nT b"), screen)
    assert pull(complete, 0)[0] == "T a"
    status = pull(api.ft_tmux_capture_pane(texts(tmp_path, "elsewhere")), 0)[1]
    assert status.cause == "SessionGone: there is no terminal session 'elsewhere'"


def test_a_named_session_that_ended_is_opened_anew(terminal, tmp_path):
    names = texts(tmp_path, "workspace")
    handle = pull(api.ft_tmux_create_session(names), 0)[0]

    async def end():
        await terminal.session(handle).send_text("exit")
        await terminal.session(handle).send_key("Enter")
        while not terminal.session(handle).ended:
            await asyncio.sleep(0.01)

    run_sync(end())
    assert pull(api.ft_tmux_create_session(names), 0)[0] != handle
    assert pull(api.ft_tmux_capture_pane(names), 0)[0] == "$"


def test_ft_sleep_does_not_pull_and_passes_gradients(tmp_path):
    async def never(coordinates, trajectory):
        raise AssertionError("pulled")

    given = FutureTensor(tmp_path, never, [2]).requires_grad_()
    slept = api.ft_sleep(given, 0.01)
    assert pull(slept, 1) == ("", Status.confidence(1.0))
    slept.backward()
    assert float(given.grad) == 1.0
