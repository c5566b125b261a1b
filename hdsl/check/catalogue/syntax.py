"""Syntax: what the parser could not read, and words and escapes that are none."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG001",
        name="syntax-error",
        severity="error",
        message="Expected {wanted}, found {what}.",
        help="Statements look like `name: type[shape] = operation(inputs, option=value)`.",
    ),
    Rule(
        code="HG002",
        name="unclosed-bracket",
        severity="error",
        message="This bracket is never closed.",
        help="Close it with {closing}.",
    ),
    Rule(
        code="HG003",
        name="unclosed-string",
        severity="error",
        message="This text is never closed.",
        help='A text ends with `"` on the same line; one of several lines stands between `"""`.',
    ),
    Rule(
        code="HG004",
        name="missing-version",
        severity="error",
        message="A file begins with the version of the language; this one begins with {what}.",
        help="Write `hdsl 1` as its first line.",
    ),
    Rule(
        code="HG005",
        name="glued-keyword",
        severity="error",
        message="A blank is missing before `{what}`.",
        help="Separate the keyword from the name behind it.",
    ),
    Rule(
        code="HG006",
        name="reserved-word",
        severity="error",
        message="`{name}` is a word of the language and cannot be a name.",
        help="Choose another name, `{name}_` for instance.",
    ),
    Rule(
        code="HG007",
        name="bad-escape",
        severity="error",
        message="`{escape}` is no escape.",
        help='The escapes are `\\"`, `\\\\`, `\\n`, `\\t` and `\\uXXXX`; a backslash itself is written `\\\\`.',
    ),
    Rule(
        code="HG008",
        name="missing-return",
        severity="error",
        message="This harness does not return a node.",
        help="End it with `return` and the name of a node.",
    ),
    Rule(
        code="HG009",
        name="after-return",
        severity="error",
        message="Nothing may follow `return`; here is {what}.",
        help="Put the statement above `return`.",
    ),
    Rule(
        code="HG010",
        name="unexpected-character",
        severity="error",
        message="`{what}` is no character of the language here.",
        help="Texts stand in double quotes; comments begin with `#`.",
    ),
    Rule(
        code="HG011",
        name="extra-bracket",
        severity="error",
        message="{what} closes nothing.",
        help="Take it away, or open what it should close.",
    ),
    Rule(
        code="HG012",
        name="not-a-declaration",
        severity="error",
        message="{what} begins no declaration.",
    ),
    Rule(
        code="HG013",
        name="no-operators",
        severity="error",
        message="There are no operators: `{what}` means nothing here.",
        help="Use an operation in a node of its own: `join(a, b)`, for instance.",
    ),
)
