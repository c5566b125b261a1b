"""The language server over stdio: what an editor sees while a person writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from hdsl.check.catalogue import rule_named
from hdsl.check.checker import Checker
from hdsl.check.library import library
from hdsl.check.report import Report
from hdsl.syntax.format import format_source
from tests.editor.client import Editor, editing

AGENT = """\
hdsl 1

use std.terminal
use "lib/rows.hg" as rows

# What may be decided.
type Action {
  "text:": "type this text",
  "key:": "press this key",
}

experience decide: text -> Action = [("a", "b", "text:ls")]

# Works in a shell.
harness agent(task: text[1], shell: session[1], T: dim = 30) -> text[1] {
  shells:  session[1, T] = expand(shell, to=[1, T])
  before:  text[1, T]    = terminal.capture(shells)
  action:  Action[1, T]  = expert(before, decide, task="Decide.", topk=2)
  keys:    text[1, T]    = payload(action)
  typed:   text[1, T]    = terminal.send_text(keys, shells)
  pressed: text[1, T]    = terminal.send_key(keys, shells)
  sent:    text[1, T]    = switch action { "text:" => typed, "key:" => pressed }
  settled: text[1, T]    = terminal.wait_idle(shells, timeout=5.0)
  after:   text[1, T]    = terminal.capture(shells)
  turn:    text[1, T]    = sequential(sent, settled, after)
  checked: text[1, T]    = terminal.until_idle(turn, shells)
  result:  text[1]       = recurrent(checked, task)
  noted:   text[1]       = expert(result, rows.notes)
  return noted
}

harness twice(task: text[1]) -> text[1] {
  once:  text[1] = agent(task, T=3)
  again: text[1] = rows.reply(once, most=5)
  return again
}

test "works" {
  given twice.once.result = "x"
  out: text[1] = twice("x")
  expect contains(out, "x")
}
"""

ROWS = """\
hdsl 1

# What was learned.
experience notes: text -> text = []

# Says it again.
harness reply(message: text[1], most: int = 3) -> text[1] {
  said: text[1] = expert(message, notes, topk=most)
  return said
}
"""


LETTERS = """\
hdsl 1

type Town { name: text, zip: text? }

# Who a letter is about.
type Person { name: text "as it is signed", town: Town }

type Step { "search:" Town: "look it up", "done" }

harness letter(mail: text[B], end: str = "Bye") -> text[B] {
  person: Person[B] = llm(mail)
  step:   Step[B]   = llm(person.name)
  note:   text[B]   = "To {person.name} in {person.town.zip}, {step}, {end} {B}"
  said:   text[B]   = switch step { "done" => "No {note}", else => note }
  return said
}

