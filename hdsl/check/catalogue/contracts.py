"""Contracts: annotations, budgets, tests and training against what is declared."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG701",
        name="bad-budget",
        severity="error",
        message="`{name}` of a budget takes {wanted}.",
        help="For instance: `budget(llm_calls=30, seconds=300)`.",
    ),
    Rule(
        code="HG702",
        name="annotation-disagrees",
        severity="error",
        message="`{name}` is written as {written}, and it is {inferred}.",
        help="Correct the annotation, or the expression behind it.",
    ),
    Rule(
        code="HG703",
        name="unknown-version",
        severity="error",
        message="This file is of version {number} of the language; this checker knows version {known}.",
        help="Write `hdsl {known}`, or use a newer hdsl.",
    ),
    Rule(
        code="HG704",
        name="missing-annotation",
        severity="warning",
        message="`{name}` does not say its type and shape.",
        help="Write `: {inferred}` behind the name.",
    ),
    Rule(
        code="HG705",
        name="result-disagrees",
        severity="error",
        message="`{name}` is {given}, and the harness gives {wanted}.",
        help="Return another node, or change the declared result.",
    ),
    Rule(
        code="HG706",
        name="unknown-harness",
        severity="error",
        message="There is no harness `{name}` in this file.",
    ),
    Rule(
        code="HG707",
        name="test-without-expect",
        severity="error",
        message='The test "{name}" expects nothing, so it cannot fail.',
        help='Add `expect contains(out, "…")`.',
    ),
)
