"""Types: texts, labels, sessions, experiences, each where it belongs."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG301",
        name="type-mismatch",
        severity="error",
        message="`{name}` takes {wanted}, and {given} is given.",
        help="Pass a node of that type.",
    ),
    Rule(
        code="HG302",
        name="experience-mismatch",
        severity="error",
        message="`{name}` takes {wanted}, and {given} is given.",
        help="The labels of keys and values must be the same on both sides.",
    ),
    Rule(
        code="HG303",
        name="not-a-label",
        severity="error",
        message='"{text}" carries no label of `{type}`.',
    ),
    Rule(
        code="HG304",
        name="ambiguous-labels",
        severity="error",
        message='"{label}" and "{other}" of `{type}` cannot be told apart.',
        help="No label may begin with another that ends in a colon, nor stand twice.",
    ),
    Rule(
        code="HG305",
        name="row-not-of-three",
        severity="error",
        message="A row is (query, key, value); this one has {count}.",
        help="Write three texts.",
    ),
    Rule(
        code="HG306",
        name="experience-of-texts",
        severity="error",
        message="An experience holds texts, not {name}.",
        help="Use `text` or a type of labels.",
    ),
    Rule(
        code="HG307",
        name="label-blank",
        severity="error",
        message='The label "{label}" is empty, or begins or ends with a blank.',
        help="Answers are stripped before they are compared; write the label without blanks around it.",
    ),
)