test "stubbed" {
  given letter.person = fail("nobody")
  out: text[1] = letter("x")
  expect contains(out, "x")
}
"""


CYCLE, NOT_TEXT, VERSION = (rule_named(name).code for name in ("module-cycle", "not-utf8", "unknown-version"))


@pytest.fixture(scope="module")
def editor(tmp_path_factory) -> Iterator[Editor]:
    folder = tmp_path_factory.mktemp("work")
    (folder / "lib").mkdir()
    (folder / "agent.hg").write_text(AGENT)
    (folder / "lib" / "rows.hg").write_text(ROWS)
    with editing(folder) as editor:
        editor.open("agent.hg")
        yield editor


@pytest.fixture(autouse=True)
def as_it_was(editor) -> None:
    (editor.folder / "lib" / "rows.hg").write_text(ROWS)
    if editor.texts.get("agent.hg") != AGENT:
        editor.change("agent.hg", AGENT)


def codes(diagnostics: list[lsp.Diagnostic]) -> list[str]:
    return [str(each.code) for each in diagnostics]


# Diagnostics


def test_a_file_without_faults_has_no_diagnostics(editor):
    assert editor.published[editor.uri("agent.hg")][-1].diagnostics == ()


def test_diagnostics_say_of_which_version_of_the_text_they_are(editor):
    editor.write("agent.hg", AGENT.replace("capture(shells)", "captrue(shells)"))
    assert editor.change("agent.hg", AGENT) == []
    assert editor.published[editor.uri("agent.hg")][-1].version == editor.versions["agent.hg"]


def test_diagnostics_are_those_of_the_command(editor):
    text = AGENT.replace("payload(action)", "payload(actoin)").replace("wait_idle(shells", "wait_idel(shells")
    found = editor.change("agent.hg", text)
    report = Report()
    (editor.folder / "agent.hg").write_text(text)
    Checker(report, library()).check(editor.folder / "agent.hg", str(editor.folder / "agent.hg"))
    (editor.folder / "agent.hg").write_text(AGENT)
    assert sorted(codes(found)) == sorted(each.code for each in report.diagnostics)
    assert [editor.slice("agent.hg", each.range) for each in found] == ["actoin", "terminal.wait_idel"]
    assert editor.change("agent.hg", AGENT) == []


def test_typing_is_checked_once_it_pauses(editor):
    before = len(editor.published[editor.uri("agent.hg")])
    for end in range(1, 12):
        editor.write("agent.hg", AGENT.replace("payload(action)", "payload(nothing_here"[: 8 + end] + ")"))
    found = editor.after("agent.hg", lambda: None)
    assert codes(found) == ["HG101"]
    assert len(editor.published[editor.uri("agent.hg")]) - before < 11


def test_changes_of_ranges_are_made_where_they_are_meant(editor):
    head = "hdsl 1\n\n# \x0c 🙂 \u2028\nharness a(task: text[1]) -> text[1] {\n"
    text = head + '  b: text[1] = llm(task, task="🙂") # 🙂\n  return b\n}\n'
    assert editor.open("ranges.hg", text) == []
    for old, new in (
        ('"🙂")', '"🙂 é")'),
        ("return b", "return 🙂"),
        ("return 🙂", "return nothing"),
        ("\x0c 🙂", "🙂🙂"),
    ):
        found = editor.after("ranges.hg", lambda old=old, new=new: editor.type("ranges.hg", old, new))
    assert [editor.slice("ranges.hg", each.range) for each in found if each.code == "HG101"] == ["nothing"]
    assert editor.after("ranges.hg", lambda: editor.type("ranges.hg", "nothing", "b")) == []


def test_an_edit_of_a_module_is_checked_in_its_users(editor):
    editor.open("lib/rows.hg")
    found = editor.change("lib/rows.hg", ROWS.replace("harness reply", "harness answer"), told="agent.hg")
    assert codes(found) == ["HG109"]
    assert editor.change("lib/rows.hg", ROWS, told="agent.hg") == []
    editor.close("lib/rows.hg")


def test_a_module_that_changes_on_the_disk_is_read_again(editor):
    rows = editor.folder / "lib" / "rows.hg"
    changed = lsp.DidChangeWatchedFilesParams([lsp.FileEvent(rows.as_uri(), lsp.FileChangeType.Changed)])
    rows.write_text(ROWS.replace("experience notes", "experience other"))
    editor.tell("workspace_did_change_watched_files", changed)
    assert codes(editor.until("agent.hg", bool)) == ["HG101"]
    rows.write_text(ROWS)
    editor.tell("workspace_did_change_watched_files", changed)
    assert editor.until("agent.hg", lambda found: not found) == []


def test_a_cycle_of_uses_is_told_in_each_file(editor):
    (editor.folder / "one.hg").write_text('hdsl 1\n\nuse "two.hg" as two\n')
    (editor.folder / "two.hg").write_text('hdsl 1\n\nuse "one.hg" as one\n')
    assert codes(editor.open("one.hg")) == codes(editor.open("two.hg")) == [CYCLE]


def test_a_fault_in_a_file_of_rows_is_shown_there(editor):
    (editor.folder / "bad.jsonl").write_text('{"query": "a", "key": "b", "value": "c"}\n{"query": oops}\n')
    text = 'hdsl 1\n\nexperience e: text -> text = load("bad.jsonl")\n'
    found = editor.after("bad.jsonl", lambda: editor.open("loads.hg", text) and None)
    assert [each.range.start.line for each in found] == [1]
    assert editor.after("bad.jsonl", lambda: editor.close("loads.hg")) == []


def test_what_is_no_text_is_told_and_harms_nothing(editor):
    assert codes(editor.open("zero.hg", "hdsl 1\n\0")) == [NOT_TEXT]
    assert editor.change("zero.hg", "hdsl 1\n") == []


def test_a_file_that_is_not_on_the_disk_is_checked(editor):
    assert codes(editor.open("new.hg", "hdsl 2\n")) == [VERSION]


# Hover, hints, outline


def hover(editor: Editor, words: str, into: int = 0) -> str:
    answer = editor.ask("text_document_hover_async", lsp.HoverParams(**editor.place("agent.hg", words, into)))
    return "" if answer is None else answer.contents.value


def test_hover_tells_type_shape_effects_bound_and_documentation(editor):
    told = hover(editor, "action: ")
    assert "action: Action[1, T]" in told
    assert "`!llm`" in told
    assert "T model calls (30)" in told
    assert "Retrieves the rows" in told
    assert "type this text" in told


@pytest.mark.parametrize(
    ("words", "into", "expected"),
    [
        ("task: text[1], shell", 0, "task: text[1]"),
        ("terminal.capture", 10, "The screen as it is, "),
        ("terminal.capture", 2, "`send_text`"),
        ("timeout=5.0", 0, "timeout: float = 10.0"),
        ("agent(task, T=3)", 0, "Works in a shell."),
        ("agent(task, T=3)", 0, "T + 1 model calls (31)"),
        ("Action[1, T]", 0, "What may be decided."),
        ("rows.notes", 6, "experience notes: text -> text"),
        ('"text:" => typed', 2, "type this text"),
        ("topk=2", 1, "topk: int = 16"),
        ("most=5", 1, "most: int = 3"),
        ("sent:", 0, "sent: text[1, T]"),
        ("twice.once.result", 12, "result: text[1]"),
    ],
)
def test_hover_tells_what_a_name_is(editor, words, into, expected):
    assert expected in hover(editor, words, into)


def test_hover_says_nothing_of_blanks_and_keywords(editor):
    assert hover(editor, "return noted") == hover(editor, "\n\nuse std") == ""


def test_missing_types_are_hinted_and_written(editor):
    text = AGENT.replace("keys:    text[1, T]    =", "keys =").replace("sent:    text[1, T]", "sent:    text")
    editor.change("agent.hg", text)
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(999, 0))
    hints = editor.ask(
        "text_document_inlay_hint_async", lsp.InlayHintParams(**editor.document("agent.hg"), range=whole)
    )
    assert [hint.label for hint in hints] == [": text[1, T]", "[1, T]"]
    edits = [edit for hint in hints for edit in hint.text_edits]
    assert editor.change("agent.hg", editor.edited("agent.hg", edits)) == []
    editor.change("agent.hg", text)
    actions = fixes(editor, whole, only=[lsp.CodeActionKind.RefactorRewrite])
    assert [action.title for action in actions] == ["Add the 2 missing types"]
    written = editor.edited("agent.hg", actions[0].edit.changes[editor.uri("agent.hg")])
    assert editor.change("agent.hg", written) == []


def test_the_outline_has_declarations_and_their_nodes(editor):
    symbols = editor.ask("text_document_document_symbol_async", lsp.DocumentSymbolParams(**editor.document("agent.hg")))
    assert [symbol.name for symbol in symbols] == [
        *("std.terminal", "lib/rows.hg", "Action", "decide", "agent", "twice", "works"),
    ]
    agent = symbols[4]
    assert [child.name for child in agent.children][:3] == ["shells", "before", "action"]
    assert agent.children[2].detail == "Action[1, T]"
    assert editor.slice("agent.hg", agent.selection_range) == "agent"
    assert editor.slice("agent.hg", agent.range).endswith("return noted\n}")


def test_declarations_fold(editor):
    ranges = editor.ask("text_document_folding_range_async", lsp.FoldingRangeParams(**editor.document("agent.hg")))
    lines = AGENT.split("\n")
    begins = {lines[each.start_line].split("(")[0].split(" {")[0] for each in ranges}
    assert {"type Action", "harness agent", "harness twice", 'test "works"'} <= begins


def test_semantic_tokens_tell_names_apart(editor):
    legend = editor.server.capabilities.semantic_tokens_provider.legend
    answer = editor.ask(
        "text_document_semantic_tokens_full_async", lsp.SemanticTokensParams(**editor.document("agent.hg"))
    )
    line = character = 0
    found = {}
    for i in range(0, len(answer.data), 5):
        down, right, length, kind, modifiers = answer.data[i : i + 5]
        line, character = line + down, right + (0 if down else character)
        place = lsp.Range(lsp.Position(line, character), lsp.Position(line, character + length))
        found.setdefault(editor.slice("agent.hg", place), set()).add((legend.token_types[kind], modifiers))
    assert found["harness"] == {("keyword", 0)}
    assert ("class", 1) in found["agent"]
    assert found["capture"] == {("function", 2)}
    assert found["terminal"] == {("namespace", 0)}
    assert found["Action"] == {("type", 1), ("type", 0)}
    assert found['"key:"'] == {("enumMember", 1), ("enumMember", 0)}
    assert found["topk"] == {("property", 2)}
    assert found["# Works in a shell."] == {("comment", 0)}
    assert found["30"] == {("number", 0)}


# Names


def located(editor: Editor, location: lsp.Location) -> tuple[str, str]:
    """The last part of a location's file, and the text there."""
    path = Path(location.uri.removeprefix("file://"))
    lines = path.read_text().split("\n")
    return path.name, lines[location.range.start.line][location.range.start.character : location.range.end.character]


