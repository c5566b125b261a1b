"""Names: what is not defined, defined twice, or never used."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG101",
        name="unknown-name",
        severity="error",
        message="`{name}` is not defined here.",
    ),
    Rule(
        code="HG102",
        name="defined-twice",
        severity="error",
        message="`{name}` is defined twice.",
        help="Give one of them another name: a name is one value.",
    ),
    Rule(
        code="HG103",
        name="used-before-definition",
        severity="error",
        message="`{name}` is used before it is defined.",
        help="Move its definition above this line.",
    ),
    Rule(
        code="HG104",
        name="unused-node",
        severity="warning",
        message="`{name}` is never used.",
        help="Take it away, or let the result depend on it.",
    ),
    Rule(
        code="HG105",
        name="unused-input",
        severity="warning",
        message="The parameter `{name}` is never used.",
        help="Take it out of the signature, or use it.",
    ),
    Rule(
        code="HG106",
        name="unknown-module",
        severity="error",
        message="There is no module `{name}`.",
    ),
    Rule(
        code="HG107",
        name="option-name-taken",
        severity="error",
        message="`{name}` is an option of `hdsl run` itself, so no input can be called so.",
        help="Give the input another name.",
    ),
    Rule(
        code="HG108",
        name="unused-use",
        severity="warning",
        message="Nothing of `{name}` is used.",
        help="Take the `use` away.",
    ),
    Rule(
        code="HG109",
        name="unknown-operation",
        severity="error",
        message="There is no operation or harness `{name}`.",
    ),
    Rule(
        code="HG110",
        name="unknown-type",
        severity="error",
        message="There is no type `{name}`.",
    ),
    Rule(
        code="HG111",
        name="module-cycle",
        severity="error",
        message="These files use each other in a circle: {cycle}.",
        help="Move what both need into a third file.",
    ),
    Rule(
        code="HG112",
        name="unknown-effect",
        severity="error",
        message="There is no effect `!{name}`.",
    ),
    Rule(
        code="HG113",
        name="no-entry",
        severity="error",
        message="The operation `{name}` names no Python function.",
        help='Add its entry point: `= "module:function"`.',
    ),
    Rule(
        code="HG114",
        name="bad-entry",
        severity="error",
        message="`{entry}` is no entry point.",
        help='An entry point is `"package.module:function"`.',
    ),
)
