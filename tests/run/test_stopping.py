"""Signals and budgets of seconds end a run whatever its functions do; its record is complete, and nothing is left."""

import shutil
import signal
from pathlib import Path

import pytest

from benchmarks.breaking import blocking_functions
from tests.commands import finish, newest_run, start, until

PROGRAM = """hdsl 1

op wait(line: text[*S], folder: str) -> text[*S] = "waits:{function}"

harness waits(line: text[B]) -> text[B] {{
  budget(seconds={seconds})

  out: text[B] = wait(line, folder="{folder}")
  return out
}}
"""

CRASHES = """
import os


def crashes(line, *, folder):
    begun(folder)
    ctypes.string_at(0)


def leaves_with_9(line, *, folder):
    os._exit(9)


def leaves_with_0(line, *, folder):
    os._exit(0)
"""


def project(folder: Path, function: str, seconds: float = 600) -> Path:
    """A folder with a harness whose function does not end."""
    functions = Path(blocking_functions.__file__).read_text(encoding="utf-8")
    (folder / "waits.py").write_text(functions + CRASHES, encoding="utf-8")
    program = PROGRAM.format(function=function, seconds=seconds, folder=folder)
    (folder / "waits.hg").write_text(program, encoding="utf-8")
    return folder


def processes_naming(word: str) -> list[str]:
    """The command lines of all processes in which a word stands."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found


@pytest.fixture(autouse=True)
def interruptible() -> None:
    # A shell that starts tests in the background lets them ignore SIGINT, and so would the runs.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("function", "number"),
    [
        ("searches", signal.SIGINT),
        ("loops", signal.SIGTERM),
        ("sleeps", signal.SIGHUP),
        ("blocks_the_loop", signal.SIGTERM),
        ("is_isolated", signal.SIGINT),
    ],
)
def test_a_signal_ends_a_run_whatever_its_function_does(tmp_path: Path, function: str, number: signal.Signals) -> None:
    project(tmp_path, function)
    process = start("run", "waits.hg", "--line", "a", folder=tmp_path)
    assert until((tmp_path / "begun").exists, 60.0)
    process.send_signal(number)
    ended = finish(process)
    word = "interrupted" if number == signal.SIGINT else "terminated"
    assert (ended.code, ended.out) == (128 + number, "")
    assert ended.err.splitlines()[0] == f"hdsl run: {word}"
    assert "Traceback" not in ended.err
    record = newest_run(tmp_path).json
    assert (record["state"], record["exit"], record["reason"]) == (word, 128 + number, word)
    # What dies with the run is told to die when the run ends, and may still be doing so.
    assert until(lambda: not [line for line in processes_naming(str(tmp_path)) if "pytest" not in line.split()[:3]])


@pytest.mark.parametrize("function", ["searches", "starts_a_process", "leaves_a_thread", "will_not_be_cancelled"])
def test_a_spent_budget_ends_a_run_whatever_its_function_does(tmp_path: Path, function: str) -> None:
    project(tmp_path, function, seconds=0.5)
    ended = finish(start("run", "waits.hg", "--line", "a", folder=tmp_path))
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.splitlines()[0] == "hdsl run: the budget is spent: 0.5 s"
    assert "Traceback" not in ended.err
    record = newest_run(tmp_path).json
    assert (record["state"], record["exit"]) == ("stopped by a budget", 4)
    assert until(lambda: not processes_naming(f": {tmp_path}"))


def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    project(tmp_path, "will_not_be_cancelled")
    process = start("run", "waits.hg", "--line", "a", folder=tmp_path)
    assert until((tmp_path / "begun").exists, 60.0)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    assert finish(process).code in (128 + signal.SIGTERM, 128 + signal.SIGINT)
    assert newest_run(tmp_path).json["state"] in ("terminated", "interrupted")


def test_a_function_that_crashes_leaves_a_record_that_says_so(tmp_path: Path) -> None:
    project(tmp_path, "crashes")
    ended = finish(start("run", "waits.hg", "--line", "a", folder=tmp_path))
    assert ended.code == 128 + signal.SIGSEGV
    assert "SIGSEGV" in ended.err
    record = newest_run(tmp_path).json
    assert (record["state"], record["exit"]) == ("crashed", 128 + signal.SIGSEGV)


@pytest.mark.parametrize(("function", "given", "code"), [("leaves_with_9", 9, 9), ("leaves_with_0", 0, 1)])
def test_a_function_that_ends_the_process_leaves_a_record_that_says_so(
    tmp_path: Path, function: str, given: int, code: int
) -> None:
    project(tmp_path, function)
    ended = finish(start("run", "waits.hg", "--line", "a", folder=tmp_path))
    assert ended.code == code
    assert f"a function of the program ended the process, with exit code {given}" in ended.err
    record = newest_run(tmp_path).json
    assert (record["state"], record["exit"]) == ("crashed", code)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_an_isolated_function_is_given_texts_and_options(tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text(
        "import os\nimport hdsl\n\n@hdsl.isolated\ndef alone(line, *, mark):\n"
        "    print('noise')\n"
        "    if line == 'bad':\n        raise ValueError('no such line')\n"
        "    if line == 'gone':\n        os._exit(7)\n"
        "    return line + mark + str(os.getpid()), hdsl.Status.confidence(0.5)\n",
        encoding="utf-8",
    )
    (tmp_path / "alone.hg").write_text(
        'hdsl 1\n\nop alone(line: text[*S], mark: str = "!") -> text[*S] = "alone:alone"\n\n'
        "harness calls(line: text[B]) -> text[B] {\n  out: text[B] = alone(line)\n  return out\n}\n",
        encoding="utf-8",
    )
    words = [word for line in ("a", "b", "bad", "gone") for word in ("--line", line)]
    ended = finish(start("run", "alone.hg", *words, "--json", folder=tmp_path))
    assert ended.code == 3, ended.err
    first, second, bad, gone = ended.json["result"]
    assert (first["text"][:2], second["text"][:2], first["status"]) == ("a!", "b!", 0.5)
    assert first["text"][2:] != second["text"][2:]
    assert bad["cause"] == "IsolatedError: ValueError: no such line"
    assert gone["cause"] == "IsolatedError: the process of `alone` ended with exit code 7 without a result"