@pytest.mark.parametrize(
    ("words", "into", "file", "name"),
    [
        ("payload(action)", 8, "agent.hg", "action"),
        ("payload(action)", 0, "prelude.hg", "payload"),
        ("terminal.capture", 12, "terminal.hg", "capture"),
        ("rows.notes", 6, "rows.hg", "notes"),
        ("rows.reply", 6, "rows.hg", "reply"),
        ("most=5", 0, "rows.hg", "most"),
        ("T=3", 0, "agent.hg", "T"),
        ("Action[1, T]", 0, "agent.hg", "Action"),
        ("Action[1, T]", 10, "agent.hg", "T"),
        ('"key:" => pressed', 2, "agent.hg", '"key:"'),
        ("rows.reply", 1, "agent.hg", "rows"),
        ('"lib/rows.hg"', 3, "rows.hg", ""),
        ("std.terminal", 5, "terminal.hg", ""),
        ("return noted", 9, "agent.hg", "noted"),
    ],
)
def test_a_name_leads_to_its_declaration(editor, words, into, file, name):
    answer = editor.ask("text_document_definition_async", lsp.DefinitionParams(**editor.place("agent.hg", words, into)))
    assert located(editor, answer) == (file, name)


def references(editor: Editor, file: str, words: str, declared: bool = True) -> list[tuple[str, int]]:
    context = lsp.ReferenceContext(include_declaration=declared)
    params = lsp.ReferenceParams(**editor.place(file, words), context=context)
    found = editor.ask("text_document_references_async", params)
    return [(Path(each.uri).name, each.range.start.line + 1) for each in found]


