"""Shapes: ranks, dimensions, indices and what expand allows."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG401",
        name="rank-mismatch",
        severity="error",
        message="`{name}` of `{operation}` takes {wanted}, and {given} is given.",
        help="Add the dimension with `expand` or `None`, or take one away with an index.",
    ),
    Rule(
        code="HG402",
        name="dimension-mismatch",
        severity="error",
        message="`{name}` of `{operation}` must be {wanted} here, and {given} is given.",
        help="Nothing is repeated on its own: `expand` repeats an element.",
    ),
    Rule(
        code="HG403",
        name="index-out-of-range",
        severity="error",
        message="The index {index} is outside this dimension of {size}.",
        help="Count from 0, or from the end with -1.",
    ),
    Rule(
        code="HG404",
        name="cannot-expand",
        severity="error",
        message="{given} cannot be expanded to {target}.",
        help="`expand` adds dimensions behind the last, and repeats a dimension of 1.",
    ),
    Rule(
        code="HG405",
        name="loop-over-nothing",
        severity="error",
        message="`{operation}` has no turns: its last dimension is 0.",
        help="Give it at least one turn.",
    ),
    Rule(
        code="HG406",
        name="unbound-dimension",
        severity="error",
        message="Nothing says what the dimension {name} is.",
    ),
    Rule(
        code="HG407",
        name="missing-shape",
        severity="error",
        message="`{type}` has no shape here.",
        help="Write its dimensions: `{type}[1]`, or `{type}[]` for a single element.",
    ),
    Rule(
        code="HG408",
        name="bad-index",
        severity="error",
        message="This cannot be an index: {reason}.",
        help="Indices are numbers, ranges `a:b`, `...` and `None`.",
    ),
)
