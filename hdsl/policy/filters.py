"""What commands that only turn one text into another write, computed without running them."""

from __future__ import annotations

import base64
import binascii
import codecs
import itertools
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from hdsl.policy.budget import LONGEST, joined, too_long
from hdsl.policy.escapes import ansi_c, echoed
from hdsl.policy.generators import prints_shell_code
from hdsl.policy.listers import listed
from hdsl.policy.names import FETCHERS
from hdsl.policy.options import targets
from hdsl.policy.patterns import substituted
from hdsl.policy.texts import DECODED, FETCHED, MANY, UNKNOWN, derived, has_glob, settled, single, taint

_DECODERS = frozenset(
    [
        "gunzip",
        "zcat",
        "bunzip2",
        "bzcat",
        "unxz",
        "xzcat",
        "lz4",
        "unzstd",
        "zstdcat",
        "uudecode",
        "openssl",
        "gpg",
        "uncompress",
    ]
)


def output(argv: Sequence[str], stdin: str, files: Mapping[str, str]) -> str:
    """What a command writes; with UNKNOWN or another mark in it where that is not known."""
    name, arguments = argv[0].rpartition("/")[2], list(argv[1:])
    if name in _PRINTING:
        return _PRINTING[name](arguments)
    if name in FETCHERS:
        return FETCHED
    if prints_shell_code(name, arguments):
        return ""
    names = listed(name, arguments)
    if names is not None:
        return names
    filtering = _FILTERS.get(name)
    given = _given(name, arguments, stdin, files)
    if not settled(given) and name not in _PASSES_ON:
        return _made_of_unknown(name, arguments, given)
    if filtering is not None:
        try:
            made = filtering(arguments, given)
        except (ValueError, LookupError, zlib.error, re.error):
            made = None
        return (DECODED if name in _DECODES else UNKNOWN) + taint(given) if made is None else made
    if name in _DECODERS:
        return DECODED
    # A filter that is not computed: what was in its input may be in its output.
    return derived(given) if name not in _SILENT else taint(given)


def _made_of_unknown(name: str, arguments: Sequence[str], given: str) -> str:
    if name in ("head", "tail") and _takes_one(arguments) and MANY in given:
        return _one_of(given)
    if name in _COUNTS:
        return derived(given.replace(MANY, ""))
    if MANY in given and name in _SELECTS:
        return given
    made = derived(given) if name not in _SILENT else taint(given)
    return DECODED + made if name in _DECODES or name in _DECODERS else made


def _one_of(names: str) -> str:
    """One of the names that a lister gave, where all of them are the same in other folders."""
    first = names.split("\n")[0].replace(MANY, "")
    return f"{first}\n" if settled(first) and not has_glob(first) else derived(names.replace(MANY, ""))


def _takes_one(arguments: Sequence[str]) -> bool:
    return re.search(r"(?:^| )(?:-n ?|-|--lines[= ])1(?: |$)", " ".join(arguments)) is not None


_PASSES_ON = frozenset(["cat", "tee", "pv", "sponge"])
_COUNTS = frozenset(["wc", "md5sum", "sha1sum", "sha256sum", "cksum", "b2sum"])
_SELECTS = frozenset(["head", "tail", "tac", "sort", "uniq", "shuf", "grep", "egrep", "fgrep", "rg"])
_SILENT = frozenset(
    [
        "true",
        "false",
        ":",
        "cd",
        "mkdir",
        "touch",
        "export",
        "unset",
        "shopt",
        "test",
        "[",
        "sleep",
        "wait",
        "rm",
        "kill",
        "chmod",
    ]
)
_DECODES = frozenset(["base64", "base32", "xxd", "openssl", "gunzip", "zcat", "gzip", "uudecode"])


_VALUED: Mapping[str, frozenset[str]] = {
    "head": frozenset(["-n", "-c", "--lines", "--bytes"]),
    "tail": frozenset(["-n", "-c", "-s", "--lines", "--bytes", "--pid"]),
    "tac": frozenset(["-s", "--separator"]),
    "cut": frozenset(["-d", "-f", "-c", "-b", "--delimiter", "--fields", "--characters", "--bytes"]),
    "sed": frozenset(["-e", "-f", "-l", "--expression", "--file"]),
    "base64": frozenset(["-w", "--wrap"]),
    "base32": frozenset(["-w", "--wrap"]),
    "xxd": frozenset(["-c", "-l", "-s", "-g", "-o", "-n"]),
    "gzip": frozenset(["-S", "--suffix"]),
    "gunzip": frozenset(["-S", "--suffix"]),
}
"""The options of filters that take a value; what else is not an option is a file."""
_READS_NO_FILE = frozenset(["tr", "tee", "sponge", "xargs", "rot13", "urldecode"])