def test_references_are_found_across_files(editor):
    editor.open("lib/rows.hg")
    assert references(editor, "lib/rows.hg", "reply") == [("rows.hg", 7), ("agent.hg", 34)]
    assert references(editor, "lib/rows.hg", "reply", declared=False) == [("agent.hg", 34)]
    editor.close("lib/rows.hg")
    lines = [line for file, line in references(editor, "agent.hg", "shells") if file == "agent.hg"]
    assert len(lines) == 7


def renamed(editor: Editor, file: str, words: str, name: str, into: int = 0) -> dict[str, list[lsp.TextEdit]]:
    answer = editor.ask(
        "text_document_rename_async", lsp.RenameParams(**editor.place(file, words, into), new_name=name)
    )
    return dict(answer.changes)


@pytest.mark.parametrize(
    ("words", "into", "name"),
    [
        ("action:", 0, "decision"),
        ("task: text[1], shell", 0, "wish"),
        ("T: dim", 0, "Turns"),
        ("Action {", 0, "Choice"),
        ("decide:", 0, "choose"),
        ("agent(task: ", 0, "worker"),
        ("rows.reply", 1, "library"),
        ("terminal.capture", 1, "shell_of"),
        ("twice.once.result", 11, "final"),
        ("twice.once.result", 6, "begun"),
        ("twice.once.result", 0, "double"),
    ],
)
def test_a_renamed_file_still_checks(editor, words, into, name):
    prepared = editor.ask(
        "text_document_prepare_rename_async", lsp.PrepareRenameParams(**editor.place("agent.hg", words, into))
    )
    assert AGENT[AGENT.index(words) + into :].startswith(prepared.placeholder[into:] if into else prepared.placeholder)
    changes = renamed(editor, "agent.hg", words, name, into)
    text = editor.edited("agent.hg", changes[editor.uri("agent.hg")])
    assert text != AGENT and name in text
    assert editor.change("agent.hg", text) == []
    back = renamed(editor, "agent.hg", name, prepared.placeholder)
    assert editor.edited("agent.hg", back[editor.uri("agent.hg")]).replace(" as terminal", "") == AGENT


