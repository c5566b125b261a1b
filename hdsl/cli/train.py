"""`hdsl train`: trains the experience that a harness reaches."""

import argparse
import json
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from hdsl.cli.errors import CommandError, said
from hdsl.cli.output import flush, show, tell
from hdsl.cli.sandboxed import add_sandbox_option, with_sandbox
from hdsl.cli.supervise import supervised
from hdsl.future.stopping import exit_code

if TYPE_CHECKING:
    from hdsl.configuration.settings import Settings
    from hdsl.learn.run_folder import TrainingRecord
    from hdsl.learn.training import Training, Work


def run(words: list[str]) -> int:
    """Trains; what was learned goes to stdout, everything else to stderr."""
    options = _parser().parse_args(words)
    return supervised(lambda: _train(options), lambda reason: tell(f"hdsl train: {reason}"))


def _train(options: argparse.Namespace) -> int:
    _load_what_trains()
    settings, record = _settings(options)
    file = options.file or (None if record is None else record.choices().file)
    if file is None:
        raise CommandError("name a FILE, or with --resume a training to go on with")
    from hdsl.cli.train_report import summary, summary_as_json, watching
    from hdsl.learn.curve import write_curve
    from hdsl.learn.run_folder import ResumeError

    began = monotonic()
    with closing(_training(file, options, settings, record)) as training:
        code, reason = 0, ""
        try:
            with watching(training, options.review) as watch:
                training.run(watch, _review() if options.review else None)
        except EOFError:
            code, reason = 130, "interrupted"
        except KeyboardInterrupt as interrupt:
            code = exit_code(interrupt)
            reason = "interrupted" if code == 130 else "terminated"
        except Exception as error:
            code, reason = ended(error)
        try:
            training.record.note_state(_state(code))
            choices = training.work.choices
            write_curve(training.record.folder, training.steps, choices.harness, training.start.validation)
        except (ResumeError, OSError) as error:
            code, reason = code or 2, reason or said(error)
        seconds = monotonic() - began
        show(json.dumps(summary_as_json(training, seconds), indent=2) if options.json else summary(training, seconds))
    if code:
        flush()
        tell(f"hdsl train: {reason}; go on with: hdsl train --resume {training.record.id}")
    return code


def _state(code: int) -> str:
    states = {0: "finished", 4: "stopped by a budget", 5: "kernel unreachable", 130: "interrupted"}
    return states.get(code, "terminated" if code > 128 else "failed")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hdsl train",
        description="Trains the experience that a harness reaches, as its train block says.",
        epilog="example: hdsl train examples/translate/translate.hg --epochs 2",
        allow_abbrev=False,
    )
    parser.add_argument("file", nargs="?", metavar="FILE")
    parser.add_argument("--harness", metavar="NAME", help="which train block of the file")
    parser.add_argument("--epochs", metavar="N", type=_from_one, help="how often each example is seen")
    parser.add_argument("--seed", metavar="N", type=int, help="of the order of examples and of their split")
    parser.add_argument("--kernel", metavar="K", help="what answers: nearest (embedded) or openai")
    add_sandbox_option(parser)
    parser.add_argument("--resume", metavar="RUN", help="go on with a recorded training from its last step")
    parser.add_argument("--review", action="store_true", help="show each change and ask before it is made")
    parser.add_argument("--yes", action="store_true", help="type what the policy's built-in rules deny or ask about")
    parser.add_argument("--json", action="store_true", help="print what was learned as one JSON object")
    return parser


