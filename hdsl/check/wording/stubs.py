"""The words of findings about stubs."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.stubs import (
    StubInsideNode,
    StubOfNoText,
    StubShapeDisagrees,
    StubTooDeep,
    StubTwice,
    UnknownReply,
    UnknownStub,
)
from hdsl.check.fixes import UNSAFE, renamed, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.graph.shapes import shown_shape
from hdsl.ground.spelling import did_you_mean

_SHOWN = 6
"""How many nodes are named."""


def _unknown_stub(finding: UnknownStub, place: Place) -> Words:
    listed = ", ".join(f"`{each}`" for each in finding.nodes[:_SHOWN])
    fixes = renamed(place.source, place.span, finding.path, finding.known)
    if finding.is_input:
        help = "It is an input: give it in the call."
    elif finding.is_harness:
        help = f"It is a harness; its nodes are {listed}." if listed else "It is a harness without nodes."
    else:
        nodes = f"The nodes of `{finding.inside}` are {listed}." if finding.inside else f"Nodes are {listed}."
        help = did_you_mean(finding.path, finding.known, nodes if listed else "A path begins with a harness.")
    return Words(
        {"path": finding.path},
        help=help,
        # Another node that is given instead makes a test that passes for nothing.
        fixes=[fix._replace(applicability=UNSAFE) for fix in fixes],
    )


def _stub_inside_node(finding: StubInsideNode, place: Place) -> Words:
    help = f"`{finding.node}` is not a call of a harness: only a whole node can be given."
    return Words({"path": finding.path}, help=help)


def _stub_of_no_text(finding: StubOfNoText, place: Place) -> Words:
    values = {"path": finding.path, "wanted": f"a {finding.type.name}", "given": "texts"}
    return Words(values, help="Only nodes that hold texts can be given.")


def _stub_shape_disagrees(finding: StubShapeDisagrees, place: Place) -> Words:
    wanted = shown_shape(finding.wanted)
    turns = "; in a loop, one for each turn, or for the first of them" if finding.has_turns else ""
    help = f"Give one text for all elements, or lists in its shape, in which a dimension of 1 may be left out{turns}."
    return Words({"path": finding.path, "wanted": f"of shape {wanted}", "given": finding.given}, help=help)


def _stub_too_deep(finding: StubTooDeep, place: Place) -> Words:
    values = {"path": finding.path, "wanted": "a node", "given": f"more than {finding.most} lists in each other"}
    return Words(values, help="Nest one list per dimension of the node.")


def _stub_twice(finding: StubTwice, place: Place) -> Words:
    return Words({"name": finding.name}, help="Remove one of them.")


def _unknown_reply(finding: UnknownReply, place: Place) -> Words:
    return Words({"name": finding.name}, fixes=[written(place.source, place.span, "fail")])


WORDING: Wording = {
    StubInsideNode: _stub_inside_node,
    StubOfNoText: _stub_of_no_text,
    StubShapeDisagrees: _stub_shape_disagrees,
    StubTooDeep: _stub_too_deep,
    StubTwice: _stub_twice,
    UnknownReply: _unknown_reply,
    UnknownStub: _unknown_stub,
}
