"""`hdsl compile --emit python`: every harness of every example gives the same trace as `hdsl run` does."""

import builtins
import importlib.util
import json
import keyword
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.record_examples import RUNS, recording_of
from hdsl.adapt.emitting import emitted_text
from hdsl.adapt.harness_tool import text_inputs
from hdsl.check.entry import CheckError, checked_module, programs_to_run
from hdsl.cli.emitted import main
from hdsl.cli.inputs import given_of
from hdsl.configuration.settings import load_settings
from hdsl.graph.program import Program
from hdsl.ground.errors import ELEMENT_FAILED, FINE
from hdsl.kernel.request import Request
from hdsl.run.asked import Asking
from hdsl.run.runnable import runnable_of
from hdsl.run.runner import Outcome, run_program, run_runnable
from hdsl.structure.structures import Choice, ListOf, Plain, Record, Structure
from tests.commands import REPOSITORY, Recorded, hdsl
from tests.servers.scripted_kernel import ScriptedKernel

EXAMPLES = REPOSITORY / "examples"
FILES = sorted(path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.hg"))
WORDS: Mapping[str, tuple[str, ...]] = {
    "assist": ("--question", "Find the opening hours.", "--question", "What is 6 times 7?", "--question", "Hello!"),
    "coder": ("--task", "print hello world"),
    "commit_message": ("--T", "2"),
    "debugger": ("--failure", "a zebra", "--T", "2"),
    "deployer": ("--task", "start the service", "--T", "2"),
    "desk": ("--question", "How do I get a refund?"),
    "locked": ("--version", "v2"),
    "rollback": ("--version", "v2"),
    "swe_agent": ("--issue", "it fails", "--T", "2"),
}
"""What a harness is given where it is neither recorded nor content with any text."""
PLACES = {"locked": "rollback", "rollback": "rollback", "debugger": "debugger/project", "deployer": "deployer"}
"""Where in the examples a harness works, if not at the top."""
BY_ROWS = {"assist", "coder", "commands", "desk", "locked", "rollback"}
"""Harnesses that are answered by their own rows; all that are neither this nor recorded, by their types."""
FAILS = {
    "commit_message": "git diff",  # no repository is there
    "debugger": "python3 -m pytest -q",  # nothing is repaired by `echo`
    "deployer": "python3 health.py",
    "swe_agent": "python -m pytest -q",
    "two_terminals": "curl",  # its address has a blank, so that no port is needed
}
"""Harnesses whose result fails here, as they need what is not there; and what of it fails."""


def answered_by_type(request: Request) -> str:
    """Something of the type that is asked for, another thing in each place; harmless if it is typed into a shell."""
    number = zlib.crc32(request.place.encode())
    if request.wanted is None:
        return "Enter" if request.input.startswith("key:") else f"echo {number % 97}"
    sample = sample_of(request.wanted, number)
    return sample if isinstance(sample, str) else json.dumps(sample)


def sample_of(structure: Structure, number: int) -> Any:
    match structure:
        case Plain(kind=kind):
            return {"text": f"echo {number % 97}", "int": number % 9, "float": number % 9 / 4, "bool": True}[kind]
        case ListOf(item=item):
            return [sample_of(item, number), sample_of(item, number + 1)]
        case Record(fields=fields):
            return {each.name: sample_of(each.structure, number + at) for at, each in enumerate(fields)}
        case Choice(labels=labels):
            label = labels[number % len(labels)]
            payload = f"echo {number % 97}" if label.payload is None else json.dumps(sample_of(label.payload, number))
            return label.text + payload if label.text.endswith(":") else label.text


def emitted(folder: Path, file: str, program: Program) -> ModuleType:
    out = folder / f"emitted_{program.name}.py"
    ended = hdsl("compile", file, "--harness", program.name, "--emit", "python", "--out", str(out), folder=folder)
    assert ended.code == 0, ended.err
    specification = importlib.util.spec_from_file_location(out.stem, out)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def trace_of(program: Program, outcome: Outcome) -> list[Any]:
    """What each evaluation came to; handles of sessions are other ones in each run."""
    run = Recorded(outcome.folder)
    sessions = {node.path for node in program.nodes.values() if node.type.kind == "session"}
    return sorted(
        (
            each["node"],
            each["coordinates"],
            each["status"],
            timeless(each.get("cause", "")),
            "" if each["node"] in sessions else timeless(run.text(each)),
        )
        for each in run.trace
    )


def timeless(text: str) -> str:
    """A text without how long something took, as test runners say it."""
    return re.sub(r"\d+\.\d+ ?s\b", "N s", text)


@pytest.mark.parametrize(
    "file", [pytest.param(file, marks=pytest.mark.slow) if number % 3 else file for number, file in enumerate(FILES)]
)
def test_each_example_gives_the_same_trace(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("runs"))
    _, module = checked_module(folder / file, str(folder / file))
    programs = programs_to_run(module)
    assert {program.name for program in programs} == set(module.harnesses)  # none is left out
    for program in programs:
        words = RUNS.get(file) or WORDS.get(program.name) or _any_words(program)
        kernel = f"replay:{recording_of(file)}" if file in RUNS else "nearest"
        configured = load_settings(folder, kernel=kernel)
        inputs = given_of(program, words, "hdsl run")
        harness = emitted(folder, file, program).HARNESS
        assert given_of(harness.signature, words, "hdsl run") == inputs
        found = []
        for runnable in (runnable_of(program), harness.runnable()):
            at = tmp_path / f"{program.name}-{len(found)}" / "examples"
            shutil.copytree(folder, at)
            monkeypatch.chdir(at / PLACES.get(program.name, "."))
            Path("pytest.py").write_text("raise SystemExit('1 failed')")  # a whole test runner would take seconds
            if file in RUNS or program.name in BY_ROWS:
                answers = harness.kernel(inputs, configured, Asking())
            else:
                answers = ScriptedKernel(answered_by_type)
            outcome = run_runnable(runnable, inputs, configured, answers)
            found.append((trace_of(program, outcome), outcome.code, outcome.reason, outcome.usage))
            monkeypatch.chdir(tmp_path)
        assert found[0][:2] == found[1][:2] and found[0][3] == found[1][3]
        assert found[0][0], program.name
        assert found[0][1] == (ELEMENT_FAILED if program.name in FAILS else FINE), found[0][2]
        assert FAILS.get(program.name, "") in found[0][2] and FAILS.get(program.name, "") in found[1][2]


def _any_words(program: Program) -> list[str]:
    words = []
    for wanted in text_inputs(program):
        text = '["one", "two"]' if len(wanted.shape) > 1 else "a word"
        words += [f"--{wanted.name}", text]
    for option in program.options:
        if option.required:
            words += [f"--{option.name}", "2"]
    return words


def test_an_emitted_file_is_a_command_and_needs_the_harness_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(EXAMPLES / "router", tmp_path / "router", ignore=shutil.ignore_patterns("runs"))
    file = tmp_path / "router" / "router.hg"
    (program,) = programs_to_run(checked_module(file, str(file))[1])
    harness = emitted(tmp_path, "router/router.hg", program).HARNESS
    shutil.rmtree(tmp_path / "router")
    monkeypatch.chdir(tmp_path)
    assert main(harness, ["--question", "How do I get a refund?", "--max-calls", "9"]) == 0
    assert "refund" in capsys.readouterr().out
    assert main(harness, ["--question", "How do I get a refund?", "--max-calls", "1"]) == 4
    assert main(harness, ["--nothing", "x"]) == 2
    assert "unknown option --nothing" in capsys.readouterr().err


WAITS = """hdsl 1

op wait(x: text[*S], timeout: float) -> text[*S] !wait(timeout) = "waits:wait"

op spin(x: text[*S]) -> text[*S] = "waits:spin"

experience notes: text -> text = [
  ("a", "a", "b"),
]

harness patient(word: text[1], most: int = 1, T: dim = 2) -> text[1, T] {
  budget(seconds=5)

  words:  text[1, T] = expand(word, to=[1, T])
  waited: text[1, T] = wait(words, timeout=2.0)
  lines:  text[1, T] = retrieve(waited, notes, topk=most)
  return lines
}

harness blocked(word: text[1]) -> text[1] {
  budget(seconds=0.3)

  spun: text[1] = spin(word)
  return spun
}
"""


@pytest.mark.slow
def test_the_whole_budget_holds_and_the_ranges_of_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "waits.hg"
    file.write_text(WAITS)
    (tmp_path / "waits.py").write_text(
        "def wait(x, *, timeout):\n    return x\n\n\ndef spin(x):\n    while True:\n        pass\n"
    )
    patient, blocked = programs_to_run(checked_module(file, str(file))[1])
    monkeypatch.chdir(tmp_path)
    harness = emitted(tmp_path, "waits.hg", patient).HARNESS
    words = ["--word", "a"]
    assert main(harness, words) == 0
    for more, code, said in [
        (["--T", "3"], 4, "the budget is 5 seconds of waiting, and with T=3 it can come to 6"),
        (["--most", "-1"], 2, " is an integer of at least 0, not -1"),
    ]:
        capsys.readouterr()
        assert main(harness, [*words, *more]) == code
        assert said in capsys.readouterr().err
        as_run = hdsl("run", "waits.hg", "--harness", "patient", *words, *more, folder=tmp_path)
        assert as_run.code == code and said in as_run.err, as_run.err
    emitted(tmp_path, "waits.hg", blocked)
    ended = subprocess.run(
        [sys.executable, "emitted_blocked.py", "--word", "a"],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 4 and "0.3" in ended.stderr, ended.stderr


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "address_book" / "address_book.hg", tmp_path / "book.hg")
    words = ("compile", "book.hg", "--harness", "line", "--emit", "python", "--out", "book.py")
    assert hdsl(*words, folder=tmp_path).code == 0
    again = hdsl(*words, folder=tmp_path)
    assert again.code == 2 and "--force" in again.err
    assert hdsl(*words, "--force", folder=tmp_path).code == 0
    assert hdsl(*words[:-1], "none/book.py", folder=tmp_path).code == 2
    printed = hdsl(*words[:-2], folder=tmp_path)
    assert printed.out == (tmp_path / "book.py").read_text()


NAMES = sorted(
    {*keyword.kwlist, *keyword.softkwlist, *filter(str.isidentifier, dir(builtins))}
    | {"Building", "FutureTensor", "HARNESS", "Record", "SHA256", "TABLES", "TEXT", "Table", "UpperBound", "beside"}
    | {
        "call",
        "cast",
        "expert",
        "hdsl",
        "kernel",
        "main",
        "option",
        "re",
        "run",
        "sizes",
        "sum_",
        "sys",
        "torch",
        "type_of",
    }
)
SAID = st.text(st.sampled_from("ab SHA256\"\\'{}\t\u2028\x1b\u202e\u00e9"), max_size=30)
PROGRAM = """hdsl 1

type {T} {{ "glad", "cross" }}

experience {E}: text -> {T} = [
  ("a good day SHA256", "a good day", "glad"),
  ("a bad day", "a bad day", "cross"),
]

# {said}
harness {H}({I}: text[{D}], {O}: float = 0.1234567890123, {P}: dim = 2) -> text[{D}] {{
  budget(llm_calls=1, seconds=1000000.123, per=[{D}])

  # {said}
  {N}: {T}[{D}]    = expert({I}, {E})
  {M}: text[{D}]   = "{{{N}}} {{{O}}} {{{P}}} SHA256 {{{I}}}"
  {X}: text[{D},{P}] = expand({M}, to=[{D}, {P}])
  {Y}: text[{D}]   = {X}[..., 0]
  {Z}: text[{D}]   = switch {N} {{ "glad" => {Y}, else => {I} }}
  return {Z}
}}
"""


@settings(max_examples=4, deadline=None)
@given(
    st.lists(st.sampled_from(NAMES), min_size=3, max_size=3, unique=True),
    st.lists(st.sampled_from(NAMES), min_size=9, max_size=9, unique=True),
    SAID,
)
def test_any_names_and_texts_give_the_same_trace(outer: list[str], inner: list[str], said: str) -> None:
    names = dict(zip(("T", "E", "H", *"IDOPNMXYZ"), (*outer, *inner), strict=True))
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, 'SHA256 """ \\ twice.hg')
        text = PROGRAM.format(**names, said=" ".join(said.split()))
        file.write_text(text, "utf-8")
        try:
            (program,) = programs_to_run(checked_module(file, str(file))[1])
        except CheckError:
            assume(False)  # a word of the language, or one that its library has
        module: dict[str, Any] = {"__file__": str(file), "__name__": "emitted"}
        source = emitted_text(program, file.parent, None)
        exec(compile(source.encode(), "emitted", "exec"), module)
        harness = module["HARNESS"]
        assert harness.sha256 == runnable_of(program).hash
        configured = load_settings(file.parent, kernel="nearest")
        words = [f"--{names['I']}", "a good day", f"--{names['I']}", "a bad day", f"--{names['P']}=3"]
        inputs = given_of(program, words, "hdsl run")
        outcomes = [
            run_program(program, inputs, configured),
            run_runnable(harness.runnable(), inputs, configured, harness.kernel(inputs, configured, Asking())),
        ]
        first, second = ((trace_of(program, each), each.code, each.elements) for each in outcomes)
        assert first == second and first[1] == 0
        assert "SHA256 a good day" in outcomes[1].elements[0].text
