"""The words of findings about bodies."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.bodies import (
    AnnotationDisagrees,
    MissingAnnotation,
    NodeWithoutShape,
    ResultDisagrees,
    TestOfNothing,
    TestWithoutExpect,
    UnboundRange,
    UselessRetries,
)
from hdsl.check.fixes import SAFE, UNSAFE, item_removed, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.graph.shapes import shown_shape
from hdsl.graph.types import shown_type
from hdsl.syntax.tree import Span


def _annotation_disagrees(finding: AnnotationDisagrees, place: Place) -> Words:
    inferred = f"{shown_type(finding.type)}{shown_shape(finding.shape)}"
    annotated = f"{finding.written.name.text}{shown_shape(finding.written_shape)}"
    return Words(
        {"name": finding.name, "inferred": inferred, "written": annotated},
        fixes=[written(place.source, place.span, inferred)],
        expected=inferred,
        found=annotated,
    )


def _missing_annotation(finding: MissingAnnotation, place: Place) -> Words:
    inferred = f"{shown_type(finding.type)}{shown_shape(finding.shape)}"
    end = place.span.end
    applicability = UNSAFE if finding.is_open else SAFE
    fixes = [written(place.source, Span(end, end), f": {inferred}", applicability=applicability)]
    help = f"Write `: {inferred}` after the name, or the type that the answer should have." if finding.is_open else None
    return Words({"name": finding.name, "inferred": inferred}, help=help, fixes=fixes, expected=inferred)


def _result_disagrees(finding: ResultDisagrees, place: Place) -> Words:
    given = f"{shown_type(finding.type)}{shown_shape(finding.shape)}"
    wanted = f"{shown_type(finding.wanted)}{shown_shape(finding.wanted_shape)}"
    return Words(
        {"name": finding.name, "given": given, "wanted": wanted},
        fixes=[written(place.source, finding.declared.span, given, applicability=UNSAFE)],
        expected=wanted,
        found=given,
    )


def _node_without_shape(finding: NodeWithoutShape, place: Place) -> Words:
    end, shape = place.span.end, finding.shape
    fixes = [] if shape is None else [written(place.source, Span(end, end), shown_shape(shape))]
    return Words({"type": finding.type}, fixes=fixes)


def _test_without_expect(finding: TestWithoutExpect, place: Place) -> Words:
    return Words({"what": f'The test "{finding.name}" expects nothing, so it cannot fail'})


def _test_of_nothing(finding: TestOfNothing, place: Place) -> Words:
    what = f"`{finding.node}` has the shape {shown_shape(finding.shape)}, so it has no elements to test"
    return Words({"what": what}, help="Write a dimension of 1 or more.")


def _unbound_range(finding: UnboundRange, place: Place) -> Words:
    help = "Write the node's shape: it depends on the range."
    return Words({"what": "the length of the range"}, help=help)


def _useless_retries(finding: UselessRetries, place: Place) -> Words:
    fixes = item_removed(place.source, place.span, "Remove it", SAFE)
    return Words({"operation": finding.operation}, fixes=fixes)


WORDING: Wording = {
    UselessRetries: _useless_retries,
    NodeWithoutShape: _node_without_shape,
    UnboundRange: _unbound_range,
    AnnotationDisagrees: _annotation_disagrees,
    MissingAnnotation: _missing_annotation,
    ResultDisagrees: _result_disagrees,
    TestOfNothing: _test_of_nothing,
    TestWithoutExpect: _test_without_expect,
}
