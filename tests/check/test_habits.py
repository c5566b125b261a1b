"""Slips and habits of other languages in one whole file: each is one diagnostic at its line, and what is fixed checks.

A row: what stands in `habits/whole.hg`, what is written instead, the code, and whether a safe fix makes it check.
"""

import shutil
from pathlib import Path

import pytest

from hdsl.check.fixes import SAFE
from hdsl.check.fixing import fix_file
from hdsl.check.session import check_file

FOLDER = Path(__file__).with_name("habits")

# fmt: off
HABITS = [
    ('topk=2', 'topk=None', 'HG206', False),
    ('terminal.capture(shells)\n  action', 'terminal.capture(None)\n  action', 'HG101', False),
    ('task=tone)\n  all', 'task=True)\n  all', 'HG206', False),
    ('times=2)', 'times=True)', 'HG206', False),
    ('task="Judge the drafts."', "task='Judge the drafts.'", 'HG010', False),
    ('task="Judge the drafts."', 'task=f"Judge the drafts."', 'HG001', True),
    ('topk=2', 'topk: 2', 'HG001', True),
    ('times=2)', '"times": 2)', 'HG001', True),
    ('keys:    text[1, T]    =', 'keys    text[1, T]    =', 'HG001', True),
    ('first:   text[B]         = drafts', 'first:   text[B]         := drafts', 'HG001', True),
    ('first:   text[B]         = drafts', 'first:   text[B]         => drafts', 'HG001', False),
    ('experience decide: text -> Action', 'experience decide: text => Action', 'HG001', True),
    ('experience decide: text -> Action', 'experience decide: text, Action', 'HG001', True),
    ('experience decide: text -> Action', 'experience decide: (text -> Action)', 'HG001', False),
    ('("list files $", "$ ", "text:ls")', '{"list files $": "text:ls"}', 'HG001', False),
    ('("list files $", "$ ", "text:ls")', '("list files $", "text:ls")', 'HG305', False),
    ('("list files $", "$ ", "text:ls")', '("list files $", "$ ", "text:ls", "x")', 'HG305', False),
    ('("list files $", "$ ", "text:ls")', '["list files $", "$ ", "text:ls"]', 'HG001', True),
    ('"$ ", "text:ls")', '"$ " "text:ls")', 'HG001', True),
    ('"text:echo hello world"),', '"text:echo hello world")', 'HG001', True),
    ('"text:ls"', '"txt:ls"', 'HG303', True),
    ('"text:ls"', '"text ls"', 'HG303', False),
    ('"text:": "type this text at the prompt",', '"text:": "type this text at the prompt"', 'HG001', True),
    (' "accept": "it can stay",\n  "revise:": "what is to be changed",\n', ' "accept" | "revise:"\n', 'HG013', False),
    ('type Verdict {', 'type Verdict = {', 'HG001', True),
    ('"accept": "it can stay"', 'accept: "it can stay"', 'HG001', False),
    ('type Verdict {', 'enum Verdict {', 'HG012', True),
    ('harness mend(', 'def mend(', 'HG012', True),
    ('harness mend(', 'function mend(', 'HG012', True),
    ('harness mend(', 'graph mend(', 'HG012', True),
    ('  done: text[1] =', '  let done: text[1] =', 'HG001', True),
    ('  done: text[1] =', '  const done: text[1] =', 'HG001', True),
    ('  done: text[1] =', '  node done: text[1] =', 'HG001', True),
    ('  return done\n', '  return first_line(done)\n', 'HG001', True),
    ('  return toned\n', '  return toned[0]\n', 'HG001', False),
    ('  return toned\n', '  return toned;\n', 'HG010', True),
    ('  return toned\n', '', 'HG008', True),
    ('use std.terminal', 'import std.terminal', 'HG012', True),
    ('use std.terminal', 'use std/terminal', 'HG013', False),
    ('use std.terminal', 'use terminal', 'HG106', False),
    ('use "lib/tones.hg" as tones', 'use "lib/tone.hg" as tones', 'HG801', True),
    ('use "lib/tones.hg" as tones', 'use lib/tones.hg as tones', 'HG013', False),
    ('dim DRAFTS = 3', 'dim DRAFTS = -3', 'HG409', False),
    ('"key:" => pressed', '"else" => pressed', 'HG605', False),
    (', "key:" => pressed', '', 'HG601', False),
    ('"key:" => pressed', '"keys:" => pressed', 'HG605', True),
    ('"key:" => pressed', '"key" => pressed', 'HG605', True),
    ('"key:" => pressed', '"text:" => pressed', 'HG603', False),
    ('switch action {', 'switch keys {', 'HG601', False),
    ('"key:" => pressed', '"key:" => pressed, else => typed', 'HG602', True),
    ('decide, task="Decide the next step.", topk=2', 'decide, "Decide the next step.", 2', 'HG205', True),
    ('topk=2', 'top_k=2', 'HG204', True),
    ('topk=2', 'stream=true', 'HG204', False),
    ('topk=2', 'topk=2.0', 'HG206', True),
    ('topk=2', 'topk="2"', 'HG206', True),
    ('expert(louder, words)', 'expert(louder)', 'HG201', False),
    ('expert(louder, words)', 'expert(words, louder)', 'HG301', False),
    ('terminal.send_text(keys, shells)', 'terminal.send_text(shells, keys)', 'HG301', False),
    ('terminal.send_text(keys, shells)', 'terminal.send_text(keys)', 'HG201', False),
    ('terminal.capture(shells)\n  action', 'terminal.capture(shells, shells)\n  action', 'HG202', False),
    ('terminal.send_text(keys', 'send_text(keys', 'HG109', True),
    ('terminal.send_text(keys', 'agents.send_text(keys', 'HG109', False),
    ('terminal.send_text(keys', 'std.terminal.send_text(keys', 'HG109', True),
    ('terminal.wait_idle', 'terminal.wait', 'HG109', False),
    ('terminal.send_key(', 'terminal.press(', 'HG109', False),
    ('llm(asked, task=tone)', 'llm(expand(question, to=[B, DRAFTS]), task=tone)', 'HG207', True),
    ('until_exit(command="pytest -q")', 'until_exit()', 'HG201', False),
    ('until=terminal.until_exit(command="pytest -q")', 'until=terminal.until_exit', 'HG201', False),
    ('until=terminal.until_exit(command="pytest -q")', 'until=terminal.capture', 'HG212', False),
    ('T=20', 'T=-20', 'HG409', False),
    ('T=20', 'T=0', 'HG405', False),
    ('topk=2', '**options', 'HG013', False),
    ('topk=2', '*args', 'HG013', False),
    ('T=20)', 'T=20', 'HG002', True),
    ('T=20)', 'T=20))', 'HG011', True),
    ('payload(verdict)', 'payload[verdict]', 'HG101', False),
    ('task="Judge the drafts."', 'task="Judge the drafts.', 'HG003', True),
    ('"Judge the drafts."', '“Judge the drafts.”', 'HG010', True),
    ('"Judge the drafts."', '`Judge the drafts.`', 'HG010', False),
    ('"Judge the drafts."', '"Judge\nthe drafts."', 'HG003', False),
    ('"Judge the drafts."', '"Judge \\d drafts."', 'HG007', True),
    ('"Judge the drafts."', "'''Judge the drafts.'''", 'HG010', False),
    ('budget(llm_calls=30, seconds=300)', 'budget(calls=30, seconds=300)', 'HG204', False),
    ('budget(llm_calls=30, seconds=300)', 'budget(llm_calls="30", seconds=300)', 'HG701', True),
    ('budget(llm_calls=30, seconds=300)', 'budget(llm_calls=-1, seconds=300)', 'HG701', False),
    ('budget(llm_calls=30, seconds=300)', 'budget(llm_calls=0, seconds=300)', 'HG710', False),
    ('budget(llm_calls=30, seconds=300)', 'budget(llm_calls=29, seconds=300)', 'HG710', False),
    ('budget(llm_calls=30, seconds=300)', 'budget(llm_calls=30, seconds=10)', 'HG710', False),
    ('budget(llm_calls=30, seconds=300)', 'budget(llm_calls=30.5, seconds=300)', 'HG701', False),
    ('budget(llm_calls=30, seconds=300)', 'budget(llm_calls=30, seconds=300, per=[Q])', 'HG701', False),
    ('budget(llm_calls=30, seconds=300)', 'budget(llm_calls=30, seconds=300, per="T")', 'HG701', False),
    ('budget(llm_calls=30, seconds=300)', 'budget(llm_calls=30, llm_calls=300)', 'HG203', False),
    ('= coder("print hello world", T=5)', '= coder(T=5)', 'HG201', False),
    ('= coder("print hello world", T=5)', '= coder("print hello world", "x", T=5)', 'HG301', False),
    ('= coder("print hello world", T=5)', '= coder(task="print hello world", T=5)', 'HG208', True),
    ('= coder("print hello world", T=5)', '= coder("print hello world", turns=5)', 'HG204', False),
    ('out: text[1] = coder', 'out: text[2] = coder', 'HG702', True),
    ('expect contains(out, "hello world")', 'expect first_line(out)', 'HG218', False),
    ('expect mean(score)', 'expect exact_match(out, ["1", "2", "3"])', 'HG402', False),
    ('["one", "two"]', '["one", "two", "three"]', 'HG702', False),
    ('test "reviews" {', 'test "greets" {', 'HG102', False),
    ('expect contains(out, "hello world")', 'expect contains(result, "hello world")', 'HG101', False),
    ('out: text[1] = coder', 'out = coder', 'HG704', True),
    ('exact_match(out, ["1", "2"])', 'exact_match(out, [1, 2])', 'HG210', False),
    ('train review {', 'train reviewer {', 'HG706', True),
    ('load("pairs.jsonl")', 'load("pair.jsonl")', 'HG801', True),
    ('  epochs = 5', '  epoch = 5', 'HG204', True),
    ('loss = edit_distance', 'loss = first_line', 'HG212', False),
    ('loss = edit_distance', 'loss = mean', 'HG212', False),
    ('  seed = 0', '  seed = 0\n  seed = 1', 'HG203', False),
    ('keys:    text[1, T] ', 'keys:    text ', 'HG407', True),
    ('keys:    text[1, T] ', 'keys:    text[T, 1] ', 'HG702', True),
    ('keys:    text[1, T] ', 'keys:    text[1] ', 'HG702', True),
    ('keys:    text[1, T] ', 'keys:    text[1, N] ', 'HG406', False),
    ('keys:    text[1, T] ', 'keys:    text[-1, T] ', 'HG409', False),
    ('keys:    text[1, T] ', 'keys:    text[None, T] ', 'HG406', False),
    ('keys:    text[1, T] ', 'keys:    text[] ', 'HG702', True),
    ('keys:    text[1, T] ', 'keys:    str[1, T] ', 'HG110', True),
    ('keys:    text[1, T] ', 'keys:    string[1, T] ', 'HG110', True),
    ('keys:    text[1, T] ', 'keys:    Text[1, T] ', 'HG110', True),
    ('keys:    text[1, T] ', 'keys:    list[text] ', 'HG110', False),
    ('action:  Action[1, T]', 'action:  Decision[1, T]', 'HG110', False),
    ('keys:    text[1, T]    =', 'keys =', 'HG704', False),
    ('recurrent(checked, task)', 'recurrent(task, checked)', 'HG402', False),
    ('recurrent(checked, task)', 'recurrent(turn, task)', 'HG507', False),
    ('drafts[:, 0]', 'drafts[:, 3]', 'HG403', False),
    ('drafts[:, 0]', 'drafts[:, -4]', 'HG403', False),
    ('drafts[:, 0]', 'drafts[:, 0, 0]', 'HG401', False),
    ('drafts[:, 0]', 'drafts[:, i]', 'HG408', False),
    ('expand(question, to=[B, DRAFTS])', 'expand(question, [B, DRAFTS])', 'HG205', True),
    ('expand(question, to=[B, DRAFTS])', 'expand(question, to=[DRAFTS, B])', 'HG404', False),
    ('expert(all, judge', 'expert(all, "judge"', 'HG301', False),
    ('recurrent(checked, task)', 'recurrent(checked, shell)', 'HG301', False),
    ('sequential(sent, settled, after)', 'join(sent, settled, after)', 'HG501', False),
    ('sequential(sent, settled, after)', 'sequential(sent, settled, before)', 'HG502', True),
    ('sequential(sent, settled, after)', 'sequential([sent, settled, after])', 'HG210', False),
    ('coder(task: text[1], shell: session[1], T', 'coder(shell: session[1], task: text[1], T', 'HG215', False),
    ('coder(task: text[1], shell', 'coder(task: text[1] = "x", shell', 'HG213', False),
    ('coder(task: text[1], shell', 'coder(task: text, shell', 'HG407', False),
    ('coder(task: text[1], shell', 'coder(task: text[1], task: text[1], shell', 'HG102', False),
    ('harness mend(', 'harness review(', 'HG102', False),
    ('keys:    text[1, T]    = payload(action)\n', '', 'HG101', False),
    ('hdsl 1\n', 'hdsl 2\n', 'HG703', False),
    (' = "shouting:shout"', '', 'HG113', False),
    ('"shouting:shout"', '"shouting.shout"', 'HG114', True),
    ('"shouting:shout"', '"shouting.py:shout"', 'HG114', True),
    ('-> text[*S] = "shouting', '-> text[*S] !exec = "shouting', 'HG112', False),
    ('= load("words.jsonl")', '= open("words.jsonl")', 'HG217', True),
    ('= load("words.jsonl")', '= load("word.jsonl")', 'HG801', True),
    ('  shells:  session[1, T] = expand(shell, to=[1, T])\n', '', 'HG101', False),
    ('T: dim = 30) ->', 'T: dim = 30 ->', 'HG002', True),
    ('keys:    text[1, T]', 'keys:    text[1, T', 'HG002', True),
]
# fmt: on


@pytest.fixture
def file(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "habits")
    return tmp_path / "habits" / "whole.hg"


def test_the_whole_file_is_valid(file):
    assert check_file(file).diagnostics == ()


@pytest.mark.parametrize(("right", "wrong", "code", "is_fixed"), HABITS, ids=[row[1][:40] for row in HABITS])
def test_a_habit_is_one_diagnostic_at_its_line(file, right, wrong, code, is_fixed):
    text = file.read_text()
    start = text.index(right)
    file.write_text(text.replace(right, wrong, 1))
    (found,) = check_file(file).diagnostics
    first = text.count("\n", 0, start) + 1
    line = found.place.source.position(found.place.span.start)[0]
    assert (found.code, first <= line <= first + wrong.count("\n")) == (code, True)
    assert is_fixed == any(fix.applicability == SAFE for fix in found.fixes)
    if is_fixed:
        fixed = fix_file(str(file))
        assert fixed is not None
        file.write_text(fixed.after)
        assert check_file(file).diagnostics == ()
