"""The local kernel on the real model: its answers, its errors, and that nothing is left of it."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import pytest

from hdsl.configuration.settings import Settings
from hdsl.kernel.local import LocalKernel
from hdsl.kernel.local_model import installed_model, local_model
from hdsl.kernel.request import Answer, KernelUnreachable, Label, Request
from tests.commands import finish, hdsl, newest_run, start, until

pytestmark = pytest.mark.model

SETTINGS = Settings(kernel="local", local_threads=1, local_context=1024, timeout=600.0)
ENVIRONMENT = {"HDSL_LOCAL_THREADS": "1", "HDSL_LOCAL_CONTEXT": "1024", "HDSL_TIMEOUT": "600"}
LABELS = (Label("billing"), Label("technical"))

TALKING = """hdsl 1

harness talk(question: text[B]) -> text[B] {
  answer: text[B] = llm(question, task="Write a very long story about the cat.")
  return answer
}
"""


def processes_of(parent: int) -> list[int]:
    """The model's processes that descend from a process."""
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        try:
            children = [*map(int, task.read_text().split())]
        except OSError:  # the thread has ended
            continue
        for child in children:
            found += processes_of(child)
            with contextlib.suppress(OSError):
                if b"local_server.py" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(child)
    return found


def is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def ask(settings: Settings, *requests: Request) -> list[Answer]:
    async def all_of_them() -> list[Answer]:
        kernel = LocalKernel(settings)
        try:
            return await asyncio.gather(*(kernel.answer(request) for request in requests))
        finally:
            await kernel.close()

    return asyncio.run(all_of_them())


def test_several_questions_by_one_process_whose_answers_are_within_their_type(
    capfd: pytest.CaptureFixture[str],
) -> None:
    requests = [Request("llm", text, task="Which desk?", labels=LABELS) for text in ("refund", "crash", "invoice")]
    answers = ask(SETTINGS, *requests)
    assert {answer.text for answer in answers} <= {"billing", "technical"}
    assert all(answer.usage.calls == 1 and answer.usage.prompt_tokens and not answer.refused for answer in answers)
    assert processes_of(os.getpid()) == []
    assert capfd.readouterr() == ("", "")


def test_the_same_question_has_the_same_answer() -> None:
    request = Request("llm", "The cat sat on the", task="Go on.", max_tokens=12)
    [first], [second] = ask(SETTINGS, request), ask(SETTINGS, request)
    assert first.text == second.text


def test_a_question_that_is_too_long_fails_alone() -> None:
    long, short = ask(
        SETTINGS,
        Request("llm", "word " * 3000, task="Which desk?", labels=LABELS),
        Request("llm", "refund", task="Which desk?", labels=LABELS),
    )
    assert long.overflowed and "context size" in long.refused
    assert short.text in ("billing", "technical")


def test_a_damaged_model_is_said_with_what_is_wrong(tmp_path: Path) -> None:
    whole = installed_model()
    assert whole is not None
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(whole.read_bytes()[: 1 << 22])
    (tmp_path / "talk.hg").write_text(TALKING)
    ended = hdsl(
        *("run", "talk.hg", "--question", "x", "--kernel", "local"),
        folder=tmp_path,
        environment={**ENVIRONMENT, "HDSL_LOCAL_MODEL": str(damaged)},
    )
    assert ended.code == 5
    assert "cannot be loaded" in ended.err and "corrupted or incomplete" in ended.err
    assert "Traceback" not in ended.err


def test_a_model_that_crashes_ends_the_run_at_once() -> None:
    async def crash() -> None:
        kernel = LocalKernel(SETTINGS)
        try:
            await kernel.answer(Request("llm", "refund", task="Which desk?", labels=LABELS))
            asking = asyncio.ensure_future(kernel.answer(Request("llm", "a cat", task="Write a long story.")))
            await asyncio.sleep(0)
            [process] = processes_of(os.getpid())
            os.kill(process, signal.SIGSEGV)
            with pytest.raises(KernelUnreachable, match=r"has ended while it answered.*SIGSEGV"):
                await asking
        finally:
            await kernel.close()

    asyncio.run(crash())


@pytest.mark.parametrize(("budget", "number", "code"), [("seconds=5", None, 4), ("seconds=600", signal.SIGINT, 130)])
def test_budgets_and_ctrl_c_end_a_run_while_the_model_writes(
    tmp_path: Path, budget: str, number: int | None, code: int
) -> None:
    (tmp_path / "talk.hg").write_text(TALKING.replace("{\n", f"{{\n  budget({budget})\n\n", 1))
    words = ("run", "talk.hg", "--question", "a cat", "--kernel", "local")
    command = start(*words, folder=tmp_path, environment={**ENVIRONMENT, "HDSL_MAX_TOKENS": "900"})
    assert until(lambda: bool(processes_of(command.pid)) or command.poll() is not None)
    processes = processes_of(command.pid)
    if number is not None:
        command.send_signal(number)
    else:  # however fast the machine is, the answer is not there in time
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)
    ended = finish(command)
    assert ended.code == code
    assert until(lambda: all(map(is_gone, processes)))
    assert newest_run(tmp_path).json["exit"] == code
    assert "llama" not in ended.out + ended.err


def test_the_model_ends_with_whoever_started_it_however_that_ends(tmp_path: Path) -> None:
    (tmp_path / "talk.hg").write_text(TALKING)
    words = ("run", "talk.hg", "--question", "a cat", "--kernel", "local")
    command = start(*words, folder=tmp_path, environment=ENVIRONMENT)
    assert until(lambda: bool(processes_of(command.pid)), seconds=60.0)
    processes = processes_of(command.pid)
    command.kill()
    finish(command)
    assert until(lambda: all(map(is_gone, processes)))


def test_the_installed_model_is_found_without_importing_its_package() -> None:
    assert local_model(SETTINGS).name.startswith("SmolLM2")
