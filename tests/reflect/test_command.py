"""`hdsl reflect` and `hdsl graph --blame` as their users run them."""

import json
import signal
import stat
from pathlib import Path

import pytest

from tests.commands import Ended, finish, hdsl, start, until

HARNESS = """hdsl 1

type Side {{
  "left": "one side",
  "right": "the other",
  "middle": "never meant",
}}

experience sides: text -> Side = [("eins", "eins", "left"), ("zwei", "zwei", "left"), ("drei", "drei", "right")]
experience words: text -> text = [
  ("eins", "eins", "one"), ("zwei", "zwei", "tow"), ("drei", "drei", "three"), ("vier", "vier", "four")
]

harness translate(word: text[1]) -> text[1] {{
  side:   Side[1] = expert(word, sides)
  spoken: text[1] = expert(word, words)
  end:    text[1] = switch side {{ "left" => spoken, "right" => spoken, "middle" => spoken }}
  return end
}}

train translate {{
  data = load("pairs.jsonl")
  valid = {valid}
}}
"""

PAIRS = (("eins", "one"), ("zwei", "two"), ("drei", "three"))


def project(folder: Path, pairs=PAIRS, valid="0") -> Path:
    (folder / "translate.hg").write_text(HARNESS.format(valid=valid), encoding="utf-8")
    lines = (json.dumps({"word": [word], "expected": [expected]}) for word, expected in pairs)
    (folder / "pairs.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def reflected(folder: Path, *words: str) -> Ended:
    return hdsl("reflect", "translate.hg", *words, folder=folder)


def record(folder: Path) -> Path:
    (run,) = (folder / "runs").iterdir()
    return run


def node(value, path):
    return next(each for each in value["nodes"] if each["path"] == path)


def test_each_node_with_how_it_did_and_what_it_is_to_blame_for(tmp_path):
    ended = reflected(project(tmp_path), "--json")
    assert (ended.code, ended.err) == (0, "")
    found = ended.json
    assert (found["examples"], found["wrong"], found["attributed"]) == (3, 1, 1.0)
    spoken = node(found, "spoken")
    assert (spoken["ran"], spoken["failed"], spoken["judged"], spoken["wrong"]) == (3, 0, 3, 1)
    assert (spoken["blamed"], spoken["blame"], spoken["examples"]) == (1, 1.0, [2])
    assert (node(found, "side")["blame"], node(found, "side")["ran"]) == (0.0, 3)


def test_rows_that_are_used_never_used_and_contradicted_and_branches_that_never_fire(tmp_path):
    found = reflected(project(tmp_path), "--json").json
    words = next(table for table in found["tables"] if table["key"] == "words")
    assert [(row["used"], row["right"], row["contradicted"]) for row in words["rows"]] == [
        (1, 1, 0),
        (1, 0, 1),
        (1, 1, 0),
        (0, 0, 0),
    ]
    assert (words["never_used"], words["contradicted"], words["rows"][1]["examples"]) == ([3], [1], [2])
    assert found["unused_branches"] == {"end": ["middle"]}


def test_requests_that_a_node_cannot_tell_apart(tmp_path):
    found = reflected(project(tmp_path, [*PAIRS, ("zwei", "a pair")]), "--json").json
    (ambiguous,) = found["ambiguous"]
    assert (ambiguous["node"], ambiguous["request"]) == ("spoken", "zwei")
    assert ambiguous["wanted"] == {"two": [2], "a pair": [4]}


def test_the_table_says_it_in_words(tmp_path):
    lines = reflected(project(tmp_path, [*PAIRS, ("zwei", "a pair")])).out.splitlines()
    assert lines[0].startswith("translate: 4 examples, 2 wrong; loss ")
    assert any(line.startswith("spoken  expert") and line.endswith("2, 4") for line in lines)
    assert "words: 4 rows, 3 used, 1 never used, 1 contradicted" in lines
    assert "  row 1 (zwei -> tow): contradicted 2 of 2 times, examples 2, 4" in lines
    assert "end: never takes the branch 'middle'" in lines
    assert "spoken: cannot tell apart 'zwei', of which is wanted: two (examples 2); a pair (examples 4)" in lines


def test_loops_that_always_use_all_turns_and_turns_that_repeat(tmp_path):
    (tmp_path / "loop.hg").write_text(
        """hdsl 1

type Verdict {
  "accept": "goes in",
  "reject": "does not",
}

experience verdicts: text -> Verdict = [("wip", "wip", "reject"), ("bad", "bad", "reject")]

harness loop(drafts: text[1, T]) -> text[1] {
  verdict: Verdict[1, T] = expert(drafts, verdicts)
  checked: Verdict[1, T] = until_label(verdict, "accept")
  draft:   text[1, T]    = gate(drafts, checked)
  result:  text[1]       = recurrent(draft)
  return result
}

train loop {
  data = load("pairs.jsonl")
  valid = 0
}
""",
        encoding="utf-8",
    )
    lines = [{"drafts": [drafts], "expected": ["good"]} for drafts in (["wip", "wip"], ["bad", "wip"])]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (loop,) = hdsl("reflect", "loop.hg", "--json", folder=tmp_path).json["loops"]
    assert (loop["path"], loop["turns"], loop["taken"]) == ("result", 2, {"2": 2})
    assert (loop["uses_all_turns"], loop["repeated"]) == (True, 1)


def test_nothing_is_learned_and_the_raw_trace_is_kept(tmp_path):
    before = sorted(path.name for path in project(tmp_path).iterdir())
    reflected(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [*before[:1], "runs", *before[1:]]
    trace = record(tmp_path) / "reflection.jsonl"
    lines = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
    assert {"loss", "end", "spoken", "side"} == {line["node"] for line in lines}
    (taught,) = [each for line in lines for each in line["taught"] if not each["right"]]
    assert (taught["to"], taught["key"], taught["value"]) == ("words", "zwei", "two")
    assert [line["example"] for line in lines if line["node"] == "spoken"] == [1, 2, 3]
    assert stat.S_IMODE(trace.stat().st_mode) == 0o600
    assert json.loads((record(tmp_path) / "reflect.json").read_text(encoding="utf-8"))["state"] == "finished"


def test_the_validation_part_is_left_alone(tmp_path):
    ended = reflected(project(tmp_path, PAIRS, "0.4"))
    assert ended.out.startswith("translate: 2 examples (1 more left for validation), ")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["missing.hg"], 2, "there is no file missing.hg"),
        (["broken.hg"], 1, "broken.hg does not check"),
        (["untrained.hg"], 2, "has no train block"),
        (["translate.hg", "--harness", "trnslate"], 2, "has no `train trnslate`"),
        (["translate.hg", "--kernel", "nobody"], 2, "nobody"),
        (["translate.hg", "--reflections", "-1"], 2, "--reflections"),
        (["."], 2, "is a folder"),
    ],
)
def test_bad_input_is_told_in_one_sentence(words, code, says, tmp_path):
    project(tmp_path)
    (tmp_path / "broken.hg").write_text("hdsl 1\nharness\n", encoding="utf-8")
    (tmp_path / "untrained.hg").write_text(HARNESS.partition("train ")[0].format(valid=0), encoding="utf-8")
    ended = hdsl("reflect", *words, folder=tmp_path)
    assert ended.code == code and says in ended.err and "Traceback" not in ended.err
    assert not (tmp_path / "runs").exists()


