"""What is seen of a repository's code while its tests run: functions entered, arcs between lines, and single calls.

By `sys.monitoring`; before Python 3.12 by `sys.setprofile`, and where lines are asked for by `sys.settrace`.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

MONITORING: Any = getattr(sys, "monitoring", None)
"""None before Python 3.12."""
LONGEST_CHAIN = 12


class Names:
    """The files of code objects, as the repository names them."""

    def __init__(self, tree: Path) -> None:
        self.root = f"{os.path.realpath(tree)}{os.sep}"
        self.known: dict[CodeType, str | None] = {}

    def of(self, code: CodeType) -> str | None:
        """The file's path in the repository; None for code from elsewhere."""
        try:
            return self.known[code]
        except KeyError:
            path = code.co_filename
            path = path if path.startswith("<") else os.path.realpath(path)
            name = path[len(self.root) :] if path.startswith(self.root) else None
            self.known[code] = name
            return name


class Watcher:
    """Looks at nothing."""

    is_lasting = False
    """Whether what was seen is written after each test, so that it is there where a later one ends the process."""

    def __init__(self, tree: Path, work: dict[str, Any]) -> None:
        self.names = Names(tree)

    def begin(self, test: str) -> None:
        """A test begins."""

    def end(self, test: str, passed: bool) -> None:
        """It has ended."""

    def result(self) -> dict[str, Any]:
        """What was seen."""
        return {}


