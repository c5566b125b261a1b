"""The page of a run: how it ended, its graph, its nodes, its turns, each evaluation with its prompts and screens."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from hdsl.graph.export import drawing, node_links
from hdsl.ground.page import escaped, facts, page, table
from hdsl.report.parts import (
    MOST_SHOWN,
    Shown,
    badge,
    cost,
    folded,
    limited,
    listed,
    named,
    problems,
    section,
    state_of,
)
from hdsl.report.reading import Pull, Question, ReadRun, numbers

MOST_FAILURES, MOST_TURNS = 100, 200
_FAILED, _RAN, _NEVER, _GIVEN = "#ffd6d1", "#e3f3e6", "#f1f1f1", "#ffffff"
_INPUT = "input"


def run_page(record: ReadRun, shown: Shown) -> str:
    """The whole page."""
    return _RunPage(record, shown).made()


class _RunPage:
    def __init__(self, record: ReadRun, shown: Shown) -> None:
        self.record, self.shown = record, shown
        self.run = record.run
        self.nodes: dict[str, Mapping[str, Any]] = {}
        if record.graph is not None:
            self.nodes = {node["path"]: node for node in record.graph["nodes"]}
        self.by_node: dict[str, list[Pull]] = defaultdict(list)
        for pull in record.pulls:
            self.by_node[pull.node].append(pull)
        half, pulls = MOST_SHOWN // 2, record.pulls
        self.first = pulls if len(pulls) <= MOST_SHOWN else pulls[:half]
        self.last = [] if len(pulls) <= MOST_SHOWN else pulls[-half:]
        self.anchors = {id(pull): f"pull-{number}" for number, pull in enumerate((*self.first, *self.last))}
        self.asked: dict[str, list[Question]] = defaultdict(list)
        for question in record.questions:
            self.asked[question.place].append(question)
        self.screens = {path for path, node in self.nodes.items() if self._is_screen(node)}

    def made(self) -> str:
        """The page, its parts in order."""
        name = str(self.run.get("harness", "")) or "a run"
        state, kind = state_of(self.run)
        body = f"<h1>{escaped(name)} {badge(state, kind)}</h1>\n" + problems(self.record.problems)
        body += self._about() + section("Result", self._result()) + section("Failures", self._failures())
        body += section("Graph", self._drawn()) + section("Nodes", self._table()) + section("Turns", self._turns())
        body += section("Inputs", self._inputs()) + section("What happened", self._timeline())
        return page(f"{name}: run {self.record.folder.name}", body)

    def _about(self) -> str:
        run, bounds = self.run, named(named(self.run.get("bounds")).get("llm_calls"))
        bound = f"{bounds.get('actual')} of at most {bounds.get('bound')}" if bounds else ""
        seconds = run.get("seconds")
        return facts(
            [
                ("run", self.record.folder.name),
                ("file", self._plain("file")),
                ("kernel", self._plain("kernel")),
                ("began", self._plain("started")),
                ("seconds", f"{seconds:g}" if isinstance(seconds, int | float) else ""),
                ("exit code", run.get("exit", "")),
                ("reason", self._plain("reason")),
                ("resumed from", self._plain("resumed")),
                ("cost", cost(numbers(run.get("usage")))),
                ("model calls", bound),
                ("sandbox", "yes" if run.get("sandbox") is True else ""),
                ("sizes", ", ".join(f"{name}={size}" for name, size in named(run.get("dims")).items())),
                ("given by tests", ", ".join(map(str, listed(run.get("stubs"))))),
                ("not done", ", ".join(map(str, listed(run.get("not_done"))))),
            ]
        )

    def _plain(self, name: str) -> str:
        value = self.run.get(name)
        return self.shown.plain(value) if isinstance(value, str) else ""

    def _result(self) -> str:
        parts = []
        elements, more = limited(listed(self.run.get("result")))
        for each in elements:
            element = named(each)
            where = (
                f"<h3><code>{escaped(element.get('node', ''))} {escaped(element.get('coordinates', ''))}</code></h3>"
            )
            part, text = where, element.get("text")
            if cause := element.get("cause"):
                part += f'<p class="failed">failed: {self.shown.line(str(cause), 400)}</p>'
            if isinstance(text, str) and (text or not cause):
                part += self.shown.block(text)
            elif text is None and not cause:
                part += '<p class="quiet">absent</p>'
            parts.append(part)
        return folded(parts) + more if parts else ""

    def _inputs(self) -> str:
        given = [
            (f"{name} [{number}]", text)
            for name, texts in named(self.run.get("inputs")).items()
            for number, text in enumerate(listed(texts))
            if isinstance(text, str)
        ]
        first, more = limited(given)
        rows = [f"<h3><code>{escaped(name)}</code></h3>{self.shown.block(text)}" for name, text in first]
        options = [(name, value) for name, value in named(self.run.get("options")).items() if value is not None]
        return (folded(rows) + more if rows else "") + facts(
            [(name, self.shown.plain(str(value))) for name, value in options]
        )

    def _failures(self) -> str:
        failed = [pull for pull in self.record.pulls if pull.status.failed]
        began: dict[tuple[tuple[int, ...], str], Pull] = {}
        for pull in failed:
            began.setdefault((pull.coordinates, pull.status.cause), pull)  # others failed by this one
        first, more = limited(list(began.values()), MOST_FAILURES)
        told = [f"<li>{self._link(pull)}: {self.shown.line(pull.status.cause, 400)}</li>" for pull in first]
        return f"<ul>{''.join(told)}</ul>{more}" if told else ""

    def _link(self, pull: Pull) -> str:
        name = f"<code>{escaped(pull.node)} {list(pull.coordinates)}</code>"
        return f'<a href="#{self.anchors[id(pull)]}">{name}</a>' if id(pull) in self.anchors else name

    def _drawn(self) -> str:
        graph = self.record.graph
        if graph is None:
            return ""
        fills, added = {}, {}
        for path in self.nodes:
            pulls = self.by_node.get(path, [])
            failed = sum(pull.status.failed for pull in pulls)
            is_given = self.nodes[path]["operation"] == _INPUT
            fills[path] = _FAILED if failed else _RAN if pulls else _GIVEN if is_given else _NEVER
            if pulls:
                added[path] = f"{len(pulls)} × {_mean_time(pulls)}" + (f", {failed} failed" if failed else "")
        legend = '<p class="quiet">Green: evaluated; red: some of it failed; grey: never needed; white: given.</p>'
        drawn = drawing(graph, links=node_links(graph), fills=fills, added=added)
        return f'<div class="wide">\n{drawn}</div>\n{legend}'

    def _table(self) -> str:
        """Each node with what it cost, beside the most that the checker allowed it."""
        bounds = named(named(self.run.get("bounds")).get("by_node"))
        usage = named(self.run.get("usage_by_node"))
        paths = dict.fromkeys((*self.nodes, *self.by_node, *bounds))
        links = {} if self.record.graph is None else node_links(self.record.graph)
        lines = []
        for path in paths:
            pulls, bound, spent = self.by_node.get(path, []), named(bounds.get(path)), numbers(usage.get(path))
            failed, absent = sum(pull.status.failed for pull in pulls), sum(pull.status.is_absent for pull in pulls)
            cells: list[tuple[object, bool]] = [
                (self.nodes.get(path, {}).get("operation", ""), False),
                (len(pulls) or "", True),
                (failed or "", True),
                (absent or "", True),
                (_mean_time(pulls) if pulls else "", True),
                (bound.get("actual", "") if bound else "", True),
                (bound.get("bound", "") if bound else "", True),
                (f"{spent.get('prompt_tokens', 0) + spent.get('completion_tokens', 0):,.0f}" if spent else "", True),
                (f"{spent['cost']:.6f}" if spent.get("cost") else "", True),
            ]
            rest = "".join(
                f"<td{' class=number' if is_number else ''}>{escaped(cell)}</td>" for cell, is_number in cells
            )
            place = f' id="{links[path]}"' if path in links else ""
            lines.append(f"<tr{place}><td><code>{escaped(path)}</code></td>{rest}</tr>")
        names = [
            "node",
            "operation",
            "evaluated",
            "failed",
            "absent",
            "mean time",
            "model calls",
            "at most",
            "tokens",
            "cost",
        ]
        head = "".join(f"<th>{name}</th>" for name in names)
        return f"<table><thead><tr>{head}</tr></thead><tbody>\n{chr(10).join(lines)}\n</tbody></table>" if lines else ""

    def _turns(self) -> str:
        """What each turn of each loop asked, wrote and judged, a table a loop and element."""
        loops: dict[tuple[str, tuple[int, ...]], dict[int, dict[str, Pull]]] = {}
        for path, pulls in self.by_node.items():
            if not self._is_worth_showing(path):
                continue
            for pull in pulls:
                if len(pull.coordinates) > 1:
                    loop = (path.rpartition(".")[0], pull.coordinates[:-1])
                    loops.setdefault(loop, {}).setdefault(pull.coordinates[-1], {})[path] = pull
        first, more = limited(list(loops.items()), MOST_TURNS)
        return folded([self._loop(name, at, turns) for (name, at), turns in first]) + more if first else ""

    def _loop(self, name: str, at: tuple[int, ...], turns: Mapping[int, Mapping[str, Pull]]) -> str:
        order = dict.fromkeys((*self.nodes, *self.by_node))
        paths = [path for path in order if any(path in turn for turn in turns.values())]
        head = "".join(f"<th><code>{escaped(path.rpartition('.')[2])}</code></th>" for path in paths)
        rows = []
        first, more = limited(sorted(turns), MOST_TURNS)
        for number in first:
            cells = "".join(f"<td>{self._cell(turns[number].get(path))}</td>" for path in paths)
            rows.append(f'<tr><td class="number">{number + 1}</td>{cells}</tr>')
        title = f"<h3><code>{escaped(name or 'harness')} {list(at)}</code></h3>"
        return f"{title}<table><thead><tr><th>turn</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{more}"

    def _cell(self, pull: Pull | None) -> str:
        if pull is None:
            return ""
        told = f'<span class="failed">{self.shown.line(pull.status.cause, 80)}</span>' if pull.status.failed else (
            self.shown.line(pull.text, 80) if not pull.status.is_absent else '<span class="quiet">absent</span>'
        )  # fmt: skip
        return f'<a href="#{self.anchors[id(pull)]}">↓</a> {told}' if id(pull) in self.anchors else told

    def _is_worth_showing(self, path: str) -> bool:
        """Whether a node's evaluations tell the story; without a graph all of them do."""
        node = self.nodes.get(path)
        return node is None or any(effect.split("(")[0] in ("!llm", "!write", "!fails") for effect in node["effects"])

    def _timeline(self) -> str:
        parts = [self._pull(pull) for pull in self.first]
        if self.last:
            left_out = len(self.record.pulls) - len(self.first) - len(self.last)
            parts.append(f'<p class="quiet">… {left_out:,} more evaluations, all in trace.jsonl</p>')
            parts += [self._pull(pull) for pull in self.last]
        known = {pull.place for pull in self.record.pulls}
        lost = [question for place, each in self.asked.items() if place not in known for question in each]
        if lost:
            first, more = limited(lost)
            parts.append("<h3>Asked, and never evaluated to the end</h3>")
            parts += [f"<p><code>{escaped(each.place)}</code></p>{self._question(each)}" for each in first]
            parts.append(more)
        return "\n".join(parts)

    def _pull(self, pull: Pull) -> str:
        state = badge("failed", "failed") if pull.status.failed else (
            badge("absent", "quiet") if pull.status.is_absent else "")  # fmt: skip
        operation = self.nodes.get(pull.node, {}).get("operation", "")
        name = f"<code>{escaped(pull.node)} {list(pull.coordinates)}</code>"
        summary = (
            f'<span class="quiet">{pull.started:,.0f} ms</span> {name} '
            f'<span class="quiet">{escaped(operation)}</span> {state} {self.shown.line(pull.status.cause or pull.text)}'
        )
        confidence = f"{pull.status.coefficient:g}" if 0 < pull.status.coefficient < 1 else ""
        body = facts([("took", _time(pull.duration)), ("confidence", confidence), ("cost", cost(pull.usage))])
        if pull.status.cause:
            body += f'<p class="failed">{self.shown.line(pull.status.cause, 1_000)}</p>'
        for question in self.asked.get(pull.place, []):
            body += self._question(question)
        if pull.text:
            body += f"<h3>{'screen' if pull.node in self.screens else 'text'}</h3>"
            body += self.shown.block(pull.text, "screen" if pull.node in self.screens else "")
        return f'<details id="{self.anchors[id(pull)]}"><summary>{summary}</summary>{body}</details>'

    def _question(self, question: Question) -> str:
        model = f" by {question.model}" if question.model else ""
        about = ", ".join(filter(None, [f"{question.kind}{model}", _time(question.duration), cost(question.usage)]))
        title = f"<h3>{escaped(about)}</h3>"
        rows = [[self.shown.plain(text) for text in row] for row in question.rows]
        shown = f"<p>Rows shown, the most similar first:</p>{table(['query', 'key', 'value'], rows)}"
        prompt = "".join(
            f'<p class="quiet">{escaped(role)}</p>{self.shown.block(content)}' for role, content in question.messages
        )
        answer = f'<p class="failed">{self.shown.line(question.refused, 1_000)}</p>' if question.refused else ""
        if question.answer:
            answer += f"<p>Answered:</p>{self.shown.block(question.answer)}"
        asked = f"<details><summary>prompt, {len(question.messages)} messages</summary>{prompt}</details>"
        return title + (shown if rows else "") + asked + answer

    def _is_screen(self, node: Mapping[str, Any]) -> bool:
        """Whether the texts of a node are what a terminal shows."""
        taken = [named(each).get("node", "") for each in node["inputs"]]
        reads = any(self.nodes.get(path, {}).get("type") == "session" for path in taken)
        writes = any(effect.split("(")[0] in ("!write", "!open") for effect in node["effects"])
        return reads and not writes and node["type"] != "session"


def _mean_time(pulls: Sequence[Pull]) -> str:
    """How long an evaluation took, with what it waited for; the sum says nothing, as they run side by side."""
    return _time(sum(pull.duration for pull in pulls) / len(pulls))


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.1f} ms" if milliseconds < 1_000 else f"{milliseconds / 1_000:.2f} s"
