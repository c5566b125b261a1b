"""From a checked file to the work of a training: its train block, its examples, its loss."""

from dataclasses import dataclass
from pathlib import Path

from hdsl.check.entry import checked_module
from hdsl.check.session import Checked
from hdsl.configuration.settings import Settings, load_settings
from hdsl.experience.training_data import read_examples
from hdsl.graph.inline import inline
from hdsl.graph.typed import Module, TypedTraining
from hdsl.ground.errors import HdslError
from hdsl.ground.spelling import did_you_mean
from hdsl.kernel.registry import make_kernel
from hdsl.kernel.request import Kernel
from hdsl.learn.losses import Loss
from hdsl.learn.run_folder import Choices, TrainingRecord, digest
from hdsl.learn.training import Training, Watch, Work
from hdsl.run.asked import Asking, finder_for
from hdsl.run.record import new_run_folder, redactor_of


class NothingToTrain(HdslError):  # noqa: N818 - a state
    """A file has no training that was meant, or one that nothing can be learned in; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What is asked for in place of what a train block says; None: as it says."""

    epochs: int | None = None
    seed: int | None = None


def work_of(
    checked: Checked,
    module: Module,
    settings: Settings,
    harness: str | None,
    changed: Changed,
    asking: Asking | None = None,
) -> Work:
    """The work of a file's training. `asking`: what holds for the questions to models.

    Raises NothingToTrain, TrainingDataError, EntryError, OSError, and what making the finder of rows raises.
    """
    block = _chosen(module, harness)
    folder = Path(module.path).parent
    data = folder / block.data
    program = inline(module, module.harnesses[block.harness])
    if not program.tables:
        raise NothingToTrain(f"`{block.harness}` reaches no experience: there is nothing that could learn")
    examples = read_examples(data)
    if not examples:
        raise NothingToTrain(f"{data} has no examples")
    loss = Loss(block.loss, module.path)
    choices = Choices(
        module.path,
        block.harness,
        str(data),
        loss.name,
        block.valid,
        block.keep,
        changed.epochs if changed.epochs is not None else block.epochs,
        block.batch,
        block.lr,
        changed.seed if changed.seed is not None else block.seed,
        settings.kernel,
        settings.sandbox,
    )
    content = digest(*sorted({*map(Path, checked.files), data}))
    finder = finder_for(settings, asking or Asking())
    return Work(program, examples, loss, choices, settings.project, content, settings.policy, finder)


def train(
    file: str | Path,
    harness: str | None = None,
    *,
    kernel: Kernel | str | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
    watch: Watch = lambda step: None,
) -> Training:
    """Trains a harness by its train block, as `hdsl train` does, and is the training when it has ended.

    `kernel`: an object that answers, or the name of one; else the settings'. `watch` is told of each step. Raises
    CheckError where the file does not check, and what `work_of` and `Training` raise.
    """
    path = Path(file)
    configured = settings or load_settings(path.parent, kernel=kernel if isinstance(kernel, str) else None)
    work = work_of(*checked_module(path, str(path)), configured, harness, Changed(epochs, seed))
    answering = make_kernel(configured) if kernel is None or isinstance(kernel, str) else kernel
    training = Training.begun(work, answering, TrainingRecord(new_run_folder(configured.runs), redactor_of(configured)))
    try:
        training.run(watch)
    finally:
        training.close()
    return training


def _chosen(module: Module, harness: str | None) -> TypedTraining:
    blocks = module.trainings
    if harness is not None and harness not in blocks:
        known = "It trains " + ", ".join(f"`{name}`" for name in blocks) + "." if blocks else ""
        raise NothingToTrain(f"{module.path} has no `train {harness}`. {did_you_mean(harness, blocks, known)}".strip())
    if harness is not None:
        return blocks[harness]
    if not blocks:
        raise NothingToTrain(f'{module.path} has no train block: add `train NAME {{ data = load("pairs.jsonl") }}`')
    if len(blocks) > 1 and module.name not in blocks:
        raise NothingToTrain(f"{module.path} trains several harnesses: say which with --harness ({', '.join(blocks)})")
    return blocks.get(module.name) or next(iter(blocks.values()))
