"""Recordings of every format are read to the same steps, and every line of them is accounted for."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.sessions.model import SessionError
from hdsl.sessions.reading import read_all, read_recording
from tests.sessions import recordings
from tests.sessions.recordings import GOAL, WORK, WRITERS, claude, codex, lines

WITH_STATUS = ("atif", "claude-code", "codex", "opencode")


@pytest.mark.parametrize("name", WRITERS)
def test_each_format_is_read_to_the_same_work(name, tmp_path):
    recording = read_recording(WRITERS[name](tmp_path))
    (session,) = recording.sessions
    assert session.format == name == recording.account.format
    assert session.goal == GOAL
    commands = [call.command for _, call in session.calls()]
    assert commands[: len(WORK)] == [command for _, command, _, _ in WORK]
    outputs = [call.outcome.text.strip() for _, call in session.calls()]
    assert outputs[: len(WORK)] == [output for _, _, output, _ in WORK]
    if name in WITH_STATUS:
        assert [call.outcome.exit_status for _, call in session.calls()] == [status for *_, status in WORK]


@pytest.mark.parametrize("name", WRITERS)
def test_every_unit_is_mapped_or_skipped(name, tmp_path):
    path = WRITERS[name](tmp_path)
    account = read_recording(path).account
    assert account.all == account.mapped + sum(account.skipped.values())
    if account.unit == "lines":
        assert account.all == path.read_text().count("\n")


@pytest.mark.parametrize("version", [2, 3])
def test_both_versions_of_asciicast_are_read(version, tmp_path):
    (session,) = read_recording(recordings.asciicast(tmp_path, version=version)).sessions
    assert [call.command for _, call in session.calls()][: len(WORK)] == [command for _, command, _, _ in WORK]


def test_shell_marks_in_a_cast_tell_commands_and_exit_statuses(tmp_path):
    mark = "\x1b]133;{}\x07"
    screen = mark.format("A") + "> " + mark.format("B") + "false" + mark.format("C") + "\r\n"
    screen += mark.format("D;1") + mark.format("A") + "> " + mark.format("B") + "true" + mark.format("C") + "\r\n"
    path = lines(tmp_path / "x.cast", [{"version": 2, "width": 80, "height": 24}, [0.1, "o", screen]])
    (session,) = read_recording(path).sessions
    first, second = [call for _, call in session.calls()]
    assert (first.command, first.outcome.exit_status) == ("false", 1)
    assert (second.command, second.outcome.exit_status) == ("true", None)


def test_uuids_that_came_before_are_dropped_and_counted(tmp_path):
    path = claude(tmp_path)
    text = path.read_text()
    path.write_text(text + text)
    (session,) = read_recording(path).sessions
    assert len(list(session.calls())) == len(WORK)
    account = read_recording(path).account
    assert account.skipped["a uuid that came before"] == text.count("\n") - 1  # the snapshot has none
    assert account.all == 2 * text.count("\n")


def test_a_message_that_was_edited_leaves_its_branch(tmp_path):
    path = claude(tmp_path)
    base = {"sessionId": "c1", "isSidechain": False}
    edited = [
        {
            "type": "user",
            "uuid": "e1",
            "parentUuid": "r4",
            **base,
            "message": {"role": "user", "content": "now do this"},
        },
        {"type": "attachment", "uuid": "e1a", "parentUuid": "e1", **base},
        {
            "type": "assistant",
            "uuid": "e2",
            "parentUuid": "e1a",
            **base,
            "message": {"id": "z", "content": "done this"},
        },
        {
            "type": "user",
            "uuid": "e3",
            "parentUuid": "r4",
            **base,
            "message": {"role": "user", "content": "now do that"},
        },
    ]
    with path.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in edited)
    recording = read_recording(path)
    texts = [step.text for step in recording.sessions[0].steps]
    assert "now do that" in texts
    assert "now do this" not in texts and "done this" not in texts
    assert recording.account.skipped["a branch that was edited away"] == 2


def test_compaction_begins_a_new_root_and_its_summary_is_nobodys_goal(tmp_path):
    base = {"sessionId": "c1", "isSidechain": False}
    found = [
        {
            "type": "system",
            "subtype": "compact_boundary",
            "uuid": "b",
            "parentUuid": None,
            "content": "Compacted",
            **base,
        },
        {
            "type": "user",
            "uuid": "s",
            "parentUuid": "b",
            "isCompactSummary": True,
            "message": {"role": "user", "content": "This session is continued from another one"},
            **base,
        },
    ]
    path = claude(tmp_path)
    path.write_text("".join(json.dumps(line) + "\n" for line in found) + path.read_text())
    (session,) = read_recording(path).sessions
    assert session.goal == GOAL
    assert [step.is_copied for step in session.steps][:2] == [False, True]


def test_sidechains_are_sessions_of_their_own(tmp_path):
    path = claude(tmp_path)
    side = {"sessionId": "c1", "isSidechain": True, "agentId": "g7"}
    line = {"type": "user", "uuid": "q", "parentUuid": None, "message": {"content": "look around"}, **side}
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
    main, child = read_recording(path).sessions
    assert (child.id, child.parent, child.goal) == ("c1.g7", main.id, "look around")


def test_a_result_without_its_call_is_counted(tmp_path):
    path = claude(tmp_path)
    block = {"type": "tool_result", "tool_use_id": "nobody", "content": "x"}
    with path.open("a") as file:
        value = {"type": "user", "uuid": "o", "parentUuid": "r4", "sessionId": "c1", "message": {"content": [block]}}
        file.write(json.dumps(value) + "\n")
    assert read_recording(path).account.skipped["a result without its call"] == 1


def test_compressed_rollouts_are_read(tmp_path):
    zstd = pytest.importorskip("backports.zstd")
    plain = codex(tmp_path)
    packed = tmp_path / "packed" / (plain.name + ".zst")
    packed.parent.mkdir()
    packed.write_bytes(zstd.compress(plain.read_bytes()))
    assert read_recording(packed).sessions[0].steps == read_recording(plain).sessions[0].steps
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(SessionError, match="cannot be decompressed"):
        read_recording(packed)


def test_a_compressed_bomb_is_refused(tmp_path, monkeypatch):
    zstd = pytest.importorskip("backports.zstd")
    monkeypatch.setattr("hdsl.sessions.opening.LARGEST_FILE", 1 << 20)
    monkeypatch.setattr("hdsl.sessions.opening.LARGEST_LINE", 1 << 16)
    head = json.dumps({"type": "session_meta", "payload": {"id": "x"}}).encode() + b"\n"
    path = tmp_path / "bomb.jsonl.zst"
    path.write_bytes(zstd.compress(head + b" " * (8 << 20)))
    with pytest.raises(SessionError, match="larger than"):
        read_recording(path)


def test_a_line_that_is_too_long_is_skipped_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("hdsl.sessions.opening.LARGEST_LINE", 5000)
    path = claude(tmp_path)
    with path.open("a") as file:
        file.write(json.dumps({"type": "user", "uuid": "big", "message": {"content": "x" * 20000}}) + "\n")
    account = read_recording(path).account
    assert account.skipped["a line longer than 5,000 bytes"] == 1
    assert account.all == path.read_text().count("\n")


def test_links_in_folders_are_not_followed(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "away.jsonl").symlink_to(claude(tmp_path))
    (inside / "up").symlink_to(tmp_path)
    found = read_all([inside])
    assert found.recordings == ()
    assert found.left_out == {"a link in a folder": 2}


def test_a_database_that_never_ends_is_given_up(tmp_path, monkeypatch):
    import sqlite3

    monkeypatch.setattr("hdsl.sessions.readers.opencode._STEPS", 1_000_000)
    path = recordings.opencode(tmp_path)
    database = sqlite3.connect(path)
    database.executescript(
        "ALTER TABLE part RENAME TO part2; CREATE VIEW part AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
        " FROM n) SELECT i AS rowid, i AS id, 'x' AS message_id, 0 AS time_created, '' AS data FROM n;"
    )
    database.close()
    with pytest.raises(SessionError, match=r"not a database of OpenCode|cannot be read"):
        read_recording(path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b"{", "not JSON"),
        ("a.jsonl", b"\x00\xff\n", "not a recording"),
        ("a.db", b"SQLite format 3\x00 and more", "cannot be read"),
        ("a.cast", b'{"version": 9, "width": 80}\n', "not a recording"),
        ("a.traj", b"[" * 100_000, "not a recording"),
        ("a.json", b"", "not a recording"),
    ],
)
def test_what_is_no_recording_is_said_to_be_none(name, content, said, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SessionError, match=said):
        read_recording(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", ["claude-code", "codex", "atif", "swe-agent", "asciicast"])
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_whatever_a_field_holds_no_line_is_lost(name, data, tmp_path_factory):
    """Any value of a recording may be any other: it is read or refused, and what is read is all accounted for."""
    path = WRITERS[name](tmp_path_factory.mktemp("x"))
    values = [json.loads(line) for line in path.read_text().splitlines()]
    places = [place for value in values[1:] or values for place in _places(value)]
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(JSON)
    lines(path, values)
    try:
        account = read_recording(path).account
    except SessionError:
        return
    assert account.all == account.mapped + sum(account.skipped.values())
    assert account.mapped >= 0
    if account.unit == "lines":
        assert account.all == len(values)


def _places(value):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield value, key
        yield from _places(each)
