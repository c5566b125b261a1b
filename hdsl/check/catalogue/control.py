"""Control: switches that cover their labels, and no recursion."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG601",
        name="missing-case",
        severity="error",
        message="The switch does not cover everything: {what}.",
    ),
    Rule(
        code="HG602",
        name="unreachable-case",
        severity="error",
        message="This case is never reached.",
        help="Take it away.",
    ),
    Rule(
        code="HG603",
        name="duplicate-case",
        severity="error",
        message='"{label}" has a case already.',
        help="Take one of them away.",
    ),
    Rule(
        code="HG604",
        name="recursion",
        severity="error",
        message="These harnesses call each other in a circle: {cycle}.",
        help="A program is one flat graph: loop with `recurrent`.",
    ),
    Rule(
        code="HG605",
        name="case-not-a-label",
        severity="error",
        message='"{label}" is no label of `{type}`.',
    ),
)
