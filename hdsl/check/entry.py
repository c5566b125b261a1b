"""From a file to a checked program: the harness that is meant, of a file that checks without errors."""

from collections.abc import Mapping
from pathlib import Path

from hdsl.check.diagnostic import Diagnostic
from hdsl.check.session import Checked, check_file
from hdsl.graph.inline import inline
from hdsl.graph.program import Program
from hdsl.graph.signature import OperationOf
from hdsl.graph.typed import Module, TypedHarness
from hdsl.graph.types import ExperienceOf
from hdsl.ground.errors import DOES_NOT_CHECK, HdslError
from hdsl.ground.spelling import did_you_mean


class CheckError(HdslError):
    """A file does not check: its diagnostics, and the first of them as the message."""

    exit_code = DOES_NOT_CHECK

    def __init__(self, file: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        first = next((each for each in diagnostics if each.severity == "error"), None)
        reason = "" if first is None else f": {first.code} {first.message}"
        super().__init__(f"{file} does not check{reason}")
        self.file = file
        self.diagnostics = diagnostics


class HarnessError(HdslError):
    """A file has not the harness that was asked for, or cannot say which is meant."""


def checked_module(path: Path, shown: str, levels: Mapping[str, str] | None = None) -> tuple[Checked, Module]:
    """A file that checks without errors. Raises CheckError, and OSError where it cannot be read."""
    checked = check_file(path, shown, levels)
    if checked.has_errors or checked.module is None:
        raise CheckError(shown, checked.diagnostics)
    return checked, checked.module


def checked_program(path: Path, harness: str | None = None) -> Program:
    """The program of a harness that can be run. Raises CheckError, HarnessError, and OSError."""
    _, module = checked_module(path, str(path))
    return inline(module, chosen_harness(module, harness, to_run=True))


def chosen_harness(module: Module, name: str | None, *, to_run: bool) -> TypedHarness:
    """The harness of this name; without one that named like the file, else the only one there is. HarnessError."""
    in_file_order = sorted(module.harnesses.items(), key=lambda item: item[1].signature.span.start)
    fit = {each: harness for each, harness in in_file_order if not to_run or not _is_called_by_others(harness)}
    if name is not None:
        if name not in module.harnesses:
            raise HarnessError(
                f"{module.path} has no harness `{name}`. {did_you_mean(name, module.harnesses, _names(fit))}"
            )
        if name not in fit:
            raise HarnessError(
                f"`{name}` takes an experience or an operation without default: others call it, it is not run"
            )
        return fit[name]
    if module.name in fit:
        return fit[module.name]
    if len(fit) == 1:
        return next(iter(fit.values()))
    if not fit:
        raise HarnessError(f"{module.path} has no harness that can be {'run' if to_run else 'shown'}")
    raise HarnessError(f"{module.path} has several harnesses: say which with --harness. {_names(fit)}")


def programs_to_run(module: Module) -> list[Program]:
    """The programs of all harnesses of a module that can be run, in the order of the file."""
    harnesses = sorted(module.harnesses.values(), key=lambda each: each.signature.span.start)
    return [inline(module, harness) for harness in harnesses if not _is_called_by_others(harness)]


def _is_called_by_others(harness: TypedHarness) -> bool:
    signature = harness.signature
    return any(isinstance(wanted.type, ExperienceOf) for wanted in signature.inputs) or any(
        isinstance(option.kind, OperationOf) for option in signature.options
    )


def _names(harnesses: dict[str, TypedHarness]) -> str:
    return "It has " + ", ".join(f"`{name}`" for name in harnesses) + "." if harnesses else ""
