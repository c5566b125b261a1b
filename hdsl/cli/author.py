"""`hdsl author`: a model writes a harness; what it writes is checked, tested and corrected until it is right."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.asking_options import add_asking_options, asking, cost_of
from hdsl.cli.errors import CommandError
from hdsl.cli.numbers import whole
from hdsl.cli.output import show, tell
from hdsl.cli.supervise import supervised
from hdsl.ground.errors import DOES_NOT_CHECK, LIMIT

if TYPE_CHECKING:
    from hdsl.author.writing import Attempt, Written
    from hdsl.configuration.settings import Settings
    from hdsl.run.asked import Asking

_NAME = re.compile(r"^harness[ \t]+([A-Za-z_]\w*)", re.MULTILINE)


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl author",
        description="Let a model write a harness, with the checker and its tests to correct it.",
        epilog='example: hdsl author "answer letters in a friendly tone" --kernel large --out reply.hg',
    )
    parser.add_argument("description", metavar="TEXT", help="what the harness should do")
    parser.add_argument("--out", metavar="FILE", help="the file to write (default: the harness's name, in this folder)")
    parser.add_argument(
        "--tries", metavar="N", type=whole(1, 100), default=4, help="how often the model may write (default: 4)"
    )
    add_asking_options(parser)
    return parser


def run(words: list[str]) -> int:
    """Exit 0 with a file that checks and passes its tests; 1 with the best one that there is, and what is wrong."""
    options = make_parser().parse_args(words)
    return supervised(lambda: _author(options), lambda reason: tell(f"hdsl author: {reason}"))


def _author(options: argparse.Namespace) -> int:
    from hdsl.configuration.settings import load_settings

    if not options.description.strip():
        raise CommandError("the description is empty: say what the harness should do")
    out = None if options.out is None else Path(options.out)
    if out is not None:
        _check_free(out)
    settings = load_settings(kernel=options.kernel)
    if settings.kernel == "nearest":
        raise CommandError("nearest cannot write: name a model, as with --kernel local")
    with asking(options, settings, "author") as asked:
        written = _written(options, settings, asked)
    if written.best is None:
        reasons = [attempt.refused for attempt in written.attempts if attempt.refused]
        tell(f"hdsl author: nothing was written: {written.stopped or reasons[-1]}")
        return LIMIT if written.stopped else DOES_NOT_CHECK
    return _conclude(written, out)


def _written(options: argparse.Namespace, settings: "Settings", asked: "Asking") -> "Written":
    from hdsl.author.writing import is_guided, write
    from hdsl.future.loop import CLOSING, run_sync
    from hdsl.kernel.registry import make_kernel

    kernel = make_kernel(settings, [], asked.purse)
    answering = asked.of(kernel)
    try:
        return write(
            options.description,
            lambda request: run_sync(answering.answer(request)),
            tries=options.tries,
            max_tokens=settings.max_tokens,
            guided=is_guided(settings),
            watch=_tell_attempt,
        )
    finally:
        run_sync(kernel.close(), CLOSING)


def _tell_attempt(attempt: "Attempt") -> None:
    found = attempt.judged
    if found is None:
        tell(f"try {attempt.number + 1}: no file: {attempt.refused}")
    elif found.is_right:
        tell(f"try {attempt.number + 1}: checks, {found.passed} test{'s' * (found.passed != 1)} passed")
    else:
        parts = [f"{len(each)} {word}{'s' * (len(each) != 1)}" for each, word in _wrong(attempt) if each]
        tell(f"try {attempt.number + 1}: {', '.join(parts)}")


def _wrong(attempt: "Attempt") -> list[tuple[tuple[str, ...], str]]:
    found = attempt.judged
    assert found is not None
    return [(found.errors, "error"), (found.failed, "failed test")]


def _conclude(written: "Written", out: Path | None) -> int:
    from hdsl.ground.files import write_atomically

    best = written.best
    assert best is not None
    path = out or _free_path(best.text)
    write_atomically(path, best.text)
    show(str(path))
    for line in (*best.errors, *best.failed):
        tell(line)
    for name in best.not_run:
        tell(f'not run, because it touches files or a terminal: test "{name}"')
    tries = len(written.attempts)
    tell(
        f"hdsl author: {'right' if best.is_right else 'not right yet'} after {tries} {'try' if tries == 1 else 'tries'}"
        f"{cost_of(written.usage)}{'; ' + written.stopped if written.stopped else ''}"
    )
    if best.is_right:
        return 0
    return LIMIT if written.stopped else DOES_NOT_CHECK


def _check_free(path: Path) -> None:
    if path.exists():
        raise CommandError(f"{path} already exists: name another file with --out")
    if not path.absolute().parent.is_dir():
        raise CommandError(f"--out: there is no folder {path.absolute().parent}")


def _free_path(text: str) -> Path:
    """A file that is not there yet, named for the harness."""
    found = _NAME.search(text)
    name = found[1] if found is not None else "harness"
    paths = (Path(f"{name}{number or ''}.hg") for number in (0, *range(2, 1000)))
    return next(path for path in paths if not path.exists())
