"""The words of findings about files."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.files import MissingFile, NotUtf8, UnknownModule, UnreadableFile
from hdsl.check.fixes import quoted, renamed, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.ground.spelling import certain, did_you_mean


def _unreadable_file(finding: UnreadableFile, place: Place) -> Words:
    help = None
    if finding.error:
        reason = finding.error
    elif finding.kinds:
        kinds = ", ".join(finding.kinds)
        reason = f"it is not one of {kinds}" if len(finding.kinds) > 1 else f"it is not a {kinds} file"
        help = f"Only {kinds} files can be used." if finding.is_used else None
    else:
        reason = "it is outside the project"
        help = (
            "Use a file inside the project: below the folder of the repository, of the configuration, or of this file."
        )
    return Words({"path": finding.path, "reason": reason}, help=help)


def _missing_file(finding: MissingFile, place: Place) -> Words:
    name, others = finding.name, finding.others
    folder, slash, _ = finding.path.rpartition("/")
    meant = certain(name, others)
    return Words(
        {"path": finding.path},
        help=did_you_mean(name, others, "The path is relative to the folder of this file."),
        fixes=[] if meant is None else [written(place.source, place.span, quoted(f"{folder}{slash}{meant}"))],
    )


def _not_utf8(finding: NotUtf8, place: Place) -> Words:
    return Words({"byte": f"0x{finding.byte:02x}", "offset": finding.offset})


def _unknown_module(finding: UnknownModule, place: Place) -> Words:
    name, modules = finding.name, finding.modules
    return Words(
        {"name": name},
        help=did_you_mean(name, modules, f"The modules are {', '.join(modules)}."),
        fixes=renamed(place.source, place.span, name, modules),
    )


WORDING: Wording = {
    MissingFile: _missing_file,
    NotUtf8: _not_utf8,
    UnknownModule: _unknown_module,
    UnreadableFile: _unreadable_file,
}