def _from_one(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1, not {word}")
    return number


def _load_what_trains() -> None:
    try:
        import matplotlib.figure  # noqa: F401

        import hdsl.learn.curve
        import hdsl.learn.start  # noqa: F401
    except ModuleNotFoundError as error:
        raise CommandError(f"training needs the package `{error.name}`: pip install 'hdsl[run]'") from None


def _settings(options: argparse.Namespace) -> "tuple[Settings, TrainingRecord | None]":
    from hdsl.configuration.settings import SettingsError, load_settings
    from hdsl.learn.run_folder import ResumeError, TrainingRecord
    from hdsl.run.record import redactor_of

    folder = Path(options.file).parent if options.file else Path()
    try:
        settings = load_settings(folder, kernel=options.kernel, sandbox=options.sandbox, yes=options.yes)
        if options.resume is None:
            return with_sandbox(settings), None
        given = Path(options.resume)
        place = given if given.is_dir() else settings.runs / options.resume
        chosen = TrainingRecord(place).choices()
        kernel, sandbox = options.kernel or chosen.kernel, options.sandbox or chosen.sandbox or None
        configured = with_sandbox(load_settings(folder, kernel=kernel, sandbox=sandbox, yes=options.yes))
        return configured, TrainingRecord(place, redactor_of(configured))
    except (SettingsError, ResumeError) as error:
        raise CommandError(str(error)) from None


def _training(
    file: str, options: argparse.Namespace, settings: "Settings", record: "TrainingRecord | None"
) -> "Training":
    from hdsl.configuration.settings import SettingsError
    from hdsl.kernel.registry import make_kernel
    from hdsl.learn.run_folder import ResumeError, TrainingRecord
    from hdsl.learn.training import Training
    from hdsl.run.record import new_run_folder, redactor_of

    work = _work(file, options, settings, record)
    try:
        kernel = make_kernel(settings)
        if record is not None:
            return Training.resumed(work, kernel, record)
        return Training.begun(work, kernel, TrainingRecord(new_run_folder(settings.runs), redactor_of(settings)))
    except (SettingsError, ResumeError) as error:
        raise CommandError(str(error)) from None
    except Exception as error:
        code, reason = ended(error)
        raise CommandError(reason, code) from None


def _work(file: str, options: argparse.Namespace, settings: "Settings", record: "TrainingRecord | None") -> "Work":
    chosen = None if record is None else record.choices()
    harness = options.harness or (None if chosen is None else chosen.harness)
    epochs = options.epochs or (None if chosen is None else chosen.epochs)
    return work_for(file, settings, harness, epochs, options.seed if chosen is None else chosen.seed)


def work_for(file: str, settings: "Settings", harness: str | None, epochs: int | None, seed: int | None) -> "Work":
    """The work of a file's training; what is None is as its train block says. CommandError where there is none."""
    from hdsl.cli.programs import checked_file
    from hdsl.experience.training_data import TrainingDataError
    from hdsl.learn.start import Changed, NothingToTrain, work_of
    from hdsl.run.entries import EntryError

    try:
        return work_of(*checked_file(file), settings, harness, Changed(epochs, seed))
    except NothingToTrain as error:
        raise CommandError(str(error)) from None
    except (TrainingDataError, EntryError, OSError) as error:
        raise CommandError(said(error), 1 if isinstance(error, TrainingDataError) else 2) from None


def _review() -> Any:
    from hdsl.cli.review import ask_about

    return ask_about


def ended(error: Exception) -> tuple[int, str]:
    """The exit code and the reason of what ends a training; what is none of it is raised again."""
    from hdsl.experience.files import ExperienceError
    from hdsl.experience.folder import ExperienceLocked
    from hdsl.experience.history import HistoryError
    from hdsl.experience.undoing import ExperienceChanged
    from hdsl.future.context import BudgetSpent, RunEnded
    from hdsl.ground.json_lines import JsonLinesError
    from hdsl.kernel.request import KernelUnreachable
    from hdsl.learn.binding import BindingError
    from hdsl.learn.losses import LossFailed
    from hdsl.run.entries import EntryError
    from hdsl.run.lower import LoweringError

    codes: dict[type[Exception], int] = {
        BudgetSpent: 4,
        KernelUnreachable: 5,
        LossFailed: 3,
        RunEnded: 2,
        ExperienceError: 1,
        HistoryError: 1,
        ExperienceChanged: 2,
        ExperienceLocked: 2,
        BindingError: 2,
        LoweringError: 2,
        EntryError: 2,
        JsonLinesError: 2,
        OSError: 2,
    }
    for kind, code in codes.items():
        if isinstance(error, kind):
            return code, said(error)
    raise error
