"""The search: proposals from the parent's trace, paired comparisons with it over several seeds, and what is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from hdsl.evolve.archive import Archive, Member, front
from hdsl.evolve.candidate import Candidate, diff_of, made
from hdsl.evolve.edits.applying import digest_of
from hdsl.evolve.exercised import unexercised
from hdsl.evolve.footprint import Allowance, footprint
from hdsl.evolve.gate import Gate, Verdict, against, findings
from hdsl.evolve.opened import Opened, open_text
from hdsl.evolve.proposals import Proposal, Proposer, Rejected, View
from hdsl.evolve.proposers.signs import signs
from hdsl.evolve.trial import Outcome, Reseeded, Setting, learned, trial
from hdsl.evolve.trials import TrialStore
from hdsl.experience.training_data import Example
from hdsl.future.context import BudgetSpent
from hdsl.ground.errors import HdslError
from hdsl.kernel.request import KernelUnreachable, LimitReached, Usage
from hdsl.learn.binding import BindingError
from hdsl.learn.losses import LossFailed
from hdsl.learn.module import seeds
from hdsl.reflect.summary import Summary, summary_of
from hdsl.reflect.traced import Traced
from hdsl.run.answers import AnswerLog
from hdsl.run.lower import LoweringError

_Traces = tuple[Sequence[Traced], dict[str, list[tuple[str, str, str]]]]
"""The trace of a trial, and the tables of which it shows rows."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a search goes. `width`: candidates a round. `seeds`: trials that a candidate that is kept has passed."""

    seed: int = 0
    seeds: int = 3
    width: int = 6
    rounds: int = 4
    calls: int | None = None
    tokens: int | None = None
    seconds: float | None = None


class SearchEnded(HdslError):  # noqa: N818 - says what happened
    """The search has spent what it may."""