def test_a_name_of_another_file_is_renamed_in_both(editor):
    changes = renamed(editor, "agent.hg", "reply(once", "answer")
    assert {Path(uri).name for uri in changes} == {"agent.hg", "rows.hg"}
    editor.open("lib/rows.hg")
    rows = editor.edited("lib/rows.hg", changes[editor.uri("lib/rows.hg")])
    editor.change("lib/rows.hg", rows, told="agent.hg")
    assert editor.change("agent.hg", editor.edited("agent.hg", changes[editor.uri("agent.hg")])) == []
    editor.close("lib/rows.hg")


def test_names_of_the_library_and_words_of_the_language_are_not_given(editor):
    place = editor.place("agent.hg", "terminal.capture", 12)
    assert editor.ask("text_document_prepare_rename_async", lsp.PrepareRenameParams(**place)) is None
    with pytest.raises(Exception, match="is a reserved word"):
        renamed(editor, "agent.hg", "action:", "switch")
    with pytest.raises(Exception, match="is not a valid name"):
        renamed(editor, "agent.hg", "action:", "a b")


def test_the_places_of_a_name_are_highlighted(editor):
    place = editor.place("agent.hg", "action:")
    found = editor.ask("text_document_document_highlight_async", lsp.DocumentHighlightParams(**place))
    assert [editor.slice("agent.hg", each.range) for each in found] == ["action"] * 3


@pytest.fixture
def letters(editor) -> Iterator[Editor]:
    assert editor.open("letters.hg", LETTERS) == []
    yield editor
    editor.close("letters.hg")


@pytest.mark.parametrize(
    ("words", "into", "declared"),
    [
        ("{note}", 1, "note:   text"),
        ("{end}", 1, "end: str"),
        ("{B}", 1, "B], end"),
        ("{person.name}", 1, "person: Person"),
        ("{person.name}", 9, 'name: text "as'),
        ("llm(person.name", 11, 'name: text "as'),
        ("person.town.zip", 14, "zip: text?"),
        ("Town: ", 0, "Town {"),
        ("town: Town", 6, "Town {"),
        ("letter.person", 0, "letter(mail"),
        ("letter.person", 8, "person: Person"),
    ],
)
def test_names_in_holes_paths_and_records_lead_to_their_declarations(letters, words, into, declared):
    params = lsp.DefinitionParams(**letters.place("letters.hg", words, into))
    found = letters.ask("text_document_definition_async", params)
    place = letters.place("letters.hg", declared)
    assert found.range.start == place["position"]


@pytest.mark.parametrize(
    ("words", "name", "changed"),
    [("person: ", "who", 5), ("note: ", "line", 3), ("end: ", "closing", 2), ("letter(mail", "post", 3)],
)
def test_a_name_in_holes_and_stubs_is_renamed_there_too(letters, words, name, changed):
    changes = renamed(letters, "letters.hg", words, name)[letters.uri("letters.hg")]
    assert len(changes) == changed
    text = letters.edited("letters.hg", changes)
    assert letters.change("letters.hg", text) == []


def test_a_field_is_not_renamed_as_texts_have_it_in_them(letters):
    place = letters.place("letters.hg", "{person.name}", 9)
    assert letters.ask("text_document_prepare_rename_async", lsp.PrepareRenameParams(**place)) is None


def test_hover_in_a_hole_tells_what_fills_it(letters):
    def told(words: str, into: int) -> str:
        params = lsp.HoverParams(**letters.place("letters.hg", words, into))
        return letters.ask("text_document_hover_async", params).contents.value

    assert "note: text[B]" in told("{note}", 2)
    assert "name: text" in told("{person.name}", 9)


