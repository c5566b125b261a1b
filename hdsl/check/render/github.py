"""Diagnostics as workflow commands, which GitHub shows at the lines of a pull request."""

from collections.abc import Sequence

from hdsl.check.diagnostic import Diagnostic
from hdsl.check.render.columns import shown
from hdsl.check.render.order import in_order


def render(diagnostics: Sequence[Diagnostic], files: Sequence[str], colour: bool = False) -> str:
    """One command a line; nothing where nothing was found. `colour` is of no use here."""
    return "".join(_command(diagnostic) for diagnostic in in_order(diagnostics))


def _command(diagnostic: Diagnostic) -> str:
    source, span = diagnostic.place
    line, column = source.position(span.start)
    end_line, end_column = source.position(span.end)
    place = {"file": source.path, "line": str(line), "endLine": str(end_line)}
    if line == end_line:
        place |= {"col": str(column), "endColumn": str(end_column)}
    place["title"] = f"{diagnostic.code} {diagnostic.name}"
    properties = ",".join(f"{name}={_property(value)}" for name, value in place.items())
    message = _data(f"{diagnostic.message} {diagnostic.help}".rstrip())
    return f"::{diagnostic.severity} {properties}::{message}\n"


def _data(text: str) -> str:
    lines = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return shown(lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
