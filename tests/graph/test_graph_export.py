"""A program as JSON, dot and mermaid: the golden files beside, and what holds for any program."""

import json
from pathlib import Path

import pytest

from tests.commands import REPOSITORY, hdsl

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("output_format", ["json", "dot", "mermaid"])
def test_the_golden_files(output_format: str) -> None:
    ended = hdsl("graph", "shown.hg", "--format", output_format, folder=GOLDEN)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (GOLDEN / f"shown.{output_format}").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["coder", "debugger", "deployer", "router"])
def test_the_json_names_every_edge_by_a_node_or_an_experience(name: str) -> None:
    program = hdsl("graph", f"examples/{name}/{name}.hg", folder=REPOSITORY).json
    paths: list[str] = []
    experiences = {experience["name"] for experience in program["experiences"]}
    for node in program["nodes"]:
        for taken in node["inputs"]:
            assert taken is None or "text" in taken or taken.get("node") in paths or taken["experience"] in experiences
        paths.append(node["path"])
    assert program["result"] in paths
    assert (program["version"], program["harness"]) == (1, name)


def test_spans_are_of_the_file_that_a_node_stands_in() -> None:
    program = hdsl("graph", "examples/coder/coder.hg", folder=REPOSITORY).json
    nodes = {node["path"]: node for node in program["nodes"]}
    source = (REPOSITORY / "examples" / "coder" / "coder.hg").read_text(encoding="utf-8")
    span = nodes["task"]["span"]
    assert source[span["start"]["offset"] : span["end"]["offset"]] == "task"
    assert nodes["task"]["file"] == "examples/coder/coder.hg"
    assert nodes["done.action"]["file"] == "std.agents"


def test_the_harness_that_is_shown_is_the_one_that_was_chosen(tmp_path: Path) -> None:
    two = "hdsl 1\n\n" + "".join(
        f"harness {name}(line: text[1]) -> text[1] {{\n  {name}: text[1] = first_line(line)\n  return {name}\n}}\n"
        for name in ("one", "two")
    )
    (tmp_path / "both.hg").write_text(two, encoding="utf-8")
    shown = hdsl("graph", "both.hg", "--harness", "two", folder=tmp_path)
    assert json.loads(shown.out)["result"] == "two"
    assert hdsl("graph", "both.hg", folder=tmp_path).code == 2
