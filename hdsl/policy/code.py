"""What code of Perl, Ruby, JavaScript, PHP, awk, Lua and others would do, by the words in it that act."""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Iterator, MutableMapping

from hdsl.ground.secrets import is_secret_name
from hdsl.policy.effects import Arguments, Effect, ShellText
from hdsl.policy.harm import Harm, read, written
from hdsl.policy.literals import Source, source
from hdsl.policy.powershell import powershell_effects
from hdsl.policy.python_code import python_effects
from hdsl.policy.shells import POWERSHELL, PYTHON

_RUNS = re.compile(
    r"(?<!->)(?<![\w-])(?:system|popen[23e]?|shell_exec|passthru|proc_open|pcntl_exec|execSync|execFile(?:Sync)?|"
    r"spawn(?:Sync)?|os\.execute|io\.popen|os[.:]cmd|Sys\.command|Deno\.run|(?<=[(/])sh|system2|shell|Popen|capture[23e]?|getline|run_shell_command|"
    r"ProcessBuilder|syscall|callCommand|callProcess|System\.cmd|Command|run-program|shell-command(?:-to-string)?|"
    r"async-shell-command|call-process|start-process|do shell script|exec(?!\w)|[Pp]rocess\.run|run)(?![\w-])"
)
_PIPES = re.compile(r"\|\s*getline|\bprint[^;]{0,500}\|")
_TREES = re.compile(
    r"(?<![\w-])(?:rmtree|remove_tree|rm_rf!?|rm_r|rm_f|remove_dir|remove_entry(?:_secure)?|emptyDir(?:Sync)?|rimraf|"
    r"delete_all|deltree|delete_tree|RemoveAll|remove_dir_all|finddepth|deleteDir|deleteRecursively|delete-directory|"
    r"(?<!Deno\.)removeSync|removeDirectoryRecursive|removePathForcibly|removeItem|delete-tree|delete-directory-and-files|"
    r"file delete -force)(?![\w-])"
)
_FILES = re.compile(
    r"(?<![\w-])(?:unlink(?:Sync)?|rmdir(?:Sync)?|rmSync|removeSync|file\.remove|delete-file|removeFile|"
    r"fs(?:\.promises|/promises)?\.rm|(?<=\.)rm|rm|File\.delete|Dir\.(?:delete|unlink)|os\.remove|"
    r"Deno\.remove(?:Sync)?)(?![\w-])(?=\s*[^\s:=]|\s*\Z)"
)
_RECURSIVE = re.compile(r"\brecursive\s*[:=]\s*(?:true|TRUE|T)\b")
_TAKES_OUT = re.compile(r"\{[^{}]{0,200}\brm(?:Sync)?\b[^{}]{0,200}\}\s*=")
_FETCHES = re.compile(
    r"\bLWP\b|open-uri|Net::HTTP|HTTP::Tiny|file_get_contents|socket\.http|IO::Socket|TCPSocket|fsockopen|"
    r"net\.(?:connect|Socket)|socket\.tcp|\bfetch\s*\("
)
_EVALUATES = re.compile(
    r"(?<![\w.$>-])(?:eval|assert|loadstring|load|dofile|Function|create_function|include|load_string)(?![\w-])|"
    r"\binstance_eval\b|\bclass_eval\b|\bvm\.run\w*|(?<=Kernel\.)eval\b|(?<=this\.)eval\b"
)
_READS_CODE = re.compile(
    r"\b(?:readFile(?:Sync)?|file_get_contents|File\.read|IO\.read|STDIN|stdin|slurp|ARGV|argv)\b|<\w*>"
)
_DECODES = re.compile(
    r"\b(?:decode_base64|base64_decode|unpack1?|pack|atob|fromCharCode|hex2bin|str_rot13|gzinflate|Base64|MIME|Buffer\.from|"
    r"chr)\b"
)
_FORKS = re.compile(
    r"\bfork\b[^;]{0,500}\bwhile\b|\bwhile\b[^;]{0,500}\bfork\b|\bloop\s*\{?\s*(?:do\b)?\s*fork\b|fork\s+while\s+fork|"
    r"for\s*\(\s*;;\s*\)\s*\{?[^}]{0,500}\b(?:fork|spawn)\b|\buntil\b[^;]{0,500}\bfork\b|\bsetInterval\b[^;]{0,500}\bfork\b"
)
_WRITES = re.compile(
    r"\b(?:write(?:File(?:Sync)?|_file|TextFile(?:Sync)?|Lines)?|appendFile(?:Sync)?|file_put_contents|open|"
    r"createWriteStream|truncate(?:Sync)?|copyFile(?:Sync)?|rename(?:Sync)?|copy|mv|cp)\b"
)
_MODE = re.compile(r"\+?>.*|[rwa]b?\+?b?", re.DOTALL)
_LISTS = re.compile(r"\b(?:readdir(?:Sync)?|glob|Dir\[|Dir\.(?:glob|children|each\w*|entries)|scandir)|<\s*\*")
_READS = re.compile(r"\b(?:readFile(?:Sync)?|File\.read|IO\.read|slurp|file_get_contents)\b|<\$?\w+>")
_KILLS = re.compile(r"\bkill\b[^;]{0,200}-1\b")
_POWER = re.compile(r"\bto (?:restart|shut down)\b")
_DYNAMIC = re.compile(
    r"&\$\w|&\{|\$\w+\s*\(|->\$|call_user_func|array_map|array_walk|\bsend\b|public_send|\bmethod\b|\bapply\b|\]\s*\(|\b_G\b"
)
_ENVIRONMENT = re.compile(
    r"\bprocess\.env\b(?!\s*\??[.\[])|\bBun\.env\b(?!\s*[.\[])|\bDeno\.env\.toObject\b|\bENV\b(?!\s*[\[{.(])|"
    r"\bENV\.(?:to_h|each|inspect|to_a|map|sort)|%ENV\b|\$_ENV\b(?!\s*\[)|\bgetenv\(\s*\)|\bSys\.getenv\(\s*\)|"
    r"System\.get_env\(\s*\)|\bin ENVIRON\b"
)
_GIVES_ENVIRONMENT = re.compile(r"\benv\s*:\s*(?:\{\s*\.\.\.\s*)?process\.env|Object\.keys\(process\.env\)")
_VARIABLE = re.compile(
    r"\bprocess\.env\??(?:\.|\[\s*['\"])(\w+)|\bENV(?:\.fetch\(|\[|\{)\s*['\"]?(\w+)|\bgetenv\(\s*['\"](\w+)"
)
_SHOWS = re.compile(r"(?<![\w.])(?:console\.\w+|p|pp|puts|print\w*|say|echo|var_dump|stringify|inspect|println)(?!\w)")
_SCRIPT = re.compile(r"(?:node(?:js)?|bun|deno|qjs|ts-node|tsx)\b")
_STRING = r"""(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')"""
_ENTRY = re.compile(rf"\[\s*({_STRING}(?:\s*\+\s*{_STRING})*)\s*\]", re.DOTALL)
_CODES = re.compile(r"\b(?:chr|(?:String\.)?fromCharCode|string\.char)\s*\(?\s*(\d{1,6}(?:\s*,\s*\d{1,6})*)\s*\)?")
_BASE64 = re.compile(
    r"(?:\batob|\bdecode_base64|\bbase64_decode|\bBase64\.decode64|\bBuffer\.from)\s*\(?\s*[\"']([\w+/=]+)[\"']"
    r"(?:\s*,\s*[\"']base64[\"'])?\s*\)?(?:\.toString\([^)]*\))?"
)
_REVERSED = re.compile(rf"\b(?:reverse|strrev)\s*\(?\s*({_STRING})\s*\)?", re.DOTALL)
_DEEPEST = 3
_BEFORE = 100
_MOST_CALLS = 300
_MOST_EVALUATIONS = 30


