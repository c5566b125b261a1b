"""`hdsl train`: trains the experience that a harness reaches."""

import argparse
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from hdsl.cli.asking_options import add_asking_options, asking
from hdsl.cli.errors import CommandError, error_message, how_it_ended
from hdsl.cli.executing import add_executor_option, rollouts_for
from hdsl.cli.numbers import whole
from hdsl.cli.output import flush, show, tell
from hdsl.cli.report import add_report_option, write_if_wanted
from hdsl.cli.sandboxed import add_sandbox_option, with_sandbox
from hdsl.cli.supervise import supervised
from hdsl.ground.errors import WRONG_USAGE, HdslError

if TYPE_CHECKING:
    from hdsl.configuration.settings import Settings
    from hdsl.learn.rollouts import Rollouts
    from hdsl.learn.run_folder import TrainingRecord
    from hdsl.learn.training import Training, Work
    from hdsl.run.asked import Asking


def run(words: list[str]) -> int:
    """Trains; what was learned goes to stdout, everything else to stderr."""
    options = make_parser().parse_args(words)
    return supervised(lambda: _train(options), lambda reason: tell(f"hdsl train: {reason}"))


def _train(options: argparse.Namespace) -> int:
    _load_what_trains()
    settings, record = _settings(options)
    file = options.file or (None if record is None else record.choices().file)
    if file is None:
        raise CommandError("name a FILE, or a training to resume with --resume")
    from hdsl.cli.train_report import summary, summary_as_json, watching
    from hdsl.learn.curve import write_curve

    began = monotonic()
    with (
        asking(options, settings, "train") as asked,
        rollouts_for(options, settings, asked) as rollouts,
        closing(_training(file, options, settings, record, asked, rollouts)) as training,
    ):
        code, reason = 0, ""
        try:
            with watching(training, options.review) as watch:
                training.run(watch, _review() if options.review else None)
        except EOFError:
            code, reason = 130, "interrupted"
        except (KeyboardInterrupt, HdslError, OSError) as error:
            code, reason = how_it_ended(error)
        try:
            training.record.note_state(_state(code))
            choices = training.work.choices
            write_curve(training.record.folder, training.steps, choices.harness, training.start.validation)
        except (HdslError, OSError) as error:
            code, reason = code or WRONG_USAGE, reason or error_message(error)
        seconds = monotonic() - began
        show(json.dumps(summary_as_json(training, seconds), indent=2) if options.json else summary(training, seconds))
    write_if_wanted(training.record.folder, settings, options)
    if code:
        flush()
        tell(f"hdsl train: {reason}; resume with: hdsl train --resume {training.record.id}")
    return code


def _state(code: int) -> str:
    states = {0: "finished", 4: "stopped by a budget", 5: "kernel unreachable", 130: "interrupted"}
    return states.get(code, "terminated" if code > 128 else "failed")


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl train",
        description="Train the experience that a harness reaches, as its train block says.",
        epilog="example: hdsl train examples/translate/translate.hg --epochs 2",
        allow_abbrev=False,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a .hg file")
    parser.add_argument("--harness", metavar="NAME", help="which train block of the file")
    parser.add_argument("--epochs", metavar="N", type=whole(1), help="passes over the examples")
    parser.add_argument("--seed", metavar="N", type=int, help="seed for the order of the examples and their split")
    add_asking_options(parser)
    add_sandbox_option(parser)
    add_executor_option(parser)
    parser.add_argument("--resume", metavar="RUN", help="resume a recorded training from its last step")
    parser.add_argument("--review", action="store_true", help="show each change and ask before it is made")
    parser.add_argument("--yes", action="store_true", help="type what the policy's built-in rules deny or ask about")
    add_report_option(parser)
    parser.add_argument("--json", action="store_true", help="print what was learned as one JSON object")
    return parser


def _load_what_trains() -> None:
    try:
        import matplotlib.figure  # noqa: F401

        import hdsl.learn.curve
        import hdsl.learn.start  # noqa: F401
    except ModuleNotFoundError as error:
        raise CommandError(f"training needs the package `{error.name}`: pip install 'hdsl[run]'") from None


def _settings(options: argparse.Namespace) -> "tuple[Settings, TrainingRecord | None]":
    from hdsl.configuration.settings import load_settings
    from hdsl.learn.run_folder import TrainingRecord
    from hdsl.run.record import redactor_of

    folder = Path(options.file).parent if options.file else Path()
    settings = load_settings(folder, kernel=options.kernel, sandbox=options.sandbox, yes=options.yes)
    if options.resume is None:
        return with_sandbox(settings), None
    given = Path(options.resume)
    place = given if given.is_dir() else settings.runs / options.resume
    chosen = TrainingRecord(place).choices()
    kernel, sandbox = options.kernel or chosen.kernel, options.sandbox or chosen.sandbox or None
    configured = with_sandbox(load_settings(folder, kernel=kernel, sandbox=sandbox, yes=options.yes))
    return configured, TrainingRecord(place, redactor_of(configured))


def _training(
    file: str,
    options: argparse.Namespace,
    settings: "Settings",
    record: "TrainingRecord | None",
    asked: "Asking",
    rollouts: "Rollouts",
) -> "Training":
    from hdsl.learn.run_folder import TrainingRecord
    from hdsl.learn.training import Training
    from hdsl.run.asked import kernel_for
    from hdsl.run.record import new_run_folder, redactor_of

    work = replace(_work(file, options, settings, record, asked), rollouts=rollouts)
    kernel = kernel_for(work.program, {}, settings, asked)
    if record is not None:
        return Training.resumed(work, kernel, record)
    return Training.begun(work, kernel, TrainingRecord(new_run_folder(settings.runs), redactor_of(settings)))


def _work(
    file: str, options: argparse.Namespace, settings: "Settings", record: "TrainingRecord | None", asked: "Asking"
) -> "Work":
    from hdsl.cli.programs import checked_file
    from hdsl.learn.start import Changed, work_of

    chosen = None if record is None else record.choices()
    harness = options.harness or (None if chosen is None else chosen.harness)
    epochs = options.epochs or (None if chosen is None else chosen.epochs)
    seed = options.seed if chosen is None else chosen.seed
    return work_of(*checked_file(file), settings, harness, Changed(epochs, seed), asked)


def _review() -> Any:
    from hdsl.cli.review import ask_about

    return ask_about
