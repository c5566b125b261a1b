"""Checks an example of the catalogue: a whole file, and the files beside it, in a folder of their own."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hdsl.check.catalogue.rule import EXAMPLE, Example
from hdsl.check.diagnostic import Diagnostic, Place
from hdsl.check.session import check_file
from hdsl.syntax.source import Source


def check_example(example: Example) -> tuple[Diagnostic, ...]:
    """What is found in an example, with paths as its author sees them."""
    with TemporaryDirectory() as folder:
        for name, content in ((EXAMPLE, example.text), *example.files):
            (Path(folder) / name).write_bytes(_bytes(content))
        found = check_file(Path(folder) / EXAMPLE).diagnostics
        return tuple(_without_folder(diagnostic, f"{folder}/") for diagnostic in found)


def _bytes(content: str | bytes | int) -> bytes:
    if isinstance(content, int):
        return b"\n" * content
    return content.encode() if isinstance(content, str) else content


def _without_folder(diagnostic: Diagnostic, folder: str) -> Diagnostic:
    related = tuple(each._replace(place=_place(each.place, folder)) for each in diagnostic.related)
    place = _place(diagnostic.place, folder)
    return diagnostic._replace(place=place, related=related, message=diagnostic.message.replace(folder, ""))


def _place(place: Place, folder: str) -> Place:
    return Place(Source(place.source.path.removeprefix(folder), place.source.text), place.span)