def test_a_budget_of_reflections_refuses_and_is_kept_in_the_trace(tmp_path):
    (tmp_path / "chain.hg").write_text(
        """hdsl 1

experience first: text -> text = [("eins", "eins", "one")]
experience second: text -> text = [("one", "one", "uno"), ("two", "two", "due")]

harness chain(word: text[1]) -> text[1] {
  middle: text[1] = expert(word, first)
  end:    text[1] = expert(middle, second)
  return end
}

train chain {
  data = load("pairs.jsonl")
  valid = 0
}
""",
        encoding="utf-8",
    )
    (tmp_path / "pairs.jsonl").write_text('{"word": ["eins"], "expected": ["due"]}\n', encoding="utf-8")
    assert hdsl("reflect", "chain.hg", "--json", folder=tmp_path).json["reflections"] == 1
    ended = hdsl("reflect", "chain.hg", "--reflections", "0", "--json", folder=tmp_path)
    assert (ended.code, ended.json["reflections"]) == (0, 0)
    trace = tmp_path / "runs" / ended.json["run"] / "reflection.jsonl"
    refused = [json.loads(line)["refused"] for line in trace.read_text(encoding="utf-8").splitlines()]
    assert [bool(each) for each in refused] == [False, True, False]


def test_a_kernel_that_is_not_there_ends_it_with_what_was_found_so_far(tmp_path):
    environment = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "none", "HDSL_MODEL": "none"}
    ended = hdsl("reflect", "translate.hg", "--kernel", "openai", folder=project(tmp_path), environment=environment)
    assert ended.code == 5 and "0 of 3 examples were traced" in ended.err
    assert json.loads((record(tmp_path) / "reflect.json").read_text())["state"] == "kernel unreachable"