class Functions(Watcher):
    """Which functions of the repository each test enters: by file and first line."""

    is_lasting = True

    def __init__(self, tree: Path, work: dict[str, Any]) -> None:
        super().__init__(tree, work)
        self.entered: set[tuple[str, int]] = set()
        self.tests: dict[str, list[tuple[str, int]]] = {}

    def begin(self, test: str) -> None:
        self.entered = set()
        if MONITORING is None:
            sys.setprofile(self.profile)
        else:
            monitor({MONITORING.events.PY_START: self.start})
            MONITORING.restart_events()

    def end(self, test: str, passed: bool) -> None:
        if MONITORING is None:
            sys.setprofile(None)
        else:
            monitor({})
        if passed:
            self.tests[test] = sorted(self.entered)

    def profile(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            self.enter(frame.f_code)

    def start(self, code: CodeType, offset: int) -> Any:
        self.enter(code)
        return MONITORING.DISABLE

    def enter(self, code: CodeType) -> None:
        name = self.names.of(code)
        if name is not None:
            self.entered.add((name, code.co_firstlineno))

    def result(self) -> dict[str, Any]:
        return {"functions": self.tests}


def monitor(callbacks: dict[int, Callable[..., Any]]) -> None:
    """Lets `sys.monitoring` tell of these events alone."""
    tool = MONITORING.PROFILER_ID
    if MONITORING.get_tool(tool) is None:
        MONITORING.use_tool_id(tool, "hdsl")
    MONITORING.set_events(tool, 0)
    for event, callback in callbacks.items():
        MONITORING.register_callback(tool, event, callback)
    MONITORING.set_events(tool, sum(callbacks))


class Run:
    """One call of a function, as it goes on."""

    def __init__(self, frame: FrameType, chain: list[str]) -> None:
        self.frame = frame
        self.last = 0
        self.lines: Counter[int] = Counter()
        self.arcs: set[tuple[int, int]] = set()
        self.chain = chain
        self.pending = ""
        caller = frame.f_back
        self.caller = caller
        self.caller_line = caller.f_lineno if caller is not None else 0

    def line(self, line: int) -> None:
        """The call has come to a line; an exception that was raised before is handled."""
        self.pending = ""
        self.lines[line] += 1
        if self.last:
            self.arcs.add((self.last, line))
        self.last = line

    def end(self) -> None:
        """The call has ended."""
        self.arcs.add((self.last, -1))


class Runs(Watcher):
    """Some calls: the first of each wanted function in a test, or all that go through a part of a file."""

    def __init__(self, tree: Path, work: dict[str, Any]) -> None:
        super().__init__(tree, work)
        self.test = ""
        self.open: dict[FrameType, Run] = {}

    def wanted(self, name: str, code: CodeType) -> bool:
        """Whether a call is looked at."""
        raise NotImplementedError

    def ended(self, run: Run) -> None:
        """A call that was looked at has ended."""
        raise NotImplementedError

    def begin(self, test: str) -> None:
        self.test = test
        self.open = {}
        if MONITORING is None:
            sys.settrace(self.traced)
            return
        events = MONITORING.events
        monitor(
            {
                events.PY_START: lambda code, offset: self.call(sys._getframe(1)),
                events.LINE: self.monitored_line,
                events.RAISE: self.monitored_raise,
                events.PY_RETURN: self.monitored_return,
                events.PY_UNWIND: self.monitored_unwind,
            }
        )

    def end(self, test: str, passed: bool) -> None:
        if MONITORING is None:
            sys.settrace(None)
        else:
            monitor({})
        self.open = {}

    def call(self, frame: FrameType) -> bool:
        """A call begins; whether it is looked at."""
        name = self.names.of(frame.f_code)
        if name is None:
            return False
        for run in self.open.values():
            chain = self.chain(frame, run.frame)
            if len(chain) > len(run.chain):
                run.chain = chain
        if not self.wanted(name, frame.f_code):
            return False
        self.open[frame] = Run(frame, [frame.f_code.co_qualname])
        return True

    def chain(self, frame: FrameType, top: FrameType) -> list[str]:
        """The functions of the repository that are open from one frame down to another."""
        found: list[str] = []
        here: FrameType | None = frame
        while here is not None:
            if self.names.of(here.f_code) is not None and not here.f_code.co_name.startswith("<"):
                found.append(here.f_code.co_qualname)
            if here is top:
                return found[::-1][:LONGEST_CHAIN]
            here = here.f_back
        return []

    def close(self, frame: FrameType, raised: str = "") -> None:
        run = self.open.pop(frame, None)
        if run is not None:
            run.pending = raised or run.pending
            run.end()
            self.ended(run)

    def traced(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self.traced_inside if event == "call" and self.call(frame) else None

    def traced_inside(self, frame: FrameType, event: str, argument: Any) -> Any:
        run = self.open.get(frame)
        if run is not None:
            if event == "line":
                run.line(frame.f_lineno)
            elif event == "exception":
                run.pending = argument[0].__name__
            elif event == "return":
                self.close(frame)
        return self.traced_inside

    def monitored_line(self, code: CodeType, line: int) -> Any:
        run = self.open.get(sys._getframe(1))
        if run is not None:
            run.line(line)
        return None if self.names.of(code) else MONITORING.DISABLE

    def monitored_raise(self, code: CodeType, offset: int, raised: BaseException) -> None:
        run = self.open.get(sys._getframe(1))
        if run is not None:
            run.pending = type(raised).__name__

    def monitored_return(self, code: CodeType, offset: int, value: object) -> None:
        run = self.open.get(sys._getframe(1))
        if run is not None:
            run.pending = ""
            self.close(run.frame)

    def monitored_unwind(self, code: CodeType, offset: int, raised: BaseException) -> None:
        self.close(sys._getframe(1), type(raised).__name__)


class Arcs(Runs):
    """From which line of a part of a file to which other one the tests go."""

    def __init__(self, tree: Path, work: dict[str, Any]) -> None:
        super().__init__(tree, work)
        self.file = str(work["part"]["file"])
        self.lines = range(int(work["part"]["start"]), int(work["part"]["end"]) + 1)
        self.arcs: set[tuple[int, int]] = set()

    def wanted(self, name: str, code: CodeType) -> bool:
        return name == self.file and code.co_firstlineno in self.lines

    def ended(self, run: Run) -> None:
        self.arcs |= run.arcs

    def result(self) -> dict[str, Any]:
        return {"arcs": sorted(self.arcs)}


class Calls(Runs):
    """The first call of each wanted function in the test it is wanted in."""

    def __init__(self, tree: Path, work: dict[str, Any]) -> None:
        super().__init__(tree, work)
        self.sites = {test: {(file, line) for file, line in places} for test, places in work["sites"].items()}
        self.calls: list[dict[str, Any]] = []

    def wanted(self, name: str, code: CodeType) -> bool:
        place = (name, code.co_firstlineno)
        if place not in self.sites.get(self.test, ()):
            return False
        self.sites[self.test].discard(place)
        return True

    def ended(self, run: Run) -> None:
        code = run.frame.f_code
        caller = run.caller
        self.calls.append(
            {
                "test": self.test,
                "file": self.names.of(code),
                "start": code.co_firstlineno,
                "caller": (self.names.of(caller.f_code) if caller is not None else None) or "",
                "caller_line": run.caller_line,
                "frames": run.chain,
                "raises": run.pending,
                "lines": sorted(run.lines.items()),
                "arcs": sorted(run.arcs),
            }
        )

    def result(self) -> dict[str, Any]:
        return {"calls": self.calls}


WATCHERS: dict[str, type[Watcher]] = {"": Watcher, "functions": Functions, "arcs": Arcs, "calls": Calls}
