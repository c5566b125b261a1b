"""A pool as a page for people: its rows, where they came from, who vouches, what they did, and what was revoked.

One document without scripts, links to elsewhere or anything to load. All that others wrote is escaped, so that it can
neither be markup nor turn the direction of the text around it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from hdsl.ground.page import content_policy, escaped, page
from hdsl.pool.faults import StoreShowsLess
from hdsl.pool.pool import Contents, Pool, check_whole
from hdsl.pool.rows import PooledRow
from hdsl.pool.segments import Reports, Rows, Segment
from hdsl.pool.state import JoinedRow, State, state_of
from hdsl.pool.trust import Root, holders, revoked

PAGE_ROWS = 100
"""Rows on one page."""
_LONGEST = 600
"""Characters of a text that are shown."""
_SHORT = 12
"""Digits of a key or hash that are shown; the rest appears when it is pointed at."""

_FORMS = "'self'"
CONTENT_SECURITY_POLICY = f"{content_policy(_FORMS)}; frame-ancestors 'none'"
"""What the server says of the page; it says itself the same, but for whom it may be shown in."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are to be shown: those with all of some words, from a number on."""

    find: str = ""
    start: int = 0


def page_of(pool: Pool, contents: Contents, wanted: Wanted) -> str:
    """The page, as one HTML document."""
    state = state_of(contents.segments, pool.root)
    gone = revoked(contents.segments, pool.root)
    body = [
        *_head(pool, contents, state),
        *_people(contents.segments, pool.root, gone),
        *_rows(state, wanted),
        *_taken_out(contents.segments, gone, wanted),
        *_left_aside(contents),
    ]
    return page(f"Pool of {pool.root.person}", "\n".join(body), form_action=_FORMS)


def _head(pool: Pool, contents: Contents, state: State) -> Iterator[str]:
    yield f"<h1>Pool of {_text(pool.root.person)}</h1>"
    yield (
        f'<p class="quiet">pool {_hash(pool.id)} · root key {_hash(pool.root.key)} · '
        f"{_count(len(contents.segments), 'segment')} · {_count(len(state.rows), 'row')} that count · "
        f"state {_hash(state.hash)}</p>"
    )
    try:
        check_whole(contents.segments, pool.root)
    except StoreShowsLess as error:
        yield f'<p class="warning"><strong>This store does not show everything:</strong> {_text(str(error))}</p>'


def _people(segments: Sequence[Segment], root: Root, gone: Mapping[str, str]) -> Iterator[str]:
    rows: Counter[str] = Counter()
    reports: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for segment in segments:
        count[segment.writer] += 1
        match segment.content:
            case Rows(published):
                rows[segment.writer] += len(published)
            case Reports(told):
                reports[segment.writer] += len(told)
    yield "<h2>Who writes here</h2>"
    yield _table_head("Person", "Key", "Segments", "Rows", "Reports", "Counts")
    names = holders(segments, root)
    for key in sorted({*names, *count, *gone}, key=lambda key: (key not in names, names.get(key, ""), key)):
        reason = gone.get(key)
        counts = '<span class="good">yes</span>'
        if reason is not None:
            counts = f'<span class="failed">revoked</span> {_text(reason)}'
        yield (
            f"<tr><td>{_text(names.get(key, '—'))}</td><td>{_hash(key)}</td>"
            f'<td class="number">{count[key]:,}</td><td class="number">{rows[key]:,}</td>'
            f'<td class="number">{reports[key]:,}</td><td>{counts}</td></tr>'
        )
    yield "</table>"


def _rows(state: State, wanted: Wanted) -> Iterator[str]:
    found = [row for row in state.rows if _has(row.copies[0], wanted)]
    shown = found[wanted.start : wanted.start + PAGE_ROWS]
    yield "<h2>Rows</h2>"
    yield (
        f'<form method="get" action="/"><input name="find" value="{_text(wanted.find)}" '
        'placeholder="words in a row" aria-label="words in a row"> <button>Find</button></form>'
    )
    upto = min(wanted.start + PAGE_ROWS, len(found))
    yield f'<p class="quiet">{wanted.start + 1 if shown else 0}–{upto} of {_count(len(found), "row")}</p>'
    yield _table_head("Table", "Question", "Answer", "Came from", "Vouched for by", "What it did for others")
    for row in shown:
        yield _row(row, state)
    yield "</table>"
    yield from _pages(wanted, len(found))