def test_an_interrupted_reflection_says_so_and_shows_what_it_has(tmp_path):
    project(tmp_path)
    (tmp_path / "translate.hg").write_text(
        HARNESS.format(valid=0)
        .replace(
            "harness translate",
            'op wait(x: text[*S]) -> text[*S] = "waiting:wait"\n\nharness translate',
        )
        .replace("expert(word, words)", "wait(word)"),
        encoding="utf-8",
    )
    (tmp_path / "waiting.py").write_text(
        "import pathlib, time\n\n"
        "def wait(text):\n    pathlib.Path('waits').touch()\n    time.sleep(60)\n    return text\n"
    )
    process = start("reflect", "translate.hg", folder=tmp_path)
    assert until((tmp_path / "waits").exists, 60)
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130 and "interrupted; 0 of 3 examples were traced" in ended.err
    assert json.loads((record(tmp_path) / "reflect.json").read_text())["state"] == "interrupted"


class TestBlamedGraphs:
    def test_as_text_dot_and_html(self, tmp_path):
        reflected(project(tmp_path))
        run = record(tmp_path).name
        text = hdsl("graph", "translate.hg", "--blame", run, folder=tmp_path).out.splitlines()
        assert next(line.split() for line in text if " spoken " in line) == [
            "#" * 20, "100%", "spoken", "expert(word,", "words)", "examples", "2"
        ]  # fmt: skip
        dot = hdsl("graph", "translate.hg", "--blame", run, "--format", "dot", folder=tmp_path).out
        assert '"spoken" [label="spoken\\nexpert\\n100% of the loss", fillcolor="#ff6464"];' in dot
        page = hdsl("graph", "translate.hg", "--blame", run, "--format", "html", folder=tmp_path).out
        assert '<code>spoken</code> <span class="failed">100%</span>' in page
        drawn = hdsl("graph", "translate.hg", "--blame", run, "--format", "svg", folder=tmp_path).out
        box = drawn[drawn.index("<title>spoken\n") :].split("</text></g>")[0]
        assert 'fill="#ff6464"' in box and "100% of the loss" in box

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["--blame", "none"], "is not there"),
            (["--blame", "runs"], "has no reflection"),
            (["--format", "text"], "without --blame the formats are json, dot, mermaid, svg, html, not text"),
            (["--blame", "runs", "--format", "json"], "with --blame the formats are text, dot, svg, html, not json"),
        ],
    )
    def test_bad_input(self, words, says, tmp_path):
        (project(tmp_path) / "runs").mkdir()
        ended = hdsl("graph", "translate.hg", *words, folder=tmp_path)
        assert ended.code == 2 and says in ended.err

    @pytest.mark.parametrize(
        "content", ["", "[]", "{}", '{"harness": 1, "nodes": [1]}', '{"harness": "x", "nodes": []}']
    )
    def test_a_damaged_record(self, content, tmp_path):
        run = project(tmp_path) / "runs" / "one"
        run.mkdir(parents=True)
        (run / "reflect.json").write_text(content)
        ended = hdsl("graph", "translate.hg", "--blame", "one", folder=tmp_path)
        assert ended.code == 2 and "Traceback" not in ended.err and len(ended.err.splitlines()) == 1
