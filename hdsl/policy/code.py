"""What code of Perl, Ruby, JavaScript, PHP, awk, Lua and others would do, by the words in it that act."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping

from hdsl.policy.effects import Effect, ShellText
from hdsl.policy.harm import Harm, read, written
from hdsl.policy.python_code import python_effects

_STRING = r"""(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')"""
_JOINED = re.compile(rf"{_STRING}(?:\s*(?:\.\.?|\+)\s*{_STRING})*", re.DOTALL)
_ONE = re.compile(_STRING, re.DOTALL)
_RUNS = re.compile(
    r"\b(?:system|exec|popen[23e]?|shell_exec|passthru|proc_open|pcntl_exec|execSync|execFile(?:Sync)?|spawn(?:Sync)?|fork|"
    r"qx|os\.execute|io\.popen|system2|shell|Popen|backtick|capture[23e]?|getline|run_shell_command|process\.run|"
    r"ProcessBuilder|Runtime|child_process|syscall)\b|`|%x\W|\bopen\s*\(?[^;]*\||\|\s*getline|print[^;]*\|\s*[\"']"
)
_DELETES = re.compile(
    r"\b(?:rmtree|remove_tree|rm_rf|rm_r|rm_f|remove_dir|remove_entry(?:_secure)?|rmSync|rmdirSync|removeSync|emptyDir(?:Sync)?|"
    r"unlink|unlinkSync|rimraf|delete_all|deltree|file\.remove|delete_tree|RemoveAll|remove_dir_all|rmdir)\b"
    r"|\bfs(?:\.promises)?\.rm\b|\bFile\.delete\b|\bDir\.(?:delete|unlink)\b|\bos\.remove\b|\bDeno\.remove\b"
)
_FETCHES = re.compile(
    r"https?://|\bLWP\b|open-uri|Net::HTTP|HTTP::Tiny|file_get_contents|socket\.http|IO::Socket|TCPSocket|fsockopen|net\.(?:connect|Socket)|socket\.tcp"
)
_EVALUATES = re.compile(
    r"\b(?:eval|exec|assert|instance_eval|loadstring|load|dofile|Function|create_function|include)\b"
)
_DECODES = re.compile(
    r"\b(?:decode_base64|base64_decode|unpack1?|pack|atob|fromCharCode|hex2bin|str_rot13|gzinflate|Base64|MIME|Buffer\.from|"
    r"chr)\b"
)
_FORKS = re.compile(
    r"\bfork\b[^;]*\bwhile\b|\bwhile\b[^;]*\bfork\b|\bloop\s*\{?\s*(?:do\b)?\s*fork\b|fork\s+while\s+fork|"
    r"for\s*\(\s*;;\s*\)\s*\{?[^}]*\b(?:fork|spawn)\b|\buntil\b[^;]*\bfork\b"
)
_WRITES = re.compile(r"\b(?:write|writeFile(?:Sync)?|appendFile(?:Sync)?|file_put_contents|puts|print|open)\b|>")
_KILLS = re.compile(r"\bkill\b[^;]*-1\b")

PYTHON = re.compile(r"(?:i?python|pypy|jython|micropython|xonsh)[\d.]*$")
OTHERS = re.compile(
    r"(?:perl|ruby|irb|jruby|node(?:js)?|bun|deno|php|lua(?:jit)?|tclsh|wish|expect|Rscript|R|gawk|mawk|nawk|awk|groovy|"
    r"julia|guile|osascript|ghci|runghc|elixir|iex|erl|scala|jshell|raku|pwsh|sbcl|emacs|ocaml|qjs|swift)[\d.]*$"
)


def code_effects(language: str, code: str, files: MutableMapping[str, str]) -> Iterator[Effect]:
    """Everything that code of a language (the name of its interpreter) would do."""
    if PYTHON.match(language):
        yield from python_effects(code, 0, files)
        return
    strings = [_value(found) for found in _JOINED.findall(code)]
    runs = _RUNS.search(code) is not None
    if runs:
        # Lists are commands without a shell; each string alone may be a line for one.
        yield ShellText(" ".join(strings))
        yield from (ShellText(text) for text in strings)
        yield from (ShellText(found) for found in re.findall(r"`([^`]*)`", code))
        for opener, closer in ("()", "{}", "[]", "||", "//", "!!"):
            pattern = rf"(?:qx|%x)\s*{re.escape(opener)}([^{re.escape(closer)}]*){re.escape(closer)}"
            yield from (ShellText(found) for found in re.findall(pattern, code))
        # Words of Perl's qw and of calls without quotes.
        yield from (ShellText(found) for found in re.findall(r"qw\s*[({/\[]([^)}/\]]*)", code))
    if language in ("expect", "tclsh", "wish"):
        yield from (ShellText(found) for found in re.findall(r"\b(?:spawn|exec|system)\s+([^\n;\]]+)", code))
    if _DELETES.search(code):
        yield Harm("recursive-delete", "deletes files")
    if _FORKS.search(code):
        yield Harm("fork-bomb", "starts processes without end")
    if _KILLS.search(code):
        yield Harm("kill-all", "ends every process that it may end")
    if _FETCHES.search(code) and (_EVALUATES.search(code) or runs):
        yield Harm("remote-code", "runs what a server says")
    elif _DECODES.search(code) and (_EVALUATES.search(code) or runs) and "(" in code:
        yield Harm("disguise", "runs what it decodes")
    writes = _WRITES.search(code) is not None
    for text in strings:
        yield from read(text)
        if writes and re.match(r"[>+<]*\s*[~/.]", text):
            yield from written(text.lstrip("><+ "), appends=True)


def _value(joined: str) -> str:
    """The text of string literals that are joined."""
    return "".join(
        re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), each[1:-1])
        for each in _ONE.findall(joined)
    )
