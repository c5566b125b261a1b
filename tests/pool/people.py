"""Ann, who has the root key, Bob and Mallory; and their rows."""

from pathlib import Path

from hypothesis import strategies as st

from hdsl.pool.pool import Pool
from hdsl.pool.rows import Evidence, PooledRow, Report, row_id
from hdsl.pool.segments import Admission, Content, Place, Reports, Revocation, Rows, Segment, encoded
from hdsl.pool.signing import Key, key_from_seed
from hdsl.pool.trust import Root

ANN, BOB, MALLORY = (key_from_seed(bytes([number]) * 32) for number in (1, 2, 3))


def pool_of(folder: Path, *members: tuple[Key, str]) -> Pool:
    """A new pool of Ann's with some members."""
    pool = Pool.create(str(folder), ANN, "ann")
    for key, person in members:
        pool.admit(key.name, person, ANN)
    return pool


def row(value: str, key: str = "How?", query: str = "how", table: str = "notes.facts") -> PooledRow:
    """A row with some answer."""
    return PooledRow(table, query, key, value)


def values(pool: Pool) -> list[str]:
    """The answers in a pool."""
    return [each.value for each in pool.state().rows]


def bytes_of(place: Place, content: Content, key: Key) -> bytes:
    """The bytes of a segment, which nobody has looked through."""
    return encoded(place, content, key)[0]


NAMES = ("root", "a", "b", "c")
KEYS = {name: f"{number:064x}" for number, name in enumerate(NAMES, 10)}
ROOT = Root(KEYS["root"], "root")
_WRITERS = st.sampled_from(sorted(KEYS.values()))
_WORDS = st.sampled_from(["", "x", "y", "x y", "y x", " x"])
_ROWS = st.builds(
    PooledRow, st.sampled_from(["t.a", "t.b"]), _WORDS, _WORDS, st.sampled_from(["v", "w"]), st.sampled_from(["", "s"])
)
_COUNTS = st.integers(0, 2)
_CONTENTS = st.one_of(
    st.builds(Rows, st.lists(_ROWS, min_size=1, max_size=4).map(tuple)),
    st.builds(Rows, st.lists(_ROWS, min_size=1, max_size=4).map(tuple)),
    st.lists(st.tuples(_ROWS, _COUNTS, _COUNTS), min_size=1, max_size=3).map(
        lambda told: Reports(tuple(Report(row_id(row), Evidence("h", *counts)) for row, *counts in told))
    ),
    st.builds(Admission, _WRITERS, st.sampled_from(["ada", "ben"])),
    st.builds(Revocation, _WRITERS, st.just("")),
)


@st.composite
def segment_lists(draw: st.DrawFn) -> list[Segment]:
    """Segments of the root and three others, most of whom are admitted, as if they had been read from stores."""
    admitted = draw(st.lists(st.sampled_from(["a", "b", "c"]), unique=True, min_size=2))
    contents = [(ROOT.key, Admission(KEYS[name], draw(st.sampled_from(["ada", "ben"])))) for name in admitted]
    contents += draw(st.lists(st.tuples(_WRITERS, _CONTENTS), max_size=8))
    return [_segment(number, writer, content) for number, (writer, content) in enumerate(contents)]


def _segment(number: int, writer: str, content: object) -> Segment:
    match content:
        case Rows(rows):
            written = tuple(PooledRow(r.table, r.query, r.key, r.value, r.source, writer=writer) for r in rows)
            content = Rows(written)
        case Reports(reports):
            content = Reports(tuple(Report(each.row, each.evidence, writer) for each in reports))
    return Segment(f"{number:064x}", "pool", writer, 1, (), "", content)
