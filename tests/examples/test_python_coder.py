"""The coder as a Python script over the `ft_*` functions, on a real tmux with the embedded kernel."""

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from hdsl import FutureTensor, RunContext, Status, make_tensor, use_context
from hdsl.future.loop import run_sync
from hdsl.kernel.nearest import NearestKernel
from hdsl.terminal import Terminal
from tests import warm
from tests.commands import REPOSITORY

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

SCRIPT = REPOSITORY / "examples" / "python_coder" / "coder.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location("python_coder", SCRIPT)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for tensors, with a terminal of its own whose shells start beside it."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a_file").write_text("", encoding="utf-8")

    async def new() -> Terminal:
        return Terminal(tmp_path / "work")

    terminal = run_sync(new())
    with use_context(RunContext(kernel=NearestKernel(0.5), terminal=terminal)):
        yield tmp_path / "tensors"
    run_sync(terminal.close())


def done(output: FutureTensor, task: str, folder: Path) -> tuple[float, str]:
    output.ft_forward(make_tensor([task], folder))
    coefficient, screen = output.ft_get_materialized_value([0])
    return coefficient, screen.read_text(encoding="utf-8")


def noting(screens: list[str], folder: Path) -> Callable[[FutureTensor], FutureTensor]:
    """A validator as scripts write them that know nothing but FutureTensor; it notes what it judges."""

    def validator(screen: FutureTensor) -> FutureTensor:
        async def judge(coordinates: tuple[int, ...], trajectory: str) -> tuple[str, Status]:
            text, status = await screen.ft_async_get(coordinates, trajectory)
            screens.append(text)
            if status.failed or text.count("\n$") < 1 or not text.endswith("\n$"):
                return text, Status.self_confidence_but_failed(0.1)
            return text, Status.confidence(1.0)

        return FutureTensor(folder, judge, screen.ft_capacity_shape)

    return validator


def test_the_script_prints_hello_world() -> None:
    ended = warm.run([str(SCRIPT), "print hello world"], REPOSITORY)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == ["$ echo hello world", "hello world", "$"]


def test_the_same_graph_does_another_task(script: ModuleType, folder: Path) -> None:
    coefficient, screen = done(script.coder(folder, "lists"), "list the files", folder)
    assert coefficient == 1.0
    assert "a_file" in screen.split()


def test_a_task_without_experience_fails_after_all_turns(script: ModuleType, folder: Path) -> None:
    output = script.coder(folder, "unknown")
    coefficient, _ = done(output, "delete everything", folder)
    assert coefficient < 0
    assert (folder.parent / "work" / "a_file").exists()


def test_each_look_at_the_terminal_is_a_new_one(script: ModuleType, folder: Path) -> None:
    screens: list[str] = []
    coefficient, screen = done(script.coder(folder, "live", noting(screens, folder)), "print hello world", folder)
    assert coefficient == 1.0
    assert screens == ["$ echo hello world", "$ echo hello world\nhello world\n$"]
    assert screen == screens[-1]


def test_what_is_done_is_not_done_again(script: ModuleType, folder: Path) -> None:
    screens: list[str] = []
    output = script.coder(folder, "again", noting(screens, folder))
    first = done(output, "print hello world", folder)
    assert output.ft_forwarded
    assert done(output, "print hello world", folder) == first
    assert len(screens) == 2
