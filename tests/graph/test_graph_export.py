"""A program as JSON, dot, mermaid, SVG and HTML: the golden files beside, and what holds for any program."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.commands import REPOSITORY, hdsl

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = r"""hdsl 1

type Tag { "<script>alert(1)</script>": "\"'>", "b": "&amp;" }

harness marked(line: text[1]) -> Tag[1] {
  budget(llm_calls=1)

  marked: Tag[1] = llm(line, task="<img src=x onerror=alert(1)>")
  return marked
}
"""


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


@pytest.mark.parametrize("name", ["coder", "debugger", "deployer", "router", "translate"])
def test_the_drawing_has_every_node_and_no_two_boxes_overlap(name: str) -> None:
    file = f"examples/{name}/{name}.hg"
    program = hdsl("graph", file, folder=REPOSITORY).json
    svg = ElementTree.fromstring(hdsl("graph", file, "--format", "svg", folder=REPOSITORY).out)
    titles = [each.text or "" for each in svg.findall(".//{*}title")]
    for node in program["nodes"]:
        assert any(title.split("\n")[0] == node["path"] for title in titles)
    boxes = [each for group in svg.findall("{*}g") for each in group.findall("{*}rect")]
    placed = [tuple(float(box.attrib[side]) for side in ("x", "y", "width", "height")) for box in boxes]
    assert len(placed) == len(program["nodes"])
    for number, (x, y, width, height) in enumerate(placed):
        for other_x, other_y, other_width, other_height in placed[number + 1 :]:
            beside = x + width <= other_x or other_x + other_width <= x
            assert beside or y + height <= other_y or other_y + other_height <= y


def test_the_page_stands_alone_and_nothing_in_it_can_run(tmp_path: Path) -> None:
    (tmp_path / "marked.hg").write_text(HOSTILE, encoding="utf-8")
    page = hdsl("graph", "marked.hg", "--format", "html", folder=tmp_path)
    assert page.code == 0, page.err
    assert "<script" not in page.out and "<img" not in page.out
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.out
    assert "default-src 'none'" in page.out
    assert "http://" not in page.out.replace("http://www.w3.org/2000/svg", "") and "https://" not in page.out
