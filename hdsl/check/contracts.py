"""Rules of contracts (HG7xx): the language version, and train blocks against their harness."""

from hdsl.check.report import Report, did_you_mean
from hdsl.graph.typed import Module
from hdsl.syntax import tree
from hdsl.syntax.source import Source

LANGUAGE_VERSION = 1

TRAIN_SETTINGS = {
    "data": '`load("pairs.jsonl")`',
    "loss": "the name of a loss: `edit_distance`",
    "valid": "a number from 0 to 1",
    "keep": '"always", "not_worse" or "better"',
    "epochs": "a whole number",
    "batch": "a whole number",
    "lr": "a number",
    "seed": "a whole number",
}


def check_version(report: Report, source: Source, version: tree.Version | None) -> None:
    """The file must be of a version that this checker knows."""
    if version is not None and version.number != LANGUAGE_VERSION:
        report.add(
            "unknown-version",
            source,
            version.span,
            number=version.number,
            known=LANGUAGE_VERSION,
            expected=str(LANGUAGE_VERSION),
            found=str(version.number),
        )


def check_train(report: Report, module: Module, train: tree.Train, unread: frozenset[str]) -> None:
    """The harness must be one of this file, and each setting one that training has."""
    source, name = module.source, train.harness
    signature = module.callables.get(name.text)
    if (signature is None or not signature.is_harness) and name.text not in unread:
        harnesses = [each for each, signature in module.callables.items() if signature.is_harness]
        help = did_you_mean(name.text, harnesses, "Name a harness of this file.")
        report.add("unknown-harness", source, name.span, name=name.text, help=help)
    seen: set[str] = set()
    for setting in train.settings:
        word = setting.name.text
        if word in seen:
            report.add("duplicate-option", source, setting.name.span, name=word)
        elif word not in TRAIN_SETTINGS:
            help = did_you_mean(
                word, TRAIN_SETTINGS, "The settings are " + ", ".join(f"`{s}`" for s in TRAIN_SETTINGS) + "."
            )
            report.add("unknown-option", source, setting.name.span, name=word, operation="train", help=help)
        elif not _fits(word, setting.value):
            report.add(
                "wrong-literal",
                source,
                setting.value.span,
                name=word,
                wanted=TRAIN_SETTINGS[word],
                expected=TRAIN_SETTINGS[word],
            )
        seen.add(word)
    if "data" not in seen:
        report.add(
            "missing-argument",
            source,
            name.span,
            name="data",
            operation="train",
            expected=TRAIN_SETTINGS["data"],
            help='Add `data = load("pairs.jsonl")`.',
        )


def _fits(setting: str, value: object) -> bool:
    match setting, value:
        case "data", tree.Load():
            return True
        case "loss", tree.Name() | tree.BoundOperation():
            return True
        case "keep", tree.Text(text="always" | "not_worse" | "better"):
            return True
        case (("epochs" | "batch" | "seed"), tree.Number(value=int())):
            return True
        case "lr", tree.Number():
            return True
        case "valid", tree.Number(value=number):
            return 0 <= number < 1
        case _:
            return False
