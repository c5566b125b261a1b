"""Lines typed at the prompt of an editor, a pager, a debugger, a database: what they run, write and read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hdsl.policy.effects import Arguments, Code, Effect, ShellText
from hdsl.policy.harm import Harm, read, written
from hdsl.policy.programs import escapes
from hdsl.policy.shells import EDITORS

_MOST_IN_TURN = 20


class _Rule(NamedTuple):
    """A pattern of a line, and what its group is: `shell`, `write`, `read`, or the language of code."""

    does: str
    pattern: re.Pattern[str]


def _rules(*rules: tuple[str, str]) -> tuple[_Rule, ...]:
    return tuple(_Rule(does, re.compile(pattern, re.IGNORECASE)) for does, pattern in rules)


_PATH = r"""['"]?([^\s'";|]+)"""
_EDITOR = _rules(
    (
        "write",
        rf"^(?:w(?:rite)?|wq|x|xit|exit|sav(?:eas)?|up(?:date)?)!?\s*(?:(?<=\s)\+\+\S+\s+)*(?:>>\s*|(?<=\s))(?!!){_PATH}",
    ),
    ("write", rf"^redir?!?\s*>>?\s*{_PATH}"),
    (
        "read",
        r"^(?:r(?:ead)?|e(?:dit)?|sp(?:lit)?|vs(?:plit)?|new|vnew?|tabe(?:dit)?|tabnew|vie?w?|sv(?:iew)?|so(?:urce)?|"
        rf"fin(?:d)?|n(?:ext)?|args?|argadd|badd|drop)!?\s+(?:\+\S+\s+)*(?!!){_PATH}",
    ),
    ("lua", r"^lua(?:do)?\s*=?\s*(.+)"),
    ("lua", r"\bv:lua\.(.+)"),
    ("lua", r"\bluaeval\(\s*(?:'([^']+)'|\"([^\"]+)\")"),
    ("python3", r"^(?:py(?:thon)?[3x]?|py3)(?:do)?\s+(.+)"),
    ("python3", r"\bpy(?:3|x)?eval\(\s*(?:'([^']+)'|\"([^\"]+)\")"),
    ("perl", r"^pe(?:rl)?(?:do)?\s+(.+)"),
    ("ruby", r"^rub(?:y)?(?:do)?\s+(.+)"),
    ("tclsh", r"^tcl(?:do)?\s+(.+)"),
    ("tree", r"\bdelete\(\s*(?:expand\()?['\"]([^'\"]*)['\"]\)?\s*,\s*['\"]rf['\"]"),
    ("file", r"\bdelete\(\s*(?:expand\()?['\"]([^'\"]*)['\"]\)?\s*\)"),
    ("write", r"\bwritefile\(.*?,\s*(?:expand\()?['\"]([^'\"]+)['\"]\)?\s*(?:,\s*['\"]\w*['\"]\s*)?\)"),
    ("read", r"\breadfile\(\s*(?:expand\()?['\"]([^'\"]+)['\"]"),
    ("shell", r"\b(?:system(?:list)?|jobstart|job_start|termopen|term_start)\(\s*['\"](.*?)['\"]\s*[,)]"),
    ("words", r"\b(?:system(?:list)?|jobstart|job_start|termopen|term_start)\(\s*\[([^\]]*)\]"),
)
_PAGER = _rules(
    ("write", r"^-?[so]\s*([~/.]\S*)"),
    ("read", r"^:?e\s+(\S+)"),
    ("shell", r"^\|\s*[a-z.^$]?\s+(.+)"),
)
_DEBUGGER = _rules(
    ("python3", r"^(?:python|py|python-interactive|pi|script)\s+(.+)"),
    ("shell", r"^(?:platform\s+)?shell\s+(.+)"),
    ("write", rf"^(?:dump|append)\s+(?:\w+\s+)*?{_PATH}\s+\S"),
    ("write", rf"^set\s+logging\s+file\s+{_PATH}"),
    ("shell", r"\b(?:popen|system)\s*\(\s*\"(.*?)\""),
)
_SQLITE = _rules(
    ("shell", r"^\.(?:sh|she|shel|shell|sy|sys|syst|syste|system)\s+(.+)"),
    ("shell", r"^\.(?:o\w*|once|excel|read|import|log|trace)\s+(?:-\S+\s+)*['\"]?\|\s*([^'\"]+)"),
    ("write", rf"^\.(?:o\w*|once|log|trace|backup|save|clone)\s+(?:-\S+\s+)*(?:main\s+)?(?!\|){_PATH}"),
    ("read", rf"^\.(?:read|import)\s+(?:-\S+\s+)*(?!\|){_PATH}"),
    ("write", r"\bwritefile\(\s*'([^']+)'"),
    ("read", r"\breadfile\(\s*'([^']+)'"),
    ("shell", r"\bedit\([^)]*,\s*'([^']+)'"),
    ("write", r"\bcopy\b.*\bto\s+'([^']+)'"),
)
_POSTGRES = _rules(
    ("shell", r"\\(?:o|out|g|gx|w|write)\s*\|\s*(.+)"),
    ("write", rf"\\(?:o|out|g|gx|w|write|s)\s+(?!['\"]?\|){_PATH}"),
    ("read", rf"\\(?:i|ir|include|include_relative)\s+{_PATH}"),
    ("shell", r"^\s*\\.*?`([^`]+)`"),
    ("write", r"\bcopy\b.*\bto\s+(?!program)'?([~/.][^\s']*)"),
    ("read", r"\bcopy\b.*\bfrom\s+(?!program)'?([~/.][^\s']*)"),
    ("read", r"\b(?:pg_read_(?:binary_)?file|lo_import)\s*\(\s*'([^']+)'"),
    ("write", r"\blo_export\s*\([^,]*,\s*'([^']+)'"),
)
_MYSQL = _rules(
    ("shell", r"^(?:system|pager|\\P|\\!)\s+(.+)"),
    ("write", rf"^(?:tee|\\T)\s+{_PATH}"),
    ("read", rf"^(?:source|\\\.)\s+{_PATH}"),
    ("write", r"\binto\s+(?:outfile|dumpfile)\s+['\"]([^'\"]+)"),
    ("read", r"\b(?:load_file\s*\(|load\s+data\s+(?:local\s+)?infile)\s*['\"]([^'\"]+)"),
)
_TRANSFER = _rules(
    ("shell", r"^local\s+(.+)"),
    ("write", rf"^(?:get|recv|reget|pget|mget)\s+(?:-\S+\s+)*\S+\s+(?:-o\s+)?{_PATH}"),
    ("read", rf"^(?:put|send|append|reput|mput)\s+(?:-\S+\s+)*{_PATH}"),
)
_LINE_EDITOR = _rules(
    ("write", rf"^[\d,.$%;]*wq?\s+(?!!){_PATH}"),
    ("read", rf"^[\d,.$%;]*[erE]\s+(?!!){_PATH}"),
)
_PROGRAMS: Mapping[str, tuple[_Rule, ...]] = {
    **dict.fromkeys(EDITORS, _EDITOR),
    **dict.fromkeys(("less", "more", "most", "man", "git", "journalctl"), _PAGER),
    **dict.fromkeys(("gdb", "lldb"), _DEBUGGER),
    **dict.fromkeys(("sqlite3", "sqlite", "litecli", "duckdb"), _SQLITE),
    **dict.fromkeys(("psql", "pgcli"), _POSTGRES),
    **dict.fromkeys(("mysql", "mariadb", "mycli"), _MYSQL),
    **dict.fromkeys(("ftp", "sftp", "lftp", "tnftp", "smbclient"), _TRANSFER),
    **dict.fromkeys(("ed", "red"), _LINE_EDITOR),
}
# What may stand before the command of an editor: lines that it is for, and how it is to be carried out.
_BEFORE = re.compile(
    r"[\s:]*(?:(?:sil(?:ent)?!?|verb(?:ose)?|noa(?:utocmd)?|keep\w+|vert(?:ical)?|bo(?:tright)?|to(?:pleft)?|tab)\s+|"
    r"\d+|[%.$,;]|'[<>a-z]|/[^/]*/|\s)*"
)
_FOR_EACH = re.compile(r"(?:bufdo|argdo|windo|tabdo|cdo|cfdo|ldo|lfdo)!?\s+(.+)|(?:g|global|v|vglobal)!?/[^/]*/(.+)")
_EXECUTED = re.compile(r"\bexe(?:cute)?\b\s*\(?\s*(?:'([^']*)'|\"([^\"]*)\")")
_RUNS_A_LINE = re.compile(r"!|(?:r(?:ead)?|w(?:rite)?)\s*!|ter(?:minal)?\b")


def typed_effects(program: str, line: str) -> Iterator[Effect | Code]:
    """What a line does that is typed into a program which is no shell."""
    rules = _PROGRAMS.get(program, ())
    if rules is _EDITOR:
        if line.lstrip().startswith(":"):
            yield from _edited(line, 0)
        else:
            yield from map(ShellText, escapes(line))
        return
    yield from map(ShellText, escapes(line))
    yield from _matching(rules, line.strip())


def _edited(line: str, turn: int) -> Iterator[Effect | Code]:
    """What a command line of an editor does: one command, or several with bars between them."""
    text = _BEFORE.sub("", line, count=1)
    yield from map(ShellText, escapes(f":{text}"))
    for found in _EXECUTED.findall(text) if turn < _MOST_IN_TURN else ():
        yield from _edited("".join(found), turn + 1)
    each = _FOR_EACH.match(text)
    if each and turn < _MOST_IN_TURN:
        yield from _edited(each[1] or each[2], turn + 1)
    elif not _RUNS_A_LINE.match(text):
        first, bar, others = text.partition("|")
        yield from _matching(_EDITOR, text if text.startswith(("lua", "py", "pe", "rub")) else first.strip())
        if bar and turn < _MOST_IN_TURN:
            yield from _edited(others, turn + 1)


def _matching(rules: tuple[_Rule, ...], line: str) -> Iterator[Effect | Code]:
    for rule in rules:
        for found in rule.pattern.finditer(line):
            text = next((group for group in found.groups() if group), "")
            if text:
                yield from _done(rule.does, text)


def _done(does: str, text: str) -> Iterator[Effect | Code]:
    if does == "shell":
        yield ShellText(text)
    elif does == "words":
        yield Arguments(tuple(re.findall(r"['\"](.*?)['\"]", text)))
    elif does == "write":
        yield from written(text, appends=True)
    elif does == "read":
        yield from read(text)
    elif does == "tree":
        yield Harm("recursive-delete", f"deletes {text} with all that is in it")
    elif does == "file":
        yield Arguments(("rm", "--", text))
    else:
        yield Code(does, text)