@pytest.mark.parametrize(
    ("old", "new", "offered", "not_offered"),
    [
        ('"To {person.name}', '"To {|', {"person", "step", "mail", "end", "B"}, {"said", "llm"}),
        ('"To {person.name}', '"To {person.|', {"name", "town"}, {"step", "zip"}),
        ('"To {person.name}', '"To {person.town.|', {"zip", "name"}, {"town"}),
        ('"No {note}"', '"No {no|', {"note", "step"}, {"said", "done"}),
        ("llm(person.name)", "llm(person.|", {"name", "town"}, {"mail"}),
        ('"To {person.name}', '"To |', set(), {"person"}),
        ('"To {person.name}', '"To \\{|', set(), {"person"}),
        ('fail("nobody")', '"{|', set(), {"person"}),
    ],
)
def test_completion_in_holes(letters, old, new, offered, not_offered):
    letters.write("letters.hg", LETTERS.replace(old, new.replace("|", ""), 1))
    before = LETTERS[: LETTERS.index(old)] + new[: new.index("|")]
    position = lsp.Position(before.count("\n"), len(before.rpartition("\n")[2]))
    params = lsp.CompletionParams(**letters.document("letters.hg"), position=position)
    found = {item.label for item in letters.ask("text_document_completion_async", params).items}
    assert offered <= found
    assert not not_offered & found


# Completion and signatures


def completed(editor: Editor, old: str, new: str) -> dict[str, lsp.CompletionItem]:
    """What is offered where `|` stands in the text that replaces another."""
    editor.write("agent.hg", AGENT.replace(old, new.replace("|", ""), 1))
    at = AGENT.index(old) + new.index("|")
    before = editor.texts["agent.hg"][:at]
    position = lsp.Position(before.count("\n"), len(before.rpartition("\n")[2]))
    params = lsp.CompletionParams(**editor.document("agent.hg"), position=position)
    return {item.label: item for item in editor.ask("text_document_completion_async", params).items}


@pytest.mark.parametrize(
    ("old", "new", "offered", "not_offered"),
    [
        (
            "payload(action)",
            "pay|",
            {"payload", "terminal.capture", "agent", "rows.reply", "switch"},
            {"action", "keys"},
        ),
        ("payload(action)", "payload(|", {"action", "before", "task", "shells"}, {"typed", "result"}),
        ("payload(action)", "payload(|)", {"action", "before"}, {"typed"}),
        ("terminal.capture(shells)", "terminal.|", {"capture", "wait_idle"}, {"payload", "before"}),
        ("topk=2)", "|)", {"topk=", "before", "rows.notes"}, {"task="}),
        ("terminal.wait_idle(shells, timeout=5.0)", "terminal.wait_idle(shells, |", {"timeout=", "keys"}, {"after"}),
        ("most=5", "most=|", set(), {"once", "payload"}),
        ("[1, T])", "[1, |", {"T"}, {"shells"}),
        ("Action[1, T]", "|", {"Action", "text", "session"}, {"payload"}),
        ('{ "text:" => typed, "key:" => pressed }', "{ |", {'"text:"', '"key:"', "else"}, {"typed"}),
        ('{ "text:" => typed, "key:" => pressed }', '{ "text:" => typed, |', {'"key:"', "else"}, {'"text:"'}),
        ('{ "text:" => typed, "key:" => pressed }', '{ "|', {"text:", "key:"}, {"else"}),
        ('"text:" => typed', '"text:" => |', {"typed", "pressed", "keys"}, {"settled"}),
        ("use std.terminal", "use |", {"std.terminal", "std.agents"}, set()),
        ("use std.terminal", "use std.|", {"terminal", "agents"}, set()),
        ("return noted", "return |", {"noted", "result"}, {"payload"}),
        ("return noted", "|", {"return", "budget", "dim"}, {"payload"}),
        ('use "lib/rows.hg"', 'use "|', {"lib/rows.hg"}, set()),
        ("harness twice", "|\n\nharness twice", {"harness", "experience", "use"}, {"payload"}),
        ("expect contains", "expect |", {"contains", "exact_match"}, {"payload"}),
        ("given twice.once.result", "given |", {"twice", "agent", "rows"}, {"payload", "once"}),
        ("given twice.once.result", "given twice.|", {"once", "again"}, {"task", "action"}),
        ("given twice.once.result", "given twice.once.re|", {"result", "action"}, {"shells", "once"}),
        ('once.result = "x"', "once.result = |", {"fail"}, {"payload"}),
    ],
)
def test_completion_offers_what_may_stand_there(editor, old, new, offered, not_offered):
    found = completed(editor, old, new)
    assert offered <= found.keys()
    assert not (not_offered & found.keys())


