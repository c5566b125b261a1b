"""`hdsl run`: the options it makes of a signature, and what it says of words that do not fit it."""

import json
from pathlib import Path

import pytest

from hdsl.check.names import RUN_OPTIONS
from hdsl.cli.run import make_parser
from tests.commands import Ended, hdsl

USAGE = (
    'usage: hdsl run pair.hg --left "…" [--left … for more] --right "…" [--right … for more] --with STR '
    "[--scale FLOAT] [--loud BOOL] [--D DIM]\n"
    "       pair(left: text[B], right: text[B], with: str, scale: float = 0.5, loud: bool = false, D: dim = 3)\n"
)

BOTH = ("--left", "a", "--right", "b")

MISUSES = {
    (): "the input --left is missing",
    ("--left", "a"): "the input --right is missing",
    BOTH: "the option --with is missing",
    (*BOTH, "--left", "c", "--with", "-"): "--right makes B 1, and another input makes it 2",
    (*BOTH, "--with", "-", "--scale", "big"): "--scale takes a number, not big",
    (*BOTH, "--with", "-", "--loud", "yes"): "--loud takes true or false, not yes",
    (*BOTH, "--with", "-", "--D", "0"): "--D takes a whole number from 1, not 0",
    (*BOTH, "--with", "-", "--D", "4", "--D", "5"): "--D is given 2 times",
    (*BOTH, "--wiht", "-"): "unknown option --wiht. Did you mean `--with`?",
    (*BOTH, "--with=-", "--zzzz", "1"): "unknown option --zzzz.",
    ("--left", "a", "b"): "unexpected argument `b`; put a text with spaces in quotes",
    ("--left",): "--left has no value; write one that begins with - as --left=VALUE",
    ("--lef", "a"): "unknown option --lef. Did you mean `--left`?",
}


@pytest.mark.parametrize("words", MISUSES)
def test_what_does_not_fit_is_said_with_the_harness_usage(files: Path, words: tuple[str, ...]) -> None:
    ended = hdsl("run", "pair.hg", *words, folder=files)
    assert ended == Ended(2, "", f"hdsl run: {MISUSES[words]}\n{USAGE}")


def test_the_usage_names_the_harness_that_was_chosen(files: Path) -> None:
    ended = hdsl("run", "pair.hg", "--harness", "grid", folder=files)
    assert "usage: hdsl run pair.hg --harness grid --cells" in ended.err


def test_a_harness_that_is_not_there(files: Path) -> None:
    ended = hdsl("run", "pair.hg", "--harness", "pear", folder=files)
    assert ended == Ended(2, "", "hdsl run: pair.hg has no harness `pear`. Did you mean `pair`?\n")
    ended = hdsl("graph", "pair.hg", "--harness", "zzz", folder=files)
    assert ended == Ended(2, "", "hdsl graph: pair.hg has no harness `zzz`. It has `pair`, `grid`.\n")


def test_names_that_every_object_has_are_names_like_others(tmp_path: Path) -> None:
    text = "harness main(__doc__: text[1]) -> text[1] {\n  out: text[1] = join(__doc__, __doc__)\n\n  return out\n}\n"
    (tmp_path / "main.hg").write_text(f"hdsl 1\n\n{text}", encoding="utf-8")
    ended = hdsl("run", "main.hg", "--__doc__", "said", folder=tmp_path)
    assert (ended.code, ended.out) == (0, "said\nsaid\n"), ended.err


def test_the_file_stands_before_the_inputs(files: Path) -> None:
    ended = hdsl("run", "--line", "x", "twin.hg", folder=files)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("hdsl run: name a FILE before its inputs")


def test_an_input_given_several_times_is_a_batch(files: Path, tmp_path: Path) -> None:
    words = ["run", str(files / "twin.hg"), "--line", "one\ntwo", "--line", "three", "--line", "-v"]
    assert hdsl(*words[:-2], "--line=-v", folder=tmp_path).out == "one\nthree\n-v\n"


def test_options_reach_their_operation(files: Path, tmp_path: Path) -> None:
    ended = hdsl("run", str(files / "pair.hg"), *BOTH, "--with", " & ", folder=tmp_path)
    assert (ended.code, ended.out) == (0, "a & b\n")