def code_effects(language: str, code: str, files: MutableMapping[str, str]) -> Iterator[Effect]:
    """Everything that code of a language (the name of its interpreter) would do. `files`: what is known of them."""
    if PYTHON.match(language):
        if language.startswith("xonsh"):
            yield ShellText(code)
        yield from python_effects(code, 0, files)
    elif POWERSHELL.match(language):
        yield from powershell_effects(code)
    else:
        yield from dict.fromkeys(_effects(language, code, 0))


def _effects(language: str, code: str, depth: int) -> Iterator[Effect]:
    seen = source(language, _plain(language, code))
    for command in seen.commands:
        yield ShellText(command)
    for part in seen.inserted if depth < _DEEPEST else ():
        yield from _effects(language, part, depth + 1)
    runs, given, varies = False, set[int](), False
    for start, end in _calls(language, seen, _RUNS):
        runs = True
        given.update(each.start for each in seen.strings if start <= each.start < end)
        varies = varies or seen.varies(start, end)
        yield from _started(seen, start, end)
    dynamic = _DYNAMIC.search(seen.bare) is not None and [each.text for each in seen.strings if _acts(each.text)]
    if varies or dynamic or _PIPES.search(seen.bare):
        runs = True
        yield from _any_text(seen)
    yield from _piped(seen)
    if language in ("expect", "tclsh", "wish"):
        yield from (ShellText(found) for found in re.findall(r"\b(?:spawn|exec|system)\s+([^\n;\]]+)", code))
    if not language.endswith("awk"):
        yield from _deleted(language, seen, bool(dynamic))
    yield from _evaluated(language, seen, depth)
    yield from _harms(language, seen, runs, given)
    yield from _files(language, seen)


