"""Files: what is missing, no text, or malformed."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG801",
        name="missing-file",
        severity="error",
        message="There is no file `{path}`.",
    ),
    Rule(
        code="HG802",
        name="not-utf8",
        severity="error",
        message="This file is not UTF-8 text: byte {byte} at offset {offset}.",
        help="Save it as UTF-8.",
    ),
    Rule(
        code="HG803",
        name="malformed-experience",
        severity="error",
        message="This experience cannot be read: {reason}.",
        help='A line is one object: {{"query": "…", "key": "…", "value": "…"}}.',
    ),
    Rule(
        code="HG804",
        name="unreadable-file",
        severity="error",
        message="`{path}` cannot be opened: {reason}.",
        help="Check its permissions and that it is a file.",
    ),
    Rule(
        code="HG805",
        name="file-too-large",
        severity="error",
        message="This file has {size} bytes; a `.hg` file has at most {largest}.",
        help="Split it, and load experience from a file beside it.",
    ),
)