def test_an_input_of_several_dimensions_is_json(files: Path, tmp_path: Path) -> None:
    words = ["run", str(files / "pair.hg"), "--harness", "grid"]
    given = ["--cells", '["a", "b", "c"]', "--cells", '["d", "e", "f\\ng"]', "--json"]
    result = hdsl(*words, *given, folder=tmp_path).json
    assert [element["text"] for element in result["result"]] == ["a", "b", "c", "d", "e", "f"]
    assert [element["coordinates"] for element in result["result"]][-1] == [1, 2]
    for wrong, said in {
        "plain": "each is a JSON list of texts",
        '[["a"]]': "has 2 dimensions",
        "[1]": "must be lists of texts",
    }.items():
        ended = hdsl(*words, "--cells", wrong, "--cells", wrong, folder=tmp_path)
        assert (ended.code, ended.out) == (2, "")
        assert said in ended.err
    ragged = hdsl(*words, "--cells", '["a"]', "--cells", '["b", "c"]', folder=tmp_path)
    assert "must be lists of texts of equal length" in ragged.err
    once = hdsl(*words, "--cells", '["a"]', folder=tmp_path)
    assert "give it 2 times, not 1" in once.err


def test_a_result_as_json(files: Path, tmp_path: Path) -> None:
    ended = hdsl("run", str(files / "twin.hg"), "--line", "é\n", "--json", folder=tmp_path)
    value = json.loads(ended.out)
    (element,) = value["result"]
    assert (element.pop("coordinates"), element.pop("text"), element.pop("cause")) == ([0], "é", "")
    assert element == {"status": 1.0, "failed": False, "absent": False}
    assert (value["exit"], value["reason"], value["usage"]["calls"]) == (0, "", 0)
    assert (tmp_path / "runs" / value["run"] / "run.json").is_file()


def test_a_kernel_that_there_is_not(files: Path, tmp_path: Path) -> None:
    ended = hdsl("run", str(files / "twin.hg"), "--line", "x", "--kernel", "nearset", folder=tmp_path)
    assert ended == Ended(2, "", "hdsl run: unknown kernel 'nearset', did you mean 'nearest'?\n")


def test_a_kernel_that_misses_a_setting(files: Path, tmp_path: Path) -> None:
    ended = hdsl("run", str(files / "twin.hg"), "--line", "x", "--kernel", "openai", folder=tmp_path)
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.startswith("hdsl run: the openai kernel needs a model: set HDSL_MODEL")


def test_a_setting_that_there_is_not(files: Path, tmp_path: Path) -> None:
    (tmp_path / "hdsl.toml").write_text('kernal = "nearest"\n', encoding="utf-8")
    (tmp_path / "twin.hg").write_bytes((files / "twin.hg").read_bytes())
    said = f"{tmp_path / 'hdsl.toml'}:1: unknown setting 'kernal', did you mean 'kernel'?\n"
    assert hdsl("run", "twin.hg", "--line", "x", folder=tmp_path) == Ended(2, "", f"hdsl run: {said}")
    assert hdsl("test", "twin.hg", folder=tmp_path) == Ended(2, "", f"hdsl test: {said}")


def test_a_place_for_records_that_cannot_be_used(files: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    environment = {"HDSL_RUNS": str(tmp_path / "taken")}
    ended = hdsl("run", str(files / "twin.hg"), "--line", "x", folder=tmp_path, environment=environment)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"hdsl run: {tmp_path / 'taken'}")
    assert ended.err.count("\n") == 1 and "Errno" not in ended.err


def test_without_tmux_a_harness_with_a_session_cannot_run(tmp_path: Path) -> None:
    from tests.run.harnesses import typing

    (tmp_path / "typing.hg").write_text(typing("true"), encoding="utf-8")
    words = ["run", "typing.hg", "--task", "x"]
    ended = hdsl(*words, folder=tmp_path, environment={"PATH": str(tmp_path / "none")})
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines()[0].startswith("hdsl run: terminals need tmux")
    assert ended.err.splitlines()[0].endswith("there is no tmux on PATH")


def test_what_an_input_may_not_be_called_is_what_the_command_calls_its_own_options() -> None:
    options = {word.removeprefix("--") for action in make_parser()._actions for word in action.option_strings}
    assert {word for word in options if word.isidentifier()} - {"-h"} == RUN_OPTIONS