def _plain(language: str, code: str) -> str:
    """The code with names and texts written out that are only put together in it."""
    if _SCRIPT.match(language):
        code = _ENTRY.sub(lambda found: f".{name}" if (name := _value(found[1])).isidentifier() else found[0], code)
    code = _CODES.sub(lambda found: _text("".join(chr(int(each) % 0x110000) for each in found[1].split(","))), code)
    code = _BASE64.sub(_decoded, code)
    code = _REVERSED.sub(lambda found: _text(_value(found[1])[::-1]), code)
    return code.replace("$ENV{HOME}", "~")


def _text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _value(joined: str) -> str:
    return "".join(re.sub(r"\\(.)", r"\1", each[1:-1]) for each in re.findall(_STRING, joined, re.DOTALL))


def _decoded(found: re.Match[str]) -> str:
    try:
        return _text(base64.b64decode(found[1]).decode())
    except (ValueError, binascii.Error):
        return found[0]


def _calls(language: str, seen: Source, names: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Where the arguments stand of every call of some functions."""
    # In JavaScript, `exec` and `run` are methods of much else.
    starts = re.search(r"child_process|execa|shelljs|\bzx\b", seen.bare + " ".join(each.text for each in seen.strings))
    julia = language.startswith(("julia", "ruby", "irb"))
    for found in itertools.islice(names.finditer(seen.bare), _MOST_CALLS):
        if found[0] in ("exec", "run") and _SCRIPT.match(language) and not starts:
            continue
        if found[0] == "run" and not (julia or starts):
            continue
        yield seen.region(found.end())


def _started(seen: Source, start: int, end: int) -> Iterator[Effect]:
    """The command that a call starts."""
    texts = seen.within(start, end)
    if texts:
        yield ShellText(texts[0])
    if len(texts) > 1:
        yield Arguments(tuple(texts))
        if "?" in seen.bare[start:end]:
            yield from (ShellText(text) for text in texts[1:])


def _any_text(seen: Source) -> Iterator[Effect]:
    """Any text of the code, where what is run is put together somewhere in it."""
    texts = [
        each.text
        for each in seen.strings
        if not re.search(r"(?:require|import)\W*$", seen.bare[max(0, each.start - _BEFORE) : each.start])
    ]
    yield ShellText(" ".join(texts))
    yield from (ShellText(text) for text in texts)


def _acts(word: str) -> bool:
    return any(pattern.fullmatch(word) for pattern in (_RUNS, _TREES, _FILES))


def _piped(seen: Source) -> Iterator[Effect]:
    """Commands that a file is opened as, and texts that are told to run."""
    piped = False
    for each in seen.strings:
        if each.text.lstrip().startswith("|") or (each.text.rstrip().endswith("|") and "open" in seen.bare):
            piped = True
            yield ShellText(each.text.strip().strip("|"))
        if re.match(r"\s*\.(?:execute\b|!)", seen.bare[each.end : each.end + 100]):
            yield ShellText(each.text)
    if piped or re.search(r"\]\s*\.execute\b", seen.bare):
        yield from _any_text(seen)


def _deleted(language: str, seen: Source, dynamic: bool) -> Iterator[Effect]:
    if (
        _TREES.search(seen.bare)
        or _TAKES_OUT.search(seen.bare)
        or (dynamic and any(_TREES.fullmatch(each.text) or _FILES.fullmatch(each.text) for each in seen.strings))
    ):
        yield Harm("recursive-delete", "deletes folders with all that is in them")
    for found in itertools.islice(_FILES.finditer(seen.bare), _MOST_CALLS):
        start, end = seen.region(found.end())
        texts = seen.within(start, end)
        options = re.sub(r"\b(?:recursive|force|True|true|false|TRUE|FALSE|T|F|if|exist)\b", "", seen.bare[start:end])
        if _RECURSIVE.search(seen.bare, start, end):
            yield Harm("recursive-delete", "deletes folders with all that is in them")
        elif (
            texts
            and not re.search(r"[$@%]\w|[A-Za-z_]\w*", options)
            and not any(set(text) & set("*?[") for text in texts)
        ):
            yield Arguments(("rm", "--", *texts))
        elif found[0] != "rm" or (_SCRIPT.match(language) and re.search(r"\bfs\b|promises", seen.bare)):
            yield Harm("recursive-delete", "deletes files that are only known when it runs")
    if any(
        each.text in ("del", "rimraf", "trash")
        and re.search(r"require\W*$", seen.bare[max(0, each.start - _BEFORE) : each.start])
        for each in seen.strings
    ):
        yield Harm("recursive-delete", "deletes folders with all that is in them")


def _evaluated(language: str, seen: Source, depth: int) -> Iterator[Effect]:
    for start, end in itertools.islice(_calls(language, seen, _EVALUATES), _MOST_EVALUATIONS):
        for text in seen.within(start, end) if depth < _DEEPEST else ():
            yield from _effects(language, text, depth + 1)
        if _READS_CODE.search(seen.bare, start, end):
            yield Harm("disguise", "runs a text that is only known when it runs")


def _harms(language: str, seen: Source, runs: bool, given: set[int]) -> Iterator[Harm]:
    bare = seen.bare
    if len(_RUNS.findall(bare)) > _MOST_CALLS or len(_EVALUATES.findall(bare)) > _MOST_EVALUATIONS:
        yield Harm("disguise", "is too long to be read")
    if _FORKS.search(bare):
        yield Harm("fork-bomb", "starts processes without end")
    if _KILLS.search(bare):
        yield Harm("kill-all", "ends every process that it may end")
    if language == "osascript" and re.search(r"\bdelete (?:every|all|folder)\b", bare):
        yield Harm("recursive-delete", "deletes many files at once")
    if language == "osascript" and _POWER.search(bare):
        yield Harm("power", "stops or restarts the machine")
    evaluates = _EVALUATES.search(bare) is not None
    addressed = any(re.search(r"https?://", each.text) for each in seen.strings if each.start not in given)
    if (addressed or _FETCHES.search(bare)) and (evaluates or runs):
        yield Harm("remote-code", "runs what a server says")
    elif _DECODES.search(bare) and (evaluates or runs):
        yield Harm("disguise", "runs what it decodes")
    if _SHOWS.search(bare):
        kept = _GIVES_ENVIRONMENT.sub("", bare)
        names = [name for found in _VARIABLE.findall(kept) for name in found if name]
        if _ENVIRONMENT.search(kept) or any(map(is_secret_name, names)):
            yield Harm("credentials", "shows variables of the environment, and the keys among them")


def _files(language: str, seen: Source) -> Iterator[Effect]:
    texts = [each.text for each in seen.strings]
    for text in texts:
        yield from read(text)
    for found in itertools.islice(re.finditer(r"\bjoin(?=\s*\()", seen.bare), _MOST_CALLS):
        yield from read("/".join(seen.within(*seen.region(found.end()))))
    lists = _LISTS.search(seen.bare) and not _READS.search(seen.bare)
    for found in itertools.islice(_WRITES.finditer(seen.bare), _MOST_CALLS):
        start, end = seen.region(found.end())
        inside = seen.within(start, end)
        if found[0] == "open" and not any(map(_MODE.fullmatch, inside)):
            continue
        if found[0].startswith(("rename", "mv")) and len(inside) > 1:
            yield Arguments(("mv", "--", *inside[:2]))
        if (
            lists
            and (found[0].startswith(("truncate", "writeFile")) or inside[:1] == [">"])
            and seen.varies(start, end)
        ):
            yield Harm("truncation", "empties every file of a folder")
        for text in texts if seen.varies(start, end) else inside:
            if re.match(r"[>+<]*\s*[~/.]", text):
                yield from written(text.lstrip("><+ "), appends=True)
    if language.endswith("awk") and ">" in seen.bare:
        for text in texts:
            if re.match(r"[~/.]", text):
                yield from written(text, appends=True)
