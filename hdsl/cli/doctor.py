"""`hdsl doctor`: what is configured here, and whether it works."""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdsl.cli.errors import CommandError
from hdsl.cli.output import show
from hdsl.ground.display import one_line

if TYPE_CHECKING:
    from hdsl.configuration.settings import Settings
    from hdsl.kernel.reaching import Reached

_PACKAGES = {
    "run": ("torch", "numpy", "aiohttp", "Levenshtein", "rich", "matplotlib", "regex"),
    "local": ("xllamacpp",),
    "agent": ("claude-agent-sdk",),
    "acp": ("agent-client-protocol",),
    "lsp": ("pygls",),
    "mcp": ("mcp",),
    "pool": ("cryptography", "fsspec"),
}
"""What each extra brings."""
_SECONDS = 10.0
"""How long a server is waited for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `well` is None where nothing depends on it here."""

    what: str
    well: bool | None
    says: str
    fix: str = ""


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl doctor",
        description="Show what is configured for the files of a folder, and whether it works: versions, tmux, each "
        "kernel, its server and its model. Prints no key. Exit code 0: all is well; 1: something is not.",
        epilog="example: hdsl doctor examples/coder",
    )
    parser.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="default: the working folder")
    parser.add_argument("--json", action="store_true", help="print what was found as one JSON object")
    return parser


def run(words: list[str]) -> int:
    """Exit 0 where all is well, else 1."""
    options = make_parser().parse_args(words)
    settings = _settings(Path(options.folder))
    findings = [*_versions(), _configuration(Path(options.folder)), _tmux(), _sandbox(settings)]
    kernels = _kernels(settings)
    findings += [_of_kernel(each, settings) for each in kernels]
    findings += _similarity(settings)
    well = all(each.well is not False for each in findings)
    if options.json:
        value: dict[str, Any] = {"well": well, "findings": [asdict(each) for each in findings]}
        value["kernels"] = [asdict(each) for each in kernels]
        show(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        width = max(len(each.what) for each in findings)
        for each in findings:
            mark = {True: "ok", False: "NO", None: "--"}[each.well]
            show(f"{mark}  {each.what:<{width}}  {each.says}")
            if each.fix:
                show(f"    {'':<{width}}  fix: {each.fix}")
        show("all is well" if well else "not all is well")
    return 0 if well else 1


def _settings(folder: Path) -> "Settings":
    from hdsl.configuration.files import SettingsError
    from hdsl.configuration.settings import load_settings

    if not folder.is_dir():
        raise CommandError(f"{folder} is not a folder")
    try:
        return load_settings(folder)
    except SettingsError as error:
        raise CommandError(str(error)) from None


def _versions() -> Iterator[Finding]:
    from hdsl import __version__

    yield Finding("hdsl", True, f"{__version__}, Python {sys.version.split()[0]}")
    for extra, packages in _PACKAGES.items():
        found = {name: _version(name) for name in packages}
        missing = [name for name, known in found.items() if not known]
        says = ", ".join(f"{name} {known}" for name, known in found.items() if known)
        if missing:
            says = f"{says}; " if says else ""
            says += f"missing: {', '.join(missing)}"
        well = not missing if extra == "run" else (None if missing else True)
        yield Finding(f"hdsl[{extra}]", well, says, f"pip install 'hdsl[{extra}]'" if missing else "")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _configuration(folder: Path) -> Finding:
    from hdsl.configuration.files import find_configuration

    found = find_configuration(folder.absolute())
    return Finding("configuration", True, str(found[0]) if found else "none: every setting is its default")


def _tmux() -> Finding:
    from hdsl.terminal.errors import TerminalMissing
    from hdsl.terminal.integration import clean_environment
    from hdsl.terminal.server import find_tmux

    environment = clean_environment()
    try:
        path = find_tmux(environment)
        said = subprocess.run([path, "-V"], env=environment, capture_output=True, text=True, timeout=20.0).stdout
        return Finding("tmux", True, f"{one_line(said.strip(), 40)}, {path}")
    except TerminalMissing as missing:
        return Finding("tmux", False, str(missing), "install tmux")


def _sandbox(settings: "Settings") -> Finding:
    from hdsl.terminal.errors import SandboxMissing
    from hdsl.terminal.integration import clean_environment
    from hdsl.terminal.sandbox import find_sandbox

    try:
        find_sandbox(settings.project, clean_environment())
    except SandboxMissing as missing:
        return Finding("sandbox", False if settings.sandbox else None, str(missing))
    return Finding("sandbox", True, "can be made" + (", and is used" if settings.sandbox else "; not used"))


def _kernels(settings: "Settings") -> "list[Reached]":
    """All kernels that the configuration names, tried side by side."""
    try:
        from hdsl.kernel.reaching import reach
    except ModuleNotFoundError:
        return []
    names = dict.fromkeys([settings.kernel, *filter(None, [settings.reflection]), *settings.kernels])

    async def all_of_them() -> "list[Reached]":
        return await asyncio.gather(*(reach(settings, name) for name in names))

    return asyncio.run(all_of_them())


def _of_kernel(kernel: "Reached", settings: "Settings") -> Finding:
    roles = []
    if kernel.name == settings.kernel:
        roles.append("answers")
    if kernel.name == (settings.reflection or settings.kernel):
        roles.append("reflection")
    name = kernel.name.partition(":")[0]
    kind = "" if kernel.kind in ("", name) else f"{kernel.kind}: "
    role = f" [{', '.join(roles)}]" if roles else ""
    return Finding(f"kernel {name}{role}", kernel.well, f"{kind}{kernel.says}", kernel.fix)


def _similarity(settings: "Settings") -> Iterator[Finding]:
    """Whether the server that finds rows embeds a text: one word is asked for, which costs a token."""
    from hdsl.ground.errors import HdslError

    if settings.similarity == "words":
        return
    try:
        from hdsl.kernel.embeddings import Embeddings, NotEmbedded
        from hdsl.kernel.retry import RetryPolicy

        embeddings = Embeddings(settings, policy=RetryPolicy(0))
    except ModuleNotFoundError:
        return
    except HdslError as error:
        yield Finding("similarity", False, f"embeddings: {error}")
        return

    async def size() -> int:
        try:
            async with asyncio.timeout(_SECONDS):
                return await embeddings.size_now()
        finally:
            await embeddings.close()

    try:
        found = asyncio.run(size())
    except (HdslError, NotEmbedded, TimeoutError) as error:
        reason = str(error) or f"no answer within {_SECONDS:g} seconds"
        yield Finding("similarity", False, f"embeddings: {reason}")
        return
    yield Finding("similarity", True, f"embeddings of {embeddings.model!r}: {found:,} numbers for a text")
