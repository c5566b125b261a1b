"""The corpus of diagnostics: `tests/corpus/CODE-name.md`, a section for each case, as its README describes."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hdsl.check.diagnostic import Diagnostic
from hdsl.check.render import human
from hdsl.check.render.json import document
from hdsl.check.session import check_file

CORPUS = Path(__file__).parents[1] / "corpus"
PROGRAMS = CORPUS / "programs"
MAIN = "main.hg"

Files = Mapping[str, bytes]
"""The content of files by their names."""

_CASE = re.compile(r"^## (?P<title>.+)\n(?P<body>(?:(?!## ).*\n)*)", re.MULTILINE)
_PART = re.compile(
    r"^In `(?P<program>\w+)`:$"
    r"|^Without `(?P<without>[^`\n]+)`\.$"
    r"|^`(?P<large>[^`\n]+)`: a file of (?P<size>[\d,]+) bytes\.$"
    r"|^(?:`(?P<name>[^`\n]+)`(?P<latin>, in Latin-1)?:\n\n)?"
    r"(?P<fence>`{3,})(?P<language>\w*)\n(?P<text>(?:.*\n)*?)(?P=fence)$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Case:
    """Files with one fault and what is said of them; in `fixed`, if the section has that, the same files without it.

    `block`: where what is said stands in the file of the case.
    """

    path: Path
    title: str
    wrong: Files
    said: str
    fixed: Files | None
    block: tuple[int, int]

    @property
    def code(self) -> str:
        return self.path.name[:5]

    @property
    def name(self) -> str:
        return f"{self.path.stem}: {self.title}"

    def __str__(self) -> str:
        return self.name


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case of the corpus, in the order of codes."""
    return tuple(case for path in sorted(CORPUS.glob("HG*.md")) for case in cases_of(path))


def cases_of(path: Path) -> Iterator[Case]:
    """The cases of one file."""
    text = path.read_text(encoding="utf-8")
    for case in _CASE.finditer(text):
        above, heading, below = case["body"].partition("\n### Fixed\n")
        parts = list(_PART.finditer(text, case.start("body"), case.start("body") + len(above)))
        (said,) = (part for part in parts if part["language"] == "text")
        yield Case(
            path,
            case["title"],
            _files(part for part in parts if part is not said),
            said["text"],
            _files(_PART.finditer(below)) if heading else None,
            said.span("text"),
        )


def check(files: Files, folder: Path) -> tuple[Diagnostic, ...]:
    """What is found in files, written into a folder and checked from there."""
    write(files, folder)
    with contextlib.chdir(folder):
        return check_file(Path(MAIN), MAIN).diagnostics


def write(files: Files, folder: Path) -> None:
    """Writes files into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def said_of(diagnostics: tuple[Diagnostic, ...]) -> str:
    """What is printed of diagnostics, and below it each edit of their fixes, as the JSON output has it."""
    lines = [human.render(diagnostics, [MAIN])]
    for diagnostic in document(diagnostics, [MAIN])["diagnostics"]:
        for fix in diagnostic["fixes"]:
            edits = ", ".join(f"{_shown(edit)} {json.dumps(edit['text'], ensure_ascii=False)}" for edit in fix["edits"])
            lines.append(f"{fix['applicability']} edits: {edits}\n")
    return "".join(lines)


def _shown(edit: dict[str, object]) -> str:
    """The range of an edit: `3:5-3:9`, with the file if that is another."""
    file, span = edit["file"], edit["span"]
    assert isinstance(span, dict)
    start, end = (f"{span[each]['line']}:{span[each]['column']}" for each in ("start", "end"))
    return f"{'' if file == MAIN else f'{file}:'}{start}-{end}"


def _files(parts: Iterator[re.Match[str]]) -> Files:
    files: dict[str, bytes] = {}
    for part in parts:
        if part["program"]:
            files |= program(part["program"])
        elif part["without"]:
            del files[part["without"]]
        elif part["size"]:
            files[part["large"]] = b"\n" * int(part["size"].replace(",", ""))
        else:
            name, text = part["name"] or MAIN, part["text"]
            if part["language"] == "diff":
                text = patched(files[name].decode(), text)
            files[name] = text.encode("latin-1" if part["latin"] else "utf-8")
    return files


@cache
def program(name: str) -> Files:
    """The files of one of the programs that cases change."""
    folder = PROGRAMS / name
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def patched(text: str, diff: str) -> str:
    """A text with a diff applied, whose hunks are parted by `@@`. What a hunk replaces must be there exactly once."""
    for hunk in diff.removesuffix("\n").split("\n@@\n"):
        lines = hunk.split("\n")
        before = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
        after = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
        places = [match.start() for match in re.finditer(rf"^{re.escape(before)}", text, re.MULTILINE)]
        assert len(places) == 1, f"{len(places)} places for\n{hunk}"
        text = text[: places[0]] + after + text[places[0] + len(before) :]
    return text