def _given(name: str, arguments: Sequence[str], stdin: str, files: Mapping[str, str]) -> str:
    """The text a filter reads: its files, as far as they are known, else its input."""
    if name in _READS_NO_FILE:
        return stdin
    if name == "openssl":
        named = [value for option, value in itertools.pairwise(arguments) if option == "-in"]
    elif name in _FILTERS:
        named = targets(arguments, _VALUED.get(name, frozenset()))
        if name == "sed" and not {"-e", "-f", "--expression", "--file"} & set(arguments):
            named = named[1:]
    else:
        # Of other commands only what came from elsewhere matters.
        marks = "".join(taint(files[each]) for each in arguments if each in files)
        return stdin + marks + (UNKNOWN if marks else "")
    if not named:
        return stdin
    return joined(stdin if each in _STDIN else files.get(each, UNKNOWN) for each in named)


_STDIN = frozenset(["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])


def _echo(arguments: list[str]) -> str:
    newline, escapes = "\n", False
    while arguments and re.fullmatch(r"-[neE]+", arguments[0]):
        newline = "" if "n" in arguments[0] else newline
        escapes = "e" in arguments[0]
        arguments = arguments[1:]
    text = single(" ".join(arguments))
    return (echoed(text) if escapes else text) + newline


def _printf(arguments: list[str]) -> str:
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if arguments[:1] == ["-v"]:
        return ""
    if not arguments:
        return ""
    form, rest = ansi_c(arguments[0]), list(reversed(arguments[1:]))
    made: list[str] = []
    length = 0
    while True:
        took = False

        def put(found: re.Match[str]) -> str:
            nonlocal took
            kind = found[1]
            if kind == "%":
                return "%"
            took = True
            value = rest.pop() if rest else ""
            if kind == "b":
                return echoed(value)
            if kind in "xXo" and re.fullmatch("[0-9]{1,18}", value):
                return format(int(value), kind)
            return value[:1] if kind == "c" else value

        made.append(re.sub(r"%[-+ #0]*\d*(?:\.\d+)?([a-zA-Z%])", put, form))
        length += len(made[-1])
        if length > LONGEST:
            return too_long(*made, *rest)
        if not rest or not took:
            # An escape may be made by what is put in: `printf "\x$x"` is read by bash as a whole first.
            return "".join(made)


def _basename(arguments: list[str]) -> str:
    return f"{single(arguments[0]).rstrip('/').rpartition('/')[2]}\n" if arguments else ""


def _type(arguments: list[str]) -> str:
    return _which(arguments) if arguments[:1] and re.fullmatch(r"-[apP]+", arguments[0]) else UNKNOWN


def _which(arguments: list[str]) -> str:
    return "".join(f"/usr/bin/{each}\n" for each in arguments if not each.startswith("-"))


def _command(arguments: list[str]) -> str:
    return _which(arguments) if arguments[:1] and arguments[0] in ("-v", "-V") else UNKNOWN


def _cat(_arguments: list[str], given: str) -> str:
    return given


def _reversed(_arguments: list[str], given: str) -> str:
    return "".join(f"{line[::-1]}\n" for line in given.rstrip("\n").split("\n"))


def _tac(_arguments: list[str], given: str) -> str:
    return "".join(f"{line}\n" for line in reversed(given.rstrip("\n").split("\n")))


def _base64(arguments: list[str], given: str) -> str | None:
    if not any(re.fullmatch(r"-[a-zA-Z]*[dD][a-zA-Z]*|--decode", each) for each in arguments):
        return base64.b64encode(_bytes(given)).decode() + "\n"
    return _text(base64.b64decode(re.sub(r"[^A-Za-z0-9+/=]", "", given)))


def _base32(arguments: list[str], given: str) -> str | None:
    if not any(re.fullmatch(r"-d|--decode", each) for each in arguments):
        return None
    return _text(base64.b32decode(re.sub(r"\s", "", given)))


def _xxd(arguments: list[str], given: str) -> str | None:
    flags = "".join(each.lstrip("-") for each in arguments if each.startswith("-"))
    if "r" not in flags:
        return None
    if "p" in flags:
        return _text(binascii.unhexlify(re.sub(r"\s", "", given)))
    lines = [re.sub(r"^[0-9a-fA-F]+:", "", line).split("  ")[0] for line in given.splitlines()]
    return _text(binascii.unhexlify(re.sub(r"\s", "", "".join(lines))))


def _openssl(arguments: list[str], given: str) -> str | None:
    if "-d" in arguments and ("base64" in arguments or "-base64" in arguments or "-a" in arguments):
        return _base64(["-d"], given)
    return None


def _gunzip(_arguments: list[str], given: str) -> str | None:
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    made = reader.decompress(_bytes(given), LONGEST + 1)
    return too_long(DECODED) if len(made) > LONGEST else _text(made) if reader.eof else None


def _gzip(arguments: list[str], given: str) -> str | None:
    return _gunzip([], given) if any(re.fullmatch(r"-[a-z]*d[a-z]*", each) for each in arguments) else None


def _tr(arguments: list[str], given: str) -> str | None:
    flags = "".join(each[1:] for each in arguments if each.startswith("-") and len(each) > 1)
    sets = [_characters(each) for each in arguments if not each.startswith("-") or each == "-"]
    if not sets or any(each is None for each in sets):
        return None
    first = sets[0] or ""
    if sum(len(each or "") for each in sets) > _MOST_CHARACTERS:
        return too_long(given)
    if "d" in flags:
        return "".join(char for char in given if (char in first) == ("c" in flags or "C" in flags))
    if len(sets) < 2 or "c" in flags:
        return given if "s" in flags else None
    second = sets[1] or ""
    second += second[-1:] * (len(first) - len(second))
    return given.translate({ord(old): new for old, new in zip(first, second, strict=False)})


_MOST_CHARACTERS = 2000


def _characters(text: str) -> str | None:
    if len(text) > _MOST_CHARACTERS:
        return text  # More than there are to be told apart.
    classes = {
        "[:upper:]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "[:lower:]": "abcdefghijklmnopqrstuvwxyz",
        "[:digit:]": "0123456789",
        "[:space:]": " \t\n\r\v\f",
        "[:punct:]": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    }
    for name, characters in classes.items():
        text = text.replace(name, characters)
    text = ansi_c(text)

    def through(found: re.Match[str]) -> str:
        begin, end = ord(found[1]), ord(found[2])
        return "".join(map(chr, range(begin, end + 1))) if begin <= end < begin + 300 else found[0]

    return re.sub(r"(.)-(.)", through, text, flags=re.DOTALL)


_LONGEST_SCRIPT = 2000


def _sed(arguments: list[str], given: str) -> str | None:
    scripts = [each for each in arguments if not each.startswith("-")]
    if len(scripts) != 1 or "-n" in arguments:
        return None
    if len(scripts[0]) > _LONGEST_SCRIPT:
        return too_long(given)
    text = given
    for command in re.split(r";(?=s\W)", scripts[0]):
        found = re.fullmatch(r"s(\W)(.*?)(?<!\\)\1(.*?)(?<!\\)\1([gi]*)", command.strip())
        if found is None:
            return None
        pattern = found[2] if "-E" in arguments else found[2].replace(r"\(", "(").replace(r"\)", ")")
        put = re.sub(r"(?<!\\)&", r"\\g<0>", found[3])
        made = substituted(pattern, put, text, 0 if "g" in found[4] else 1)
        if made is None:
            return too_long(given)
        text = made
    return text


def _cut(arguments: list[str], given: str) -> str | None:
    joined = " ".join(arguments)
    found = re.fullmatch(r"-c\s*(\d*)(-?)(\d*)", joined)
    if found is None:
        fields = re.fullmatch(r"-d\s*(.)\s+-f\s*(\d+)", joined)
        if fields is None:
            return None
        parts = [line.split(fields[1]) for line in given.rstrip("\n").split("\n")]
        return "".join(f"{part[int(fields[2]) - 1] if len(part) >= int(fields[2]) else ''}\n" for part in parts)
    begin = int(found[1] or 1) - 1
    end = None if found[2] and not found[3] else int(found[3]) if found[3] else begin + 1
    return "".join(f"{line[begin:end]}\n" for line in given.rstrip("\n").split("\n"))


def _head(_arguments: list[str], given: str) -> str:
    return given


def _xargs_echo(arguments: list[str], given: str) -> str | None:
    if arguments and arguments[0].startswith("-"):
        return None
    words = given.split()
    if not arguments or arguments[0] == "echo":
        return " ".join([*arguments[1:], *words]) + "\n"
    return None


def _rot13(_arguments: list[str], given: str) -> str:
    return codecs.encode(given, "rot13")


def _unquoted(_arguments: list[str], given: str) -> str:
    return unquote(given)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


_PRINTING: Mapping[str, Callable[[list[str]], str]] = {
    "echo": _echo,
    "printf": _printf,
    "which": _which,
    "command": _command,
    "type": _type,
    "whence": _type,
    "basename": _basename,
}
_FILTERS: Mapping[str, Callable[[list[str], str], str | None]] = {
    "cat": _cat,
    "tee": _cat,
    "pv": _cat,
    "sponge": _cat,
    "head": _head,
    "tail": _head,
    "rev": _reversed,
    "tac": _tac,
    "base64": _base64,
    "base32": _base32,
    "xxd": _xxd,
    "openssl": _openssl,
    "gunzip": _gunzip,
    "zcat": _gunzip,
    "gzip": _gzip,
    "tr": _tr,
    "sed": _sed,
    "cut": _cut,
    "xargs": _xargs_echo,
    "rot13": _rot13,
    "urldecode": _unquoted,
}
