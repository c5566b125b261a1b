"""The words of findings about the text of a file."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.syntax import BadEscape, BeyondLimits, Malformed, NestedTooDeep, ReservedWord, TextDirection
from hdsl.check.fixes import written
from hdsl.check.renaming import node_renamed
from hdsl.check.returned import SEVERAL, expression_returned, help_of
from hdsl.check.syntax_fixes import syntax_fixes_of
from hdsl.check.text_habits import QUOTES, ends_early
from hdsl.check.wording import Wording
from hdsl.check.wording.forms import FORMS, NO_ALTERNATIVES, place_of
from hdsl.check.wording.words import Words
from hdsl.ground.spelling import did_you_mean
from hdsl.syntax.control_statements import CATCHING, CHOOSING, SCOPING
from hdsl.syntax.faults import SyntaxFault
from hdsl.syntax.tree import Span


def _malformed(finding: Malformed, place: Place) -> Words:
    fault = finding.fault
    expected, bare = _listed(fault.expected), fault.found.strip("`")
    help = None
    if fault.kind == "not-a-declaration":
        help = did_you_mean(bare, fault.expected, f"A declaration starts with {expected}.")
    if _returns_several(place, fault):
        help = SEVERAL
    if fault.kind == "control-statement":
        help = _instead_of(bare)
    if fault.kind == "syntax-error":
        help = help or FORMS.get(place_of(place.source, place.span.start))
    if bare == "|" and place_of(place.source, place.span.start) in ("type", "head"):
        help = NO_ALTERNATIVES
    if ends_early(place.source, fault):
        help = QUOTES
    returned = expression_returned(place.source, fault)
    if returned is not None:
        help = help_of(returned)
    return Words(
        {"what": fault.found, "wanted": expected, "closing": expected},
        help=help,
        fixes=syntax_fixes_of(place.source, fault, finding.among),
        expected=expected,
        found=bare,
    )


def _returns_several(place: Place, fault: SyntaxFault) -> bool:
    """Whether several results are declared in round brackets."""
    return fault.found == "`(`" and place.source.text[: place.span.start].rstrip().endswith("->")


def _instead_of(word: str) -> str:
    """What the language has for a statement of other languages."""
    if word in CATCHING:
        return "Continue after a failure with `fallback(first, second)`; `cause(first)` is why it failed."
    if word in CHOOSING:
        return 'Choose by a label: `answer = switch verdict { "yes" => a, else => b }`.'
    if word in SCOPING:
        return "Sessions are closed when the run ends: write the nodes without `with`."
    return (
        "Give a node a dimension to run it for each coordinate (`text[B, N]`); "
        "`recurrent` takes turns until one succeeds, `in_order` takes them all."
    )


def _listed(words: tuple[str, ...]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _bad_escape(finding: BadEscape, place: Place) -> Words:
    start = place.span.start
    if finding.escape == "\\{":
        help = "Braces in a string of a call are ordinary text, so they need no backslash; only a template has holes."
        plain = written(place.source, place.span, "{", title="Remove the backslash")
        return Words({"escape": finding.escape}, help=help, fixes=[plain])
    fix = written(place.source, Span(start, start), "\\", title="Write `\\\\`")
    return Words({"escape": finding.escape}, fixes=[fix])


def _text_direction(finding: TextDirection, place: Place) -> Words:
    number = ord(finding.character)
    escape = f"\\u{number:04x}"
    fixes = [written(place.source, place.span, escape)] if finding.is_text else []
    return Words({"character": f"U+{number:04X}", "escape": escape}, fixes=fixes)


def _beyond_limits(finding: BeyondLimits, place: Place) -> Words:
    return Words({"reason": f"a number with more than {finding.most_digits} digits"})


def _nested_too_deep(finding: NestedTooDeep, place: Place) -> Words:
    return Words({"reason": f"more than {finding.most} nested brackets"})


def _reserved_word(finding: ReservedWord, place: Place) -> Words:
    return Words({"name": finding.name}, fixes=node_renamed(place.source, place.span, finding.name))


WORDING: Wording = {
    ReservedWord: _reserved_word,
    BadEscape: _bad_escape,
    BeyondLimits: _beyond_limits,
    Malformed: _malformed,
    NestedTooDeep: _nested_too_deep,
    TextDirection: _text_direction,
}
