"""Lines typed into a program that is not a shell: what of them it hands to one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hdsl.policy.shells import OTHERS, PYTHON, SHELLS

_ESCAPES = re.compile(
    r"""(?x)
    ^\s*:?\s*(?:'[<>a-z]|[\d%.$'<>,])*+\s*(?:r(?:ead)?|w(?:rite)?!?|sil(?:ent)?!?|new\s*\|\s*r)?\s*(?:\+\+\w+\s*)?!+\s*(?P<bang>[^!].*)
    | ^\s*:?\s*(?:exe(?:cute)?|norm(?:al)?)\s+["'](?P<execute>.*?)["']
    | \bsystem(?:list)?\s*\(\s*["'](?P<system>.*?)["']
    | ^\s*:\s*(?:ter(?:minal)?|vert(?:ical)?\s+ter(?:minal)?)!?\s*(?:\+\+\w+(?:=\S*)?\s+)*(?P<terminal>.+)
    | ^\s*(?:shell|she)\s+(?P<shell>.+)
    | ^\s*(?:pipe|\|)\s+(?:[^|]*\|)?\s*(?P<pipe>.+)
    | ^\s*\|[.\w^$]?(?P<less>[a-z].*)
    | \\!\s*(?P<psql>.+)
    | \\(?:o|g|gx|w|copy\b.*\b(?:to|from)\s+program)\s*\|?\s*['"]?(?P<piped>[^'"]+)
    | (?i:\b(?:from|to)\s+program\s+)['"]?(?P<program>[^'"]+)
    | ^\s*\.(?:shell|system)\s+(?P<sqlite>.+)
    | ^\s*(?:system|\\!|tee)\s+(?P<mysql>.+)
    | ^\s*~!\s*(?P<mail>.+)
    """
)
_PROMPTS = re.compile(
    r"^\s*(?:>>>|\.\.\.|In \[\d+\]:|\(gdb\)|\(Pdb\)|\(lldb\)|ipdb>|[\w.-]*[=(-][#>*]|mysql>|"
    r"MariaDB \[\w*\]>|sqlite>|irb\([^)]*\)[^>]*>|"
    r"\[\d+\] pry\(.*?\)>|>|ftp>|sftp>|\w+@[\w.-]+:[^#$]*[#$]|[#$%❯λ]|\.\.\.>|"
    r"jshell>|ghci>|Prelude>|iex\(\d+\)>|lua>|\*)\s?"
)


def escapes(line: str) -> Iterator[str]:
    """The command lines that a line hands to a shell, in an editor, a pager, a debugger, a database's shell."""
    found = _ESCAPES.search(line)
    if found is None:
        return
    name = found.lastgroup or ""
    text = found[name].strip()
    if name == "execute":
        yield from escapes(f":{text.removeprefix(':')}")
        yield text.lstrip("!")
    elif text:
        yield text


def without_prompt(line: str) -> str:
    """A line of the screen without the prompt of the program that reads it."""
    return _PROMPTS.sub("", line, count=1)


def kind_of(program: str) -> str:
    """`shell`, `python`, `code`, or `other`: what reads the lines that a program is given."""
    name = program.rpartition("/")[2].lstrip("-")
    if name in SHELLS or name in (
        "ssh",
        "mosh",
        "mosh-client",
        "docker",
        "podman",
        "kubectl",
        "su",
        "sudo",
        "telnet",
        "screen",
        "tmux",
    ):
        return "shell"
    if PYTHON.match(name) or name in ("pdb", "ipdb", "jupyter-console", "bpython", "ptpython"):
        return "python"
    return "code" if OTHERS.match(name) else "other"