def _row(row: JoinedRow, state: State) -> str:
    came = "<br>".join(
        f"{_text(copy.source or 'unsaid')} <span class=quiet>({_text(copy.licence)})</span>" for copy in row.copies
    )
    by = "<br>".join(_text(person) for person in row.publishers)
    by += "".join(f'<br><span class="good">{_text(person)}, by use</span>' for person in row.confirmed)
    did = "".join(
        f"{_text(state.persons[report.writer])} on {_text(report.evidence.harness or 'a harness')}: "
        f'<span class="good">helped {report.evidence.helped:,}</span>, '
        f'<span class="failed">hurt {report.evidence.hurt:,}</span><br>'
        for report in row.reports
        if state.persons[report.writer] not in row.publishers
    )
    did += "".join(f'<span class="failed">disputed by {_text(person)}</span><br>' for person in row.disputed)
    return (
        f"<tr><td>{_text(row.table)}</td>{_cell(row.key or row.query)}{_cell(row.value)}"
        f"<td>{came}</td><td>{by}</td><td>{did or '<span class=quiet>nothing is known</span>'}</td></tr>"
    )


def _pages(wanted: Wanted, count: int) -> Iterator[str]:
    links = []
    if wanted.start > 0:
        links.append(_link("← before", wanted.find, max(0, wanted.start - PAGE_ROWS)))
    if wanted.start + PAGE_ROWS < count:
        links.append(_link("more →", wanted.find, wanted.start + PAGE_ROWS))
    if links:
        yield f"<p>{' · '.join(links)}</p>"


def _taken_out(segments: Iterable[Segment], gone: Mapping[str, str], wanted: Wanted) -> Iterator[str]:
    rows = [
        row
        for segment in segments
        if segment.writer in gone and isinstance(segment.content, Rows)
        for row in segment.content.rows
        if _has(row, wanted)
    ]
    if rows:
        yield "<h2>Taken out with the keys that were revoked</h2>"
        yield f'<p class="quiet">{_count(len(rows), "row")}, which nobody is given any more</p>'
        yield _table_head("Table", "Question", "Answer", "Came from", "Key", "Why it was revoked")
        for row in rows[:PAGE_ROWS]:
            yield (
                f'<tr class="gone"><td>{_text(row.table)}</td>{_cell(row.key or row.query)}{_cell(row.value)}'
                f"<td>{_text(row.source or 'unsaid')}</td><td>{_hash(row.writer)}</td>"
                f"<td>{_text(gone[row.writer])}</td></tr>"
            )
        yield "</table>"


def _left_aside(contents: Contents) -> Iterator[str]:
    if contents.unknown:
        yield "<h2>Keys that nobody admitted</h2><p>Nothing of theirs was looked at.</p><ul>"
        for key, count in sorted(contents.unknown.items())[:PAGE_ROWS]:
            yield f"<li>{_hash(key)}: {_count(count, 'segment')}</li>"
        yield "</ul>"
    if contents.refused:
        yield "<h2>Files that are not segments of this pool</h2><ul>"
        for name, reason in sorted(contents.refused.items())[:PAGE_ROWS]:
            yield f"<li>{_hash(name)}: {_text(reason)}</li>"
        yield "</ul>"


def _has(row: PooledRow, wanted: Wanted) -> bool:
    if not wanted.find.strip():
        return True
    text = f"{row.table}\n{row.query}\n{row.key}\n{row.value}\n{row.source}".casefold()
    return all(word in text for word in wanted.find.casefold().split())


def _cell(text: str) -> str:
    return f'<td class="text">{_text(text)}</td>'


def _text(text: object) -> str:
    """A text of others, as text."""
    written = str(text)
    return escaped(written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…")


def _hash(name: str) -> str:
    return f'<code title="{_text(name)}">{_text(name[:_SHORT])}</code>'


def _link(words: str, find: str, start: int) -> str:
    return f'<a href="/?{escaped(urlencode({"find": find, "from": start}))}">{words}</a>'


def _table_head(*names: str) -> str:
    return f"<table><tr>{''.join(f'<th>{escaped(name)}</th>' for name in names)}</tr>"


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
