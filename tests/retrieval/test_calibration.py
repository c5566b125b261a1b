"""What a table calls like enough: asked of its own rows."""

from hdsl.kernel.request import Row
from hdsl.retrieval.calibration import calibrated
from hdsl.retrieval.index import RowIndex


def rows_sharing(shared: int) -> list[Row]:
    """Rows of eight words, five of each value, which have so many words in common."""
    rows = []
    for value in range(20):
        common = [f"v{value}s{word}" for word in range(shared)]
        for copy in range(5):
            own = [f"v{value}c{copy}w{word}" for word in range(8 - shared)]
            rows.append(Row(" ".join(common + own), "", f"{value}"))
    return rows


def test_the_less_alike_the_rows_of_a_value_are_the_less_is_asked() -> None:
    loose, close = (calibrated(RowIndex(rows_sharing(shared))) for shared in (2, 7))
    assert 0 < loose < 0.5 < close < 1


def test_a_table_that_cannot_say_asks_for_half() -> None:
    assert calibrated(RowIndex([])) == 0.5
    assert calibrated(RowIndex([Row(f"a{number} b", "", f"{number}") for number in range(200)])) == 0.5
    assert calibrated(RowIndex([Row("the same again", "", "x")] * 200)) == 0.5