@dataclass
class Search:
    """One search. `best` is the graph that was kept last; `root` the one it began with."""

    harness: str
    setting: Setting
    validation: Sequence[Example]
    kernel: AnswerLog
    proposer: Proposer
    allowed: Allowance
    archive: Archive
    store: TrialStore
    rules: Rules
    watch: Callable[[str], None] = lambda told: None
    beginning: Sequence[Outcome] = ()
    """The trials of the root, if another search has made them already."""
    members: list[Member] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    predictions: list[tuple[float, bool]] = field(default_factory=list)
    """How likely an example was said to turn right, and whether it did."""
    usage: Usage = field(default_factory=Usage)
    ended: str = ""
    """Why the search ended."""
    proposed: int = 0
    checked: int = 0

    def run(self, opened: Opened) -> None:
        """Searches until nothing is proposed, the rounds are over, or what it may spend is spent.

        Raises what ends a run: KernelUnreachable, LimitReached, OSError, KeyboardInterrupt.
        """
        self._began = monotonic()
        self._seen: set[str] = set()
        self._gate = Gate()
        self._traced_again: dict[str, _Traces] = {}
        self._number = 0
        program = opened.program(self.harness)
        self.root = self.best = Candidate(0, None, opened, program, footprint(program))
        self._seen.add(digest_of(opened.text))
        for known in self.beginning:
            self.usage += known.training + known.scoring
            self.root.outcomes.append(known)
        for seed in range(len(self.beginning), self.rules.seeds):
            measured = self._measured(self.root, seed)
            if isinstance(measured, str):
                raise SearchEnded(f"the file as it is cannot be measured: {measured}")
        self.archive.add("root", **self.root.member().as_json(), footprint=self.root.footprint.as_json())
        self.members.append(self.root.member())
        try:
            self._rounds()
        except SearchEnded as error:
            self.ended = str(error)
        for each in (self.root, self.best):  # what is told of them is of the trials that every graph has
            del each.outcomes[self.rules.seeds :]
        self.archive.add(
            "ended", why=self.ended, best=self.best.number, calls=self.usage.calls,
            front=[each.number for each in front(self.members)],
        )  # fmt: skip

    def recall(self, opened: Opened, best: str, number: int, usage: Usage) -> None:
        """Takes over a search that has ended: its file, the graph that it kept, what it took. Nothing is run.

        SearchEnded where a trial is missing.
        """
        program = opened.program(self.harness)
        self.root = self.best = Candidate(0, None, opened, program, footprint(program))
        if digest_of(best) != self.root.digest:
            kept = open_text(opened.path, best)
            program = kept.program(self.harness)
            self.best = Candidate(number, None, kept, program, footprint(program))
        for candidate in {id(each): each for each in (self.root, self.best)}.values():
            for seed in range(self.rules.seeds):
                outcome = self.store.read(f"{candidate.digest}-{self._order(seed)}")
                if not isinstance(outcome, Outcome):
                    raise SearchEnded("a trial of the record is missing: resume without its report.json")
                candidate.outcomes.append(outcome)
        self.usage = usage

    def _rounds(self) -> None:
        for number in range(1, self.rules.rounds + 1):
            view = self._view(number)
            proposals = self.proposer.propose(view, self.kernel)
            candidates = self._candidates(proposals)
            if not candidates:
                self.ended = "nothing more is proposed"
                return
            self._keep_first_better(candidates)
        self.ended = f"{self.rules.rounds} rounds are over"

    # Proposals

    def _view(self, number: int) -> View:
        parent = self.best
        traces, tables = self._traces(parent)
        rows = seeds(parent.program, self.setting.work.project)
        summary: Summary = summary_of(parent.program, traces, tables)
        ranked = sorted(summary.nodes, key=lambda node: -node.blame)
        components = [{"node": node.path, "share": round(node.blame, 4)} for node in ranked if node.blame > 0]
        self.archive.add("ranked", round=number, parent=parent.number, components=components)
        view = View(
            parent.opened, self.harness, parent.program, traces, summary, rows, tables, self.allowed,
            tuple(self.rejected), self.rules.seed * 1000 + number, tuple(each.before for each in parent.outcomes),
        )  # fmt: skip
        self._viewed = view
        return view

    def _traces(self, parent: Candidate) -> _Traces:
        """The trace of a candidate's first trial; made again, once, where it is not there."""
        outcome = parent.outcomes[0]
        if outcome.traces:
            return outcome.traces, {key: list(rows) for key, rows in outcome.tables.items()}
        if parent.digest not in self._traced_again:
            self._traced_again[parent.digest] = self._trace_again(parent)
        return self._traced_again[parent.digest]

    def _trace_again(self, parent: Candidate) -> _Traces:
        """The trace of a first trial of which the outcome alone was kept, by the answers that were kept.

        Another search may have made this trial, or its trace again, and have been given those answers: they are given
        from the first on.
        """
        tables = {key: list(rows) for key, rows in parent.outcomes[0].tables.items()}
        shown, _, _, traces = learned(
            parent.program, Reseeded(self.kernel.again(), self._order(0)), self.setting, self._order(0),
            self._scope(parent, 0), is_traced=True, epochs=1,
        )  # fmt: skip
        # A model that answers differently when it is asked again may have been taught more rows: then those count.
        are_there = all(len(rows) <= len(tables[key]) for key, rows in shown.items())
        return traces, tables if are_there else {key: list(rows) for key, rows in shown.items()}

    def _candidates(self, proposals: Sequence[Proposal]) -> list[Candidate]:
        found: list[Candidate] = []
        for proposal in proposals:
            if len(found) == self.rules.width:
                break
            result = made(self.best, proposal, self.harness, self.allowed)
            digest = "" if result.opened is None else digest_of(result.opened.text)
            key = digest or f"{self.best.number}: {result.change}: {result.refused}"
            if key in self._seen:
                continue
            self._seen.add(key)
            self.proposed += 1
            self._number += 1
            self.checked += result.opened is not None or "would not check" not in result.refused
            about = {"id": self._number, "parent": self.best.number, "change": result.change, **proposal.as_json()}
            if result.opened is None:
                self.rejected.append(Rejected(result.change, result.refused))
                self.archive.add("refused", **about, reason=result.refused)
                continue
            program = result.opened.program(self.harness)
            candidate = Candidate(
                self._number, self.best.number, result.opened, program, footprint(program), result.change, proposal,
                unexercised(self.best.program, program, self._viewed.summary),
            )  # fmt: skip
            self.archive.add(
                "proposed", **about, footprint=candidate.footprint.as_json(), of_parent=self.best.footprint.as_json(),
                digest=digest, diff=diff_of(self.best.opened.text, result.opened.text),
            )  # fmt: skip
            found.append(candidate)
        return found

    # What is tried, and kept

    def _keep_first_better(self, candidates: Sequence[Candidate]) -> None:
        """Candidates against their parent, in the order of their proposer; the first that is surely better is kept.

        Where none is, those that came near have one more trial, the nearest first.
        """
        near: list[Candidate] = []
        for number, candidate in enumerate(candidates):
            verdict = self._tried(candidate)
            if verdict is Verdict.BETTER:
                self._accept(candidate)
                for other in (*near, *candidates[number + 1 :]):
                    self._reject(other, f"candidate {candidate.number} of its round was kept")
                return
            if verdict is Verdict.NEAR:
                near.append(candidate)
        ranked = sorted(near, key=lambda each: (against(self.best, each).chance, each.number))
        for number, candidate in enumerate(ranked):
            if self._tried_again(candidate):
                self._accept(candidate)
                for other in ranked[number + 1 :]:
                    self._reject(other, f"candidate {candidate.number} of its round was kept")
                return

    def _tried(self, candidate: Candidate) -> Verdict:
        """One seed after the other, as long as it is promising; then the test. What is hopeless is rejected."""
        for seed in range(self.rules.seeds):
            outcome = self._measured(candidate, seed)
            if isinstance(outcome, str):
                self._reject(candidate, outcome)
                return Verdict.HOPELESS
            if seed == 0:
                self._check_prediction(candidate)
            if not self._gate.is_promising(self.best, candidate):
                self._reject(candidate, findings(self.best, candidate))
                return Verdict.HOPELESS
        verdict = self._gate.verdict(self.best, candidate)
        if verdict is Verdict.HOPELESS:
            self._reject(candidate, f"not sure enough: {findings(self.best, candidate)}")
        return verdict

    def _tried_again(self, candidate: Candidate) -> bool:
        """Whether one more trial makes sure of what came near."""
        for each in (self.best, candidate):
            if len(each.outcomes) == self.rules.seeds:
                outcome = self._measured(each, self.rules.seeds)
                if isinstance(outcome, str):
                    self._reject(candidate, outcome)
                    return False
        if self._gate.is_sure_after_all(self.best, candidate):
            return True
        self._reject(candidate, f"not sure enough: {findings(self.best, candidate)}")
        return False

    def _reject(self, candidate: Candidate, reason: str) -> None:
        self.rejected.append(Rejected(candidate.change, reason))
        self._keep(candidate)
        self.archive.add("rejected", **candidate.member().as_json(), seeds=len(candidate.outcomes), reason=reason)

    def _accept(self, candidate: Candidate) -> None:
        found = against(self.best, candidate)
        low, high = found.interval(self.rules.seed)
        self._keep(candidate)
        self.archive.add(
            "accepted", **candidate.member().as_json(), seeds=len(candidate.outcomes), gain=round(found.gain, 6),
            interval=[round(low, 6), round(high, 6)], better=found.better, worse=found.worse,
            chance=round(found.chance, 8), tests=self._gate.tests, spent=self.usage.calls + self.proposer.usage.calls,
            demonstration=self._demonstration(candidate),
        )  # fmt: skip
        self.watch(f"kept {candidate.number}: {candidate.change}; loss {self.best.loss:.4f} → {candidate.loss:.4f}")
        self.best = candidate

    def _demonstration(self, candidate: Candidate) -> dict[str, list[str]] | None:
        """The kept edit as a line of training data for a harness that proposes: the signs, and the kind of edit."""
        proposal = candidate.proposal
        place = None if proposal is None else self._viewed.places().get(proposal.component)
        if proposal is None or place is None or isinstance(proposal.change, str):
            return None
        told = signs(self._viewed, proposal.component, place)
        return {"signs": [told], "expected": [proposal.change.kind]}

    def _keep(self, candidate: Candidate) -> None:
        if candidate.outcomes:
            self.members.append(candidate.member())

    def _check_prediction(self, candidate: Candidate) -> None:
        """Compares what was said of each example that was wrong with what came of it."""
        proposal, parent = candidate.proposal, self.best.outcomes[0]
        if proposal is None or not proposal.prediction:
            return
        now = {each.line: each.loss for each in candidate.outcomes[0].before}
        pairs = [
            (proposal.prediction.get(each.line, 0.0), now.get(each.line, each.loss) <= 0)
            for each in parent.before
            if each.loss > 0
        ]
        self.predictions += pairs
        turned = sum(right for said, right in pairs if said > 0)
        said = sum(said > 0 for said, _ in pairs)
        self.archive.add("checked_prediction", id=candidate.number, said=said, turned_right=turned,
                         turned_right_unsaid=sum(right for said, right in pairs if said == 0))  # fmt: skip

    # Trials

    def _order(self, seed: int) -> int:
        return self.rules.seed * 100 + seed

    def _scope(self, candidate: Candidate, seed: int) -> str:
        return f"{candidate.digest}, seed {seed}"

    def _measured(self, candidate: Candidate, seed: int) -> Outcome | str:
        """What comes of a trial, or why it has no outcome. SearchEnded where no trial may be made any more."""
        key = f"{candidate.digest}-{self._order(seed)}"
        outcome = self.store.read(key)
        if not isinstance(outcome, str):
            too_much = self._too_much(candidate, replayed=outcome is not None)
            if too_much:
                return too_much
        if outcome is None:
            outcome = self._made_trial(candidate, seed)
            self.store.write(key, outcome)
        if isinstance(outcome, Outcome):
            self.usage += outcome.training + outcome.scoring
            candidate.outcomes.append(outcome)
        return outcome

    def _made_trial(self, candidate: Candidate, seed: int) -> Outcome | str:
        try:
            return trial(
                candidate.program, self.kernel, self.setting, self.validation, self._order(seed),
                self._scope(candidate, seed), is_traced=seed == 0,
            )  # fmt: skip
        except (KernelUnreachable, LimitReached):
            raise
        except (BudgetSpent, LossFailed, LoweringError, BindingError) as error:
            return f"{type(error).__name__}: {error}"

    def _too_much(self, candidate: Candidate, *, replayed: bool) -> str:
        """Why a trial would spend more than there is; empty where it would not. SearchEnded where each would.

        What it takes is what the candidate's first trial took, or else that of the root, by the calls they may make.
        """
        if len(self.root.outcomes) < self.rules.seeds:
            return ""
        seconds = None if replayed else self.rules.seconds
        if seconds is not None and (self.archive.has_ended or monotonic() - self._began > seconds):
            raise SearchEnded(f"{seconds:g} seconds are over")
        ratio = max(1.0, candidate.footprint.calls / max(1.0, self.root.footprint.calls))
        like = self.root.outcomes[0]
        own = candidate.outcomes[0] if candidate.outcomes else None
        spent = self.usage + self.proposer.usage
        for what, most, used, once, expected in (
            ("model calls", self.rules.calls, spent.calls, like.calls, own.calls if own else like.calls * ratio),
            ("tokens", self.rules.tokens, spent.tokens, like.tokens, own.tokens if own else like.tokens * ratio),
        ):
            if most is None or used + expected <= most:
                continue
            if expected <= once:
                raise SearchEnded(f"{used:,} of {most:,} {what} are spent")
            return f"a trial may take {expected:,.0f} {what}, and {most - used:,} of {most:,} are left"
        return ""
