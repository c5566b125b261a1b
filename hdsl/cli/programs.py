"""From a file to a checked program: what `graph`, `cost` and `run` begin with."""

import sys
from pathlib import Path

from hdsl.check.checker import Checked, check_file
from hdsl.check.render.human import render
from hdsl.check.report import did_you_mean
from hdsl.cli.configured import Configured
from hdsl.cli.errors import CommandError
from hdsl.cli.paths import readable
from hdsl.cli.style import may_colour
from hdsl.graph.inline import inline
from hdsl.graph.program import Program
from hdsl.graph.signature import OperationOf
from hdsl.graph.typed import Module, TypedHarness
from hdsl.graph.types import ExperienceOf

DOES_NOT_CHECK = 1


def checked_file(file: str) -> tuple[Checked, Module]:
    """A file that checks without errors. Its findings go to stderr; CommandError where it does not check."""
    path = Path(file)
    if path.is_dir():
        raise CommandError(f"{file} is a folder; name a .hg file")
    if not path.exists():
        raise CommandError(f"there is no file {file}")
    readable(file)
    checked = check_file(path, file, Configured().levels(file))
    if checked.has_errors or checked.module is None:
        sys.stderr.write(render(checked.diagnostics, [file], may_colour(sys.stderr)))
        raise CommandError(f"{file} does not check", DOES_NOT_CHECK)
    return checked, checked.module


def chosen_harness(module: Module, name: str | None, *, to_run: bool) -> TypedHarness:
    """The harness of this name; without one that named like the file, else the only one there is."""
    in_file_order = sorted(module.harnesses.items(), key=lambda item: item[1].signature.span.start)
    fit = {each: harness for each, harness in in_file_order if not to_run or not _is_called_by_others(harness)}
    if name is not None:
        if name not in module.harnesses:
            raise CommandError(
                f"{module.path} has no harness `{name}`. {did_you_mean(name, module.harnesses, _names(fit))}"
            )
        if name not in fit:
            raise CommandError(
                f"`{name}` takes an experience or an operation without default: others call it, it is not run"
            )
        return fit[name]
    if module.name in fit:
        return fit[module.name]
    if len(fit) == 1:
        return next(iter(fit.values()))
    if not fit:
        raise CommandError(f"{module.path} has no harness that can be {'run' if to_run else 'shown'}")
    raise CommandError(f"{module.path} has several harnesses: say which with --harness. {_names(fit)}")


def program_of(file: str, harness: str | None, *, to_run: bool = False) -> Program:
    """The program of a harness of a file."""
    _, module = checked_file(file)
    return inline(module, chosen_harness(module, harness, to_run=to_run))


def _is_called_by_others(harness: TypedHarness) -> bool:
    signature = harness.signature
    return any(isinstance(wanted.type, ExperienceOf) for wanted in signature.inputs) or any(
        isinstance(option.kind, OperationOf) for option in signature.options
    )


def _names(harnesses: dict[str, TypedHarness]) -> str:
    return "It has " + ", ".join(f"`{name}`" for name in harnesses) + "." if harnesses else ""
