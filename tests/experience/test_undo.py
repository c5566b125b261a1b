"""Steps of experience taken back: the rows are what they were, and votes count for the rows they were cast for."""

from collections import Counter

import pytest
from hypothesis import given, settings

from hdsl.experience.history import standing, votes_of
from hdsl.experience.records import Vote
from hdsl.experience.row_changes import Row
from hdsl.experience.step_names import steps_to_take_back
from hdsl.experience.undoing import ExperienceChanged, is_taken_back, taking_back
from tests.experience.steps import ACTIONS, ROWS, TABLE, Table


@given(ROWS, ACTIONS)
def test_all_steps_taken_back_newest_first_give_the_rows_back(rows, actions):
    table = Table(list(rows))
    for action in actions:
        table.act(*action)
    while standing(table.entries):
        (last,) = steps_to_take_back([table.entries], None)
        assert table.undo(next(entry for entry in table.entries if entry.id == last))
    assert table.rows == rows
    assert list(votes_of(table.entries, {TABLE: [value for _, _, value in rows]})) == []


@settings(max_examples=40)  # each takes back every step
@given(ROWS, ACTIONS)
def test_an_undo_that_is_taken_back_makes_the_step_again(rows, actions):
    table = Table(list(rows))
    for action in actions:
        table.act(*action)
    for entry in list(table.entries):
        before, votes = list(table.rows), counted(table)
        if table.undo(entry):
            assert is_taken_back(table.entries, entry)
            assert not table.undo(entry)
            if not table.undo(table.entries[-1]):
                assert any(
                    each.dropped for each in table.entries
                )  # its votes cannot follow a drop that they were before
                return
        assert (table.rows, counted(table)) == (before, votes)


@given(ROWS, ACTIONS)
def test_votes_count_for_the_rows_they_were_cast_for(rows, actions):
    table = Table(list(rows))
    for action in actions:
        table.act(*action)
    assert counted(table) == expected_votes(len(rows), table)


def counted(table: Table) -> Counter[tuple[int, str]]:
    values = {TABLE: [value for _, _, value in table.rows]}
    return Counter((vote.row, vote.value) for vote in votes_of(table.entries, values))


def expected_votes(count: int, table: Table) -> Counter[tuple[int, str]]:
    """By another way: every row has an identity, and keeps it whatever number it has."""
    identities = list(range(count))
    same: dict[int, int] = {}
    votes: list[tuple[int, str]] = []
    for entry in standing(table.entries):
        for vote in entry.votes:
            while vote.row >= len(identities):
                identities.append(len(identities) + len(same) + 100)
            votes.append((identities[vote.row], vote.value))
        for row in reversed(entry.dropped):
            same[identities[row.row]] = identities[row.into]
            del identities[row.row]
    found: Counter[tuple[int, str]] = Counter()
    for identity, value in votes:
        while identity in same:
            identity = same[identity]
        found[identities.index(identity), value] += 1
    return found


def table_of(*values: str) -> Table:
    return Table([("", value, value) for value in values])


def rows_of(*values: str) -> list[Row]:
    return [("", value, value) for value in values]


def test_a_step_can_go_from_under_later_steps_that_left_its_rows_alone():
    table = table_of("one", "two")
    table.change(rows_of("ONE", "two"))
    table.change(rows_of("ONE", "two", "three"))
    assert table.undo(table.entries[0])
    assert table.rows == rows_of("one", "two", "three")


def test_a_later_change_of_the_same_row_is_named():
    table = table_of("one", "two")
    table.change(rows_of("one", "TWO"))
    table.change(rows_of("one", "zwei"))
    reason = "step run/1 cannot be taken back: step run/2 changed row 2 of `words`; take that one"
    with pytest.raises(ExperienceChanged, match=reason):
        taking_back(table.entries[0], table.entries, {TABLE: table.rows}, "x/1", "")


def test_later_rows_are_in_the_way_of_rows_that_were_added():
    table = table_of("one")
    table.change(rows_of("one", "two"))
    table.change(rows_of("one", "two", "three"))
    with pytest.raises(ExperienceChanged, match="step run/2 counted votes for row 3 of `words`"):
        taking_back(table.entries[0], table.entries, {TABLE: table.rows}, "x/1", "")


def test_an_edit_by_hand_is_in_the_way():
    table = table_of("one")
    table.change(rows_of("ONE"))
    with pytest.raises(ExperienceChanged, match="row 1 of `words` was edited since, by no step"):
        taking_back(table.entries[0], table.entries, {TABLE: rows_of("eins")}, "x/1", "")
    with pytest.raises(ExperienceChanged, match="row 1 of `words` was edited since"):
        taking_back(table.entries[0], table.entries, {TABLE: []}, "x/1", "")


def test_rows_that_were_dropped_do_not_come_back_under_votes_for_their_new_numbers():
    table = table_of("one", "one", "two")
    table.act("drop", 1, "")
    table.act("vote", 1, "zwei")
    assert table.rows == rows_of("one", "two")
    assert not table.undo(table.entries[0])
    assert table.undo(table.entries[1])
    assert table.undo(table.entries[0])
    assert table.rows == rows_of("one", "one", "two")


def test_a_row_that_was_edited_by_hand_before_others_were_dropped_is_judged_anew():
    table = table_of("one", "one", "two")
    table.change(rows_of("one", "one", "TWO"))
    table.rows[2] = ("", "two", "zwei")
    table.act("drop", 1, "")
    assert counted(table) == Counter()
    assert list(votes_of(table.entries, {TABLE: ["one", "TWO"]})) == [Vote(TABLE, 1, "TWO")]
