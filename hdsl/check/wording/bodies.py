"""The words of findings about bodies."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.bodies import AnnotationDisagrees, MissingAnnotation, ResultDisagrees
from hdsl.check.mends import UNSAFE, written
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
    fixes = [written(place.source, Span(end, end), f": {inferred}")]
    return Words({"name": finding.name, "inferred": inferred}, fixes=fixes, expected=inferred)


def _result_disagrees(finding: ResultDisagrees, place: Place) -> Words:
    given = f"{shown_type(finding.type)}{shown_shape(finding.shape)}"
    wanted = f"{shown_type(finding.wanted)}{shown_shape(finding.wanted_shape)}"
    return Words(
        {"name": finding.name, "given": given, "wanted": wanted},
        fixes=[written(place.source, finding.declared.span, given, applicability=UNSAFE)],
        expected=wanted,
        found=given,
    )


WORDING: Wording = {
    AnnotationDisagrees: _annotation_disagrees,
    MissingAnnotation: _missing_annotation,
    ResultDisagrees: _result_disagrees,
}
