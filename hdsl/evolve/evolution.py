"""An evolution of a file: its folder in `runs/`, the search and its controls, resuming, applying, unsealing."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from hdsl.check.project import with_lines
from hdsl.evolve.archive import ARCHIVE, Archive, front
from hdsl.evolve.footprint import Allowance
from hdsl.evolve.opened import Opened, open_text
from hdsl.evolve.parts import VALID, Parts, divided
from hdsl.evolve.proposals import Proposer
from hdsl.evolve.proposers.chance import RandomProposer
from hdsl.evolve.record import BEST, RECORD, START, Choices, EvolutionError, Record, apply_best
from hdsl.evolve.search import Rules, Search
from hdsl.evolve.tables import Tables, tables_of
from hdsl.evolve.trial import Setting
from hdsl.evolve.trials import TrialStore
from hdsl.evolve.unsealed import note_opened, opened_before
from hdsl.future.loop import CLOSING, TimeSpent, run_sync
from hdsl.future.stopping import stopping
from hdsl.ground.files import PRIVATE_FILE, make_private_folder, read_regular, write_atomically
from hdsl.ground.json_lines import encode_line
from hdsl.ground.locks import held
from hdsl.kernel.request import Kernel, Usage
from hdsl.learn.training import Work
from hdsl.run.answers import ANSWERS, AnswerLog
from hdsl.run.record import write_json

REPORT, UNSEALED, DEMONSTRATIONS = "report.json", "unsealed.json", "demonstrations.jsonl"
_CONTROLS = "random"


class Evolution:
    """One evolution. Nothing but its folder is written, until it is applied.

    Raises what running raises, EvolutionError, TooFewExamples, NotAllowed, OSError.
    """

    def __init__(
        self,
        work: Work,
        text: str,
        kernel: Kernel,
        proposer: Proposer,
        choices: Choices,
        record: Record,
        redact: Callable[[str], str] = str,
        watch: Callable[[str], None] = lambda told: None,
    ) -> None:
        self.work, self.choices, self.record = work, choices, record
        self.opened: Opened = open_text(Path(choices.file), text)
        self.parts: Parts = divided(work.examples, work.choices.valid or VALID, choices.sealed, choices.rules.seed)
        self.allowed = Allowance.of(self.opened.program(choices.harness), choices.allow)
        self.tables: Tables | None = None
        self._redact, self._watch = redact, watch
        self._setting = Setting(work, self.parts.training, work.choices.epochs)
        self.chance: Search | None = None
        with ExitStack() as opening:
            self._open = opening
            self._hold()
            stopping().note_record(record.folder)
            self._begin(text)
            self._kernel = AnswerLog(kernel, record.folder / ANSWERS, redact, counts_recorded=True)
            opening.callback(self._close_kernel)
            self.search = self._search(proposer, self._setting, choices.rules, record.folder)
            self._open = opening.pop_all()

    def _hold(self) -> None:
        """Makes the folder, and keeps other processes out of it: two would both write down what happens."""
        make_private_folder(self.record.folder)
        try:
            self._open.enter_context(held(self.record.folder))
        except BlockingIOError:
            raise EvolutionError(f"another process is at work on {self.record.id}") from None

    def _begin(self, text: str) -> None:
        """Writes down what it is of; of one that is gone on with, that it is the same."""
        content = self._content()
        folder = self.record.folder
        if (folder / RECORD).exists():
            earlier = self.record.read()
            if earlier.get("content") != content:
                raise EvolutionError(f"the data or the files that {self.record.id} uses have changed since: begin anew")
            self.record.note(state="running")
            return
        write_atomically(folder / START, text.encode("utf-8"), mode=PRIVATE_FILE)
        lines = [each.line for part in (self.parts.training, self.parts.validation) for each in part]
        self.record.note(
            version=1,
            run=self.record.id,
            state="running",
            choices=self.choices.as_json(),
            content=content,
            parts={
                "training": len(self.parts.training),
                "validation": len(self.parts.validation),
                "sealed": len(self.parts.sealed),
                "sealed_digest": self.parts.sealed.digest,
                "seen_lines": len(lines),
            },
        )

    def _content(self) -> str:
        """What the data and the used files hold, the evolved file itself as it was at the beginning, as one hash."""
        found = sha256(with_lines(self.opened.text).encode("utf-8", "surrogatepass"))
        for file in sorted({*self.opened.files, self.work.choices.data} - {str(self.opened.path)}):
            with suppress(OSError):
                found.update(read_regular(Path(file)))
        return found.hexdigest()

    def _search(self, proposer: Proposer, setting: Setting, rules: Rules, folder: Path) -> Search:
        archive = Archive(folder / ARCHIVE, self._redact)
        self._open.callback(archive.close)
        return Search(
            self.choices.harness, setting, self.parts.validation, self._kernel, proposer, self.allowed, archive,
            TrialStore(self.record.folder / "trials", self._redact), rules, self._watch,
        )  # fmt: skip

    def run(self) -> dict[str, Any]:
        """Searches, then measures the controls with the calls that the search took; the report.

        One that has ended is not searched again.
        """
        known = self._known()
        if known is not None:
            return {**known, "opened_before": self.opened_before()}
        search, chance = self.search_both()
        self.tables = tables_of(search, chance)
        report = self.report()
        self._write_demonstrations()
        write_json(self.record.folder / REPORT, report, self._redact)
        return report

    def _write_demonstrations(self) -> None:
        """The kept edits as training data of a harness that proposes."""
        kept = [each["demonstration"] for each in self.search.archive.events if each["event"] == "accepted"]
        lines = b"".join(encode_line(each) for each in kept if each is not None)
        write_atomically(self.record.folder / DEMONSTRATIONS, lines, mode=PRIVATE_FILE)

    def _known(self) -> dict[str, Any] | None:
        """The report of an evolution that has ended, with what is needed to apply and to unseal it."""
        try:
            value = json.loads(read_regular(self.record.folder / REPORT))
        except (FileNotFoundError, ValueError):
            return None
        if not isinstance(value, dict):
            return None
        self.search.recall(self.opened, self.record.text(BEST), value["kept"], Usage(value["calls"]))
        self.chance = self._search_by_chance(value["calls"])
        text = (self.record.folder / _CONTROLS / BEST).read_text(encoding="utf-8")
        self.chance.recall(self.opened, text, 1, Usage(value["random_calls"]))
        return value

    def search_both(self) -> tuple[Search, Search]:
        """The search, and the one by chance that has as many calls."""
        self.search.run(self.opened)
        best = self.search.best.opened.text
        write_atomically(self.record.folder / BEST, best.encode("utf-8"), mode=PRIVATE_FILE)
        return self.search, self.search_random()

    def search_random(self) -> Search:
        """The search by chance, with the calls that this one took."""
        self.chance = self.searched_by_chance(self.search.usage.calls + self.search.proposer.usage.calls)
        best = self.chance.best.opened.text
        write_atomically(self.record.folder / _CONTROLS / BEST, best.encode("utf-8"), mode=PRIVATE_FILE)
        return self.chance

    def searched_by_chance(self, calls: int, name: str = _CONTROLS) -> Search:
        """A search by random edits with so many calls, after the search itself; its archive is in a folder `name`."""
        found = self._search_by_chance(calls, name)
        found.beginning = tuple(self.search.root.outcomes)
        found.run(self.opened)
        return found

    def _search_by_chance(self, calls: int, name: str = _CONTROLS) -> Search:
        folder = self.record.folder / name
        make_private_folder(folder)
        rules = replace(self.choices.rules, rounds=1000, calls=calls, tokens=None, seconds=None)
        search = self._search(RandomProposer(), self._setting, rules, folder)
        search.watch = lambda told: None
        return search

    def report(self) -> dict[str, Any]:
        """What came of it, as plain data."""
        search = self.search
        return {
            "run": self.record.id,
            "file": self.choices.file,
            "harness": self.choices.harness,
            "proposer": self.choices.proposer,
            "kept": search.best.number,
            "change": self.lineage(),
            "footprint": {"before": search.root.footprint.as_json(), "after": search.best.footprint.as_json()},
            "loss": {"before": round(search.root.loss, 6), "after": round(search.best.loss, 6)},
            "calls": search.usage.calls + search.proposer.usage.calls,
            "random_calls": 0 if self.chance is None else self.chance.usage.calls,
            "proposed": search.proposed,
            "checked": search.checked,
            "ended": search.ended,
            "front": [each.as_json() for each in front(search.members)],
            "predictions": brier(search.predictions),
            "parts": {
                "training": len(self.parts.training),
                "validation": len(self.parts.validation),
                "sealed": len(self.parts.sealed),
            },
            "opened_before": self.opened_before(),
            "tables": None if self.tables is None else self.tables.as_json(),
        }

    def opened_before(self) -> dict[str, int]:
        """By other evolutions in the same folder, how many of the examples that are sealed here they have opened."""
        return opened_before(self.record.folder.parent, self.record.id, self.parts.sealed.hashes)

    def lineage(self) -> list[dict[str, Any]]:
        """The changes from the file to the graph that was kept, in order, with what spoke for each."""
        events = {each["id"]: each for each in self.search.archive.events if each["event"] in ("proposed", "accepted")}
        proposed = {each["id"]: each for each in self.search.archive.events if each["event"] == "proposed"}
        found: list[dict[str, Any]] = []
        number = self.search.best.number
        while number in proposed:
            each = proposed[number]
            kept = events[number]
            found.append(
                {"id": number, "change": each["change"], "evidence": each["evidence"], "diff": each["diff"],
                 "gain": kept.get("gain"), "interval": kept.get("interval")}
            )  # fmt: skip
            number = each["parent"]
        return found[::-1]

    def apply(self) -> bool:
        """Writes the kept graph over the file; whether there was one. EvolutionError where the file has changed."""
        path = Path(self.choices.file)
        if self.search.best is self.search.root:
            return False
        apply_best(self.record, path)
        return True

    def unseal(self) -> dict[str, Any]:
        """Measures on the sealed part, once: what it was the first time is what it stays."""
        path = self.record.folder / UNSEALED
        if path.exists():
            return _measured_before(path)
        assert self.chance is not None
        if not len(self.parts.sealed):
            raise EvolutionError("nothing was sealed (--sealed 0)")
        self.record.note(unsealed=True)
        note_opened(self.record.folder.parent, self.record.id, self.parts.sealed.hashes)
        tables = tables_of(self.search, self.chance, self.parts.sealed.opened(), ", sealed")
        value = {"examples": len(self.parts.sealed), **tables.as_json()}
        write_json(path, value, self._redact)
        return value

    def close(self) -> None:
        """Closes the kernel and the files."""
        self._open.close()

    def _close_kernel(self) -> None:
        with suppress(TimeSpent):
            run_sync(self._kernel.close(), CLOSING)


def _measured_before(path: Path) -> dict[str, Any]:
    """What was measured on the sealed part. EvolutionError where that cannot be read: it is not measured again."""
    try:
        value = json.loads(read_regular(path))
    except (OSError, ValueError) as error:
        raise EvolutionError(f"{path} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise EvolutionError(f"{path} cannot be read: it is not an object")
    return value


def brier(pairs: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """How good predictions were: their Brier score, and how much better than saying the base rate of all."""
    if not pairs:
        return {"count": 0}
    rate = sum(right for _, right in pairs) / len(pairs)
    score = sum((said - right) ** 2 for said, right in pairs) / len(pairs)
    base = sum((rate - right) ** 2 for _, right in pairs) / len(pairs)
    return {
        "count": len(pairs),
        "turned_right": round(rate, 4),
        "score": round(score, 4),
        "skill": round(1 - score / base, 4) if base else None,
    }
