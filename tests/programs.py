"""From the text of a file to a program, as `hdsl run` gets it: written, checked, inlined."""

from pathlib import Path

from hdsl.check.session import check_file
from hdsl.graph.inline import inline
from hdsl.graph.program import Program


def program_of(folder: Path, text: str, harness: str = "main", *, with_errors: bool = False) -> Program:
    """The program of a harness of `main.hg` in a folder. `with_errors`: whatever the checker says of it."""
    path = folder / "main.hg"
    path.write_text(text, encoding="utf-8")
    checked = check_file(path)
    assert with_errors or not checked.has_errors, checked.diagnostics
    assert checked.module is not None
    return inline(checked.module, checked.module.harnesses[harness])
