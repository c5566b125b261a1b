"""Diagnostics for code hosts: SARIF, GitHub's workflow commands, GitLab's Code Quality report."""

import json

from hdsl.check.diagnostic import Diagnostic, Edit, Fix, Place, Related
from hdsl.check.render import github, gitlab, sarif
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span
from tests.check.texts import REPLY, check_text

SOURCE = Source("a b/100%.hg", "hdsl 1\n你好 x\ny\n")
PLACE = Place(SOURCE, Span(10, 11))
FOUND = Diagnostic(
    "HG101",
    "unknown-name",
    "error",
    "`x` is 100% unknown: here,\nthere.",
    PLACE,
    (Related("other", Place(SOURCE, Span(7, 9))),),
    help="Help.",
    fixes=(Fix("Write `y`", "safe", (Edit(PLACE, "y"),)),),
)
WARNING = Diagnostic("HG104", "unused-node", "warning", "Unused.", Place(SOURCE, Span(10, 13)))


def test_sarif_has_the_result_its_places_its_fix_and_its_rule():
    (run,) = json.loads(sarif.render([WARNING, FOUND], ["b.hg", "a b/100%.hg"]))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["HG101", "HG104"]
    first, second = run["results"]
    region = {"startLine": 2, "startColumn": 4, "endLine": 2, "endColumn": 5}
    place = {"artifactLocation": {"uri": "a%20b/100%25.hg"}, "region": region}
    assert first["locations"] == [{"physicalLocation": place}]
    assert first["relatedLocations"][0]["message"] == {"text": "other"}
    assert first["fixes"][0]["artifactChanges"][0]["replacements"] == [
        {"deletedRegion": region, "insertedContent": {"text": "y"}}
    ]
    assert (first["level"], second["level"], second["ruleIndex"]) == ("error", "warning", 1)
    assert [artifact["location"]["uri"] for artifact in run["artifacts"]] == ["a%20b/100%25.hg", "b.hg"]


def test_github_commands_are_one_line_each_with_everything_escaped():
    first, second = github.render([WARNING, FOUND], ["a.hg"]).splitlines()
    assert first == (
        "::error file=a b/100%25.hg,line=2,endLine=2,col=4,endColumn=5,title=HG101 unknown-name"
        "::`x` is 100%25 unknown: here,%0Athere. Help."
    )
    assert second == "::warning file=a b/100%25.hg,line=2,endLine=3,title=HG104 unused-node::Unused."
    assert github.render([], ["a.hg"]) == ""


def test_gitlab_fingerprints_outlive_lines_above_and_tell_twins_apart(tmp_path):
    text = REPLY.replace("llm(message)", "join(mesage, mesage)")
    before = json.loads(gitlab.render(check_text(tmp_path, text), []))
    after = json.loads(gitlab.render(check_text(tmp_path, text.replace("hdsl 1\n", "hdsl 1\n\n# More.\n")), []))
    assert [each["fingerprint"] for each in before] == [each["fingerprint"] for each in after]
    assert len({each["fingerprint"] for each in before}) == 2
    assert before[0]["location"]["lines"] == {"begin": 4}
    assert (before[0]["severity"], before[0]["check_name"]) == ("major", "HG101 unknown-name")


def test_half_a_character_can_be_written():
    found = Diagnostic("HG101", "unknown-name", "error", "\ud800", PLACE)
    for output_format in (sarif, github, gitlab):
        output_format.render([found], ["a.hg"]).encode("utf-8")