def test_completion_shows_signatures_and_puts_modules_in_use(editor):
    found = completed(editor, "payload(action)", "|")
    assert found["payload"].detail.startswith("payload(")
    assert "agents.terminal_agent" in found
    edit = found["agents.terminal_agent"].additional_text_edits[0]
    assert "use std.agents" in editor.edited("agent.hg", [edit]).split("\n")


def test_completion_offers_nothing_in_a_comment(editor):
    assert completed(editor, "# Works in a shell.", "# Works |") == {}


def test_a_label_is_completed_in_its_quotes(editor):
    item = completed(editor, '{ "text:" => typed, "key:" => pressed }', '{ "te|')["text:"]
    assert '{ "text:' in editor.edited("agent.hg", [item.text_edit])


@pytest.mark.parametrize(
    ("old", "new", "label", "active"),
    [
        ("payload(action)", "payload(|", "payload(", 0),
        ("terminal.send_text(keys, shells)", "terminal.send_text(keys, |", "send_text(", 1),
        ("topk=2)", "topk=|", "expert(", 3),
        ("rows.reply(once, most=5)", "rows.reply(once|", "reply(", 0),
        ("sequential(sent, settled, after)", "sequential(sent, settled, |", "sequential(", 0),
    ],
)
def test_signature_help_shows_what_is_being_written(editor, old, new, label, active):
    editor.write("agent.hg", AGENT.replace(old, new.replace("|", ""), 1))
    at = AGENT.index(old) + new.index("|")
    before = editor.texts["agent.hg"][:at]
    position = lsp.Position(before.count("\n"), len(before.rpartition("\n")[2]))
    params = lsp.SignatureHelpParams(**editor.document("agent.hg"), position=position)
    answer = editor.ask("text_document_signature_help_async", params)
    assert answer.signatures[0].label.startswith(label)
    assert answer.active_parameter == active


# Fixes and layout


def fixes(editor: Editor, place: lsp.Range, only: list[str] | None = None) -> list[lsp.CodeAction]:
    context = lsp.CodeActionContext(diagnostics=[], only=only)
    return editor.ask(
        "text_document_code_action_async",
        lsp.CodeActionParams(**editor.document("agent.hg"), range=place, context=context),
    )


def test_the_fixes_of_a_diagnostic_are_offered_and_fix_it(editor):
    found = editor.change("agent.hg", AGENT.replace("keys:    text[1, T]", "keys:    text[T, 1]"))
    actions = fixes(editor, found[0].range, only=[lsp.CodeActionKind.QuickFix])
    assert actions and actions[0].is_preferred
    assert actions[0].diagnostics[0].code == found[0].code
    assert editor.change("agent.hg", editor.edited("agent.hg", actions[0].edit.changes[editor.uri("agent.hg")])) == []


def test_all_safe_fixes_are_made_at_once(editor):
    text = AGENT.replace("keys:    text[1, T]", "keys:    text[T, 1]").replace(
        "after:   text[1, T]", "after:   text[1]"
    )
    editor.change("agent.hg", text)
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
    actions = fixes(editor, whole, only=["source.fixAll"])
    assert len(actions) == 1
    assert editor.change("agent.hg", editor.edited("agent.hg", actions[0].edit.changes[editor.uri("agent.hg")])) == []


def test_formatting_gives_the_one_layout(editor):
    text = AGENT.replace("  keys:    text[1, T]    =", "keys:text[1,T]=")
    editor.write("agent.hg", text)
    options = lsp.FormattingOptions(tab_size=2, insert_spaces=True)
    params = lsp.DocumentFormattingParams(**editor.document("agent.hg"), options=options)
    edits = editor.ask("text_document_formatting_async", params)
    assert editor.edited("agent.hg", edits) == format_source(text)
    editor.write("agent.hg", text.replace("harness", "harnes"))
    assert editor.ask("text_document_formatting_async", params) in ((), None)
