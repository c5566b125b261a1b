"""The files of a workspace, checked as far as they changed: a file again when it, or what it uses, is another."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hdsl.check import findings
from hdsl.check.body import Body
from hdsl.check.checker import Checker
from hdsl.check.declarations import Declarer
from hdsl.check.definitions import Definitions
from hdsl.check.diagnostic import Diagnostic, Place
from hdsl.check.library import library
from hdsl.check.project import Project
from hdsl.check.report import Report
from hdsl.check.scope import Scope
from hdsl.editor.documents import Documents, OpenProject, Stamp
from hdsl.editor.memory import FileMemory, RememberedHarness, RememberingBody
from hdsl.graph.typed import Module, TypedHarness
from hdsl.ground.resources import resource_folder
from hdsl.syntax import tree
from hdsl.syntax.parsed import Parsed
from hdsl.syntax.parser import parse
from hdsl.syntax.source import Source

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "runs", "build", "dist"})


@dataclass(slots=True)
class Analysis:
    """A checked file. `diagnostics` are its own and those of files of rows that it loads."""

    path: str
    text: str
    source: Source
    parsed: Parsed
    module: Module
    tests: dict[str, TypedHarness]
    diagnostics: tuple[Diagnostic, ...]
    stamps: dict[str, Stamp]
    """The file itself, and those that were read or looked for and are not modules."""
    used: dict[str, Module]
    """The modules that it uses, by their paths."""


class Workspace:
    """Analyses of files, each made when it is asked for and what is known is out of date."""

    def __init__(self) -> None:
        self.documents = Documents()
        self._analyses: dict[str, Analysis] = {}
        self._memories: dict[str, FileMemory] = {}
        self._fresh: set[str] = set()

    def changed(self) -> None:
        """Something may have changed, here or on the disk."""
        self._fresh.clear()

    def analysis(self, path: str) -> Analysis | None:
        """The analysis of a file as it is now; None where it is not text or cannot be opened."""
        known = self._analyses.get(path)
        if known is not None and self._is_fresh(known):
            return known
        if self.documents.stamp(path) is None:
            return None
        analysis = self._analyse(path)
        self._fresh.add(path)
        return analysis

    def forget_unused(self) -> list[str]:
        """Forgets what is known of files that are neither open nor used by one that is; their paths."""
        kept = set(self.documents.paths)
        waiting = list(kept)
        while waiting:
            analysis = self._analyses.get(waiting.pop())
            more = [] if analysis is None else [path for path in analysis.used if path not in kept]
            kept.update(more)
            waiting += more
        forgotten = [path for path in {*self._analyses, *self._memories} if path not in kept]
        for path in forgotten:
            self._analyses.pop(path, None)
            self._memories.pop(path, None)
            self._fresh.discard(path)
        return forgotten

    def unreadable(self, path: str) -> tuple[Diagnostic, ...]:
        """Why a file has no analysis: what is wrong with it as a text."""
        report = Report()
        try:
            OpenProject(report, self.documents).open(Path(path), path)
        except OSError:
            return ()
        return report.diagnostics

    def users(self, path: str) -> list[str]:
        """The open files that use a file, directly or not, as far as they were checked."""
        found = {path}
        while more := [
            user
            for user, analysis in self._analyses.items()
            if user not in found and (found & analysis.used.keys() or found & analysis.stamps.keys())
        ]:
            found.update(more)
        return [user for user in self.documents.paths if user in found and user != path]

    def files(self) -> Iterator[str]:
        """All `.hg` files of the workspace: those that are open, and those in its folders."""
        seen = set(self.documents.paths)
        yield from self.documents.paths
        for folder in self.documents.folders:
            for root, folders, names in os.walk(folder):
                folders[:] = [name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS]
                for name in sorted(names):
                    path = os.path.join(root, name)  # noqa: PTH118
                    if name.endswith(".hg") and path not in seen:
                        seen.add(path)
                        yield path

    def uses_of(self, path: str) -> dict[str, tree.Use]:
        """The files that a file uses, with where it says so."""
        analysis = self._analyses.get(path)
        stamp = self.documents.stamp(path)
        if analysis is not None and analysis.stamps.get(path) == stamp:
            items = analysis.parsed.file.items
        else:
            try:
                read = None if stamp is None else OpenProject(Report(), self.documents).read(Path(path), path)
            except OSError:
                read = None
            items = () if read is None else read[1].file.items
        used: dict[str, tree.Use] = {}
        for item in items:
            if isinstance(item, tree.Use) and item.path is not None:
                used.setdefault(used_path(path, item.path.text), item)
        return used

    def cycle(self, path: str, used: str) -> list[str] | None:
        """The files by which a file that uses another is used by it."""
        waiting: list[list[str]] = [[used]]
        seen = {used}
        while waiting:
            chain = waiting.pop(0)
            if chain[-1] == path:
                return [path, *chain]
            for following in self.uses_of(chain[-1]):
                if following not in seen:
                    seen.add(following)
                    waiting.append([*chain, following])
        return None

    def tree_of(self, module: Module) -> tree.File:
        """The declarations of a module, of a file or of the library."""
        if module.path in library():
            return _library_tree(module.path)
        analysis = self.analysis(module.path)
        return tree.File(None, ()) if analysis is None else analysis.parsed.file

    def _is_fresh(self, analysis: Analysis) -> bool:
        if analysis.path in self._fresh:
            return True
        if any(self.documents.stamp(path) != stamp for path, stamp in analysis.stamps.items()):
            return False
        for path, module in analysis.used.items():
            used = self.analysis(path)
            if used is None or used.module is not module:
                return False
        self._fresh.add(analysis.path)
        return True

    def _analyse(self, path: str) -> Analysis | None:
        report = Report()
        memory = self._memories.setdefault(path, FileMemory())
        checker = EditorChecker(report, self, memory)
        try:
            module = checker.check(Path(path), path)
        except OSError:
            module = None
        if module is None:
            self._analyses.pop(path, None)
            return None
        used = checker.used
        own = [d for d in report.diagnostics if d.place.source.path not in used]
        looked_for = {*checker.project.dependencies, *module.seed_files, path} - used.keys()
        stamps = {each: self.documents.stamp(each) for each in map(os.path.normpath, looked_for)}
        text = self.documents.text(path)
        analysis = Analysis(
            path,
            module.source.text if text is None else text,
            module.source,
            checker.project.parsed[path],
            module,
            checker.tests,
            tuple(own),
            stamps,
            used,
        )
        self._analyses[path] = analysis
        return analysis


class EditorChecker(Checker):
    """Checks one file; the modules it uses and the nodes that did not change are taken from before."""

    def __init__(self, report: Report, workspace: Workspace, memory: FileMemory) -> None:
        project: Project = OpenProject(report, workspace.documents)
        super().__init__(report, library(), project)
        self.used: dict[str, Module] = {}
        self._workspace = workspace
        self._memory = memory
        self._harness: tree.Harness | None = None
        self._body: RememberingBody | None = None

    def used_module(self, path: Path, shown: str, place: Place, is_library: bool) -> Module:
        """A module as it was checked for itself; a cycle of uses is reported in each of its files."""
        if is_library:
            return super().used_module(path, shown, place, is_library)
        user = place.source.path
        cycle = self._workspace.cycle(user, shown)
        if cycle is not None:
            self.report.tell(findings.modules.ModuleCycle(cycle), place.source, place.span)
            return Module(shown, place.source, path.stem, complete=False)
        analysis = self._workspace.analysis(shown)
        if analysis is None:
            return Module(shown, place.source, path.stem, complete=False)
        self.used[shown] = analysis.module
        return analysis.module

    def check_harnesses(self, module: Module, declarer: Declarer, harnesses: list[tree.Harness]) -> None:
        """Checks all harnesses, from memory where all that they see is what it was."""
        self._memory.enter(module)
        super().check_harnesses(module, declarer, harnesses)

    def check_harness(self, module: Module, declarer: Declarer, harness: tree.Harness) -> None:
        """Checks a harness, or takes it from memory."""
        name = harness.name.text
        known = self._memory.harnesses.pop(name, None)
        if (
            known is not None
            and known.harness is harness
            and module.complete
            and _callees(module, known) == known.callees
        ):
            module.callables[name] = known.signature
            if known.typed is not None:
                module.harnesses[name] = known.typed
            if known.is_sound:
                module.sound.add(name)
            self._memory.harnesses[name] = known
            return
        reported = self.report.count
        self._harness, self._body = harness, None
        super().check_harness(module, declarer, harness)
        self._harness = None
        if self._body is None:
            return
        self._memory.nodes[name] = self._body.kept
        loads = any(isinstance(s, tree.Experience) and isinstance(s.source, tree.Load) for s in harness.body)
        if self.report.count == reported and module.complete and not loads:
            typed = module.harnesses.get(name)
            remembered = RememberedHarness(harness, {}, module.callables[name], typed, name in module.sound)
            names = dict.fromkeys(callable for node in self._body.kept.values() for callable, _ in node.callables)
            callees = _callees(module, remembered._replace(callees=dict.fromkeys(names, (None, False))))
            self._memory.harnesses[name] = remembered._replace(callees=callees)

    def body(self, scope: Scope, declarer: Declarer, definitions: Definitions) -> Body:
        """A body that remembers, of a harness; that of a test is always checked."""
        if self._harness is None:
            return super().body(scope, declarer, definitions)
        known = self._memory.nodes_of(self._harness, scope)
        self._body = RememberingBody(self.report, scope, declarer, definitions, known)
        return self._body


def used_path(path: str, written: str) -> str:
    """The file that a `use` in another names."""
    return os.path.normpath(Path(path).parent / written)


def file_of(module: str) -> str:
    """The file of a module: its path, or the library's file of its name."""
    if module in library():
        return str(resource_folder("stdlib") / f"{module.removeprefix('std.')}.hg")
    return module


def _callees(module: Module, known: RememberedHarness) -> dict[str, tuple[object, bool]]:
    """What a harness calls of its own file: the signature of each, and whether it is without errors."""
    return {name: (module.callables.get(name), name in module.sound) for name in known.callees}


@functools.cache
def _library_tree(name: str) -> tree.File:
    return parse(library()[name].source.text).file
