"""Commands whose arguments are, or hold, other commands: what they would start."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hdsl.policy.budget import replaced, too_long
from hdsl.policy.listers import found_paths
from hdsl.policy.runners import RUNNERS, unlisted_tail
from hdsl.policy.texts import UNKNOWN, many
from hdsl.policy.wrapped import Wrapped
from hdsl.policy.wrapped import after as _after

_LONGEST_SCRIPT = 2000


def _env(arguments: Sequence[str]) -> Wrapped:
    rest = list(arguments)
    for at, each in enumerate(rest):
        if each in ("-S", "--split-string") and at + 1 < len(rest):
            return Wrapped((), (" ".join([*rest[:at], *rest[at + 1 :]]),))
        if re.match(r"-[iv0]*S.|--split-string=", each):
            return Wrapped((), (" ".join([re.sub(r"^-[iv0]*S|^--split-string=", "", each), *rest[at + 1 :]]),))
        if not each.startswith("-") and "=" not in each:
            break
    found = _after("-u --unset -C --chdir -P -a --argv0", assignments=True)(rest)
    own = rest[: len(rest) - len(found.commands[0])] if found.commands else []
    folders = [value for option, value in itertools.pairwise(own) if option in ("-C", "--chdir")]
    folders += [each.partition("=")[2] for each in own if each.startswith("--chdir=")]
    return replace(found, folder=folders[-1]) if folders else found


def _find(arguments: Sequence[str]) -> Wrapped:
    commands, rest = [], list(arguments)
    for at, each in enumerate(rest):
        if each in ("-exec", "-execdir", "-ok", "-okdir"):
            end = next((index for index in range(at + 1, len(rest)) if rest[index] in (";", "+")), len(rest))
            commands += [_given(rest[at + 1 : end], many(path)) for path in found_paths(rest)]
    return Wrapped(tuple(each for each in commands if each))


def _given(command: Sequence[str], path: str) -> tuple[str, ...]:
    return tuple(replaced(part, "{}", path) for part in command)


def _fd(arguments: Sequence[str]) -> Wrapped:
    for at, each in enumerate(arguments):
        if each in ("-x", "-X", "--exec", "--exec-batch") and at + 1 < len(arguments):
            command = arguments[at + 1 :]
            named = command if any("{" in part for part in command) else [*command, "{}"]
            return Wrapped((_given(named, many(UNKNOWN)),))
    return Wrapped()


def _xargs(arguments: Sequence[str]) -> Wrapped:
    rest, replaced = list(arguments), ""
    valued = frozenset(
        [
            "-n",
            "-L",
            "-P",
            "-s",
            "-d",
            "-E",
            "-a",
            "--max-args",
            "--max-lines",
            "--max-procs",
            "--delimiter",
            "--arg-file",
            "-e",
            "--max-chars",
        ]
    )
    while rest and rest[0].startswith("-"):
        each = rest.pop(0)
        if each in ("-I", "-i", "--replace"):
            replaced = rest.pop(0) if each == "-I" and rest else "{}"
        elif each.startswith(("-I", "--replace=")):
            replaced = each.partition("=")[2] or each[2:]
        elif each in valued and rest:
            rest.pop(0)
    return Wrapped((tuple(rest),) if rest else (), (), {}, replaced)


def _watch(arguments: Sequence[str]) -> Wrapped:
    found = _after("-n --interval -q --equexit -s --shotsdir")(arguments)
    return Wrapped((), tuple(" ".join(each) for each in found.commands))


def _ssh(arguments: Sequence[str]) -> Wrapped:
    found = _after("-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w -B", 1)(arguments)
    reads = not found.commands and not any(re.match(r"-[a-zA-Z]*[NVGQWOs]", each) for each in arguments)
    return Wrapped((), (*(" ".join(each) for each in found.commands), *_proxies(arguments)), reads=reads)


def _copied_over_ssh(arguments: Sequence[str]) -> Wrapped:
    return Wrapped((), tuple(_proxies(arguments)))


def _proxies(arguments: Sequence[str]) -> list[str]:
    """What is run here to reach another machine."""
    local = [
        value.partition("=")[2]
        for option, value in itertools.pairwise(arguments)
        if option == "-o" and re.match(r"(?i)(?:proxycommand|localcommand|knownhostscommand)=", value)
    ]
    local += [each.partition("=")[2] for each in arguments if re.match(r"(?i)-o(?:proxy|local)command=", each)]
    return local


def _parallel(arguments: Sequence[str]) -> Wrapped:
    inputs = [at for at, each in enumerate(arguments) if each in (":::", "::::", ":::+")]
    words = list(arguments[: inputs[0]]) if inputs else list(arguments)
    given = list(arguments[inputs[0] + 1 :]) if inputs else [many(UNKNOWN)]
    found = _after("-j --jobs -a --arg-file -N -n -S --sshlogin -I --colsep -C --delay --timeout --joblog")(words)
    if not found.commands:
        return Wrapped((), tuple(given))
    command = " ".join(found.commands[0])
    made = [replaced(command, "{}", each) if "{" in command else f"{command} {each}" for each in given[:20]]
    return Wrapped((), tuple(made))


def _su(arguments: Sequence[str]) -> Wrapped:
    for at, each in enumerate(arguments):
        if each in ("-c", "--command") and at + 1 < len(arguments):
            return Wrapped((), (arguments[at + 1],))
        if each.startswith("--command="):
            return Wrapped((), (each.partition("=")[2],))
    return Wrapped()


def _script(arguments: Sequence[str]) -> Wrapped:
    for at, each in enumerate(arguments):
        if re.fullmatch(r"-[a-zA-Z]*c|--command", each) and at + 1 < len(arguments):
            return Wrapped((), (arguments[at + 1],))
    return Wrapped()


def _tmux(arguments: Sequence[str]) -> Wrapped:
    words = list(arguments)
    for at, each in enumerate(words):
        if each in ("send-keys", "send", "stuff"):
            return Wrapped(
                (), (" ".join(part for part in words[at + 1 :] if part not in ("Enter", "C-m", "-t", "-l")),)
            )
        if each in (
            "new-session",
            "new",
            "new-window",
            "neww",
            "split-window",
            "splitw",
            "respawn-pane",
            "respawn-window",
        ):
            found = _after("-s -n -c -t -F -x -y -e -l -p")(words[at + 1 :])
            is_text = len(found.commands) == 1 and len(found.commands[0]) == 1
            return Wrapped((), found.commands[0]) if is_text else found
        if each in ("run-shell", "run", "if-shell", "pipe-pane", "popup", "display-popup"):
            return Wrapped((), tuple(part for part in words[at + 1 :] if " " in part or part in ("reboot", "halt")))
    return Wrapped()


def _screen(arguments: Sequence[str]) -> Wrapped:
    if "-X" in arguments:
        return _tmux(["send", *arguments[list(arguments).index("-X") + 2 :]])
    return _after("-S -c -h -p -s -t -T -U -L")(arguments)


def _git(arguments: Sequence[str]) -> Wrapped:
    scripts: list[str] = []
    words = list(arguments)
    runs = re.compile(
        r"(?i)(?:alias\.[\w-]+|core\.(?:pager|editor|sshcommand|fsmonitor|askpass)|sequence\.editor|diff\.external|"
        r"(?:diff|merge)tool\.[\w-]+\.cmd|pager\.\w+|credential\.helper|gpg\.program|filter\.[\w-]+\.\w+)"
    )
    for option, value in itertools.pairwise(words):
        name, equals, text = value.partition("=")
        if option == "-c" and equals and runs.fullmatch(name):
            scripts.append(
                text.removeprefix("!") if not name.lower().startswith("alias.") or text[:1] == "!" else f"git {text}"
            )
        if runs.fullmatch(option):
            scripts.append(
                value.removeprefix("!")
                if value[:1] == "!" or not option.lower().startswith("alias.")
                else f"git {value}"
            )
        if option in ("-x", "--exec", "--extcmd", "--upload-pack", "--receive-pack") or (
            option in ("--tree-filter", "--index-filter", "--msg-filter", "--commit-filter", "--env-filter")
        ):
            scripts.append(value)
        scripts.extend(
            [option.partition("=")[2]] if option.startswith(("--exec=", "--extcmd=", "--upload-pack=")) else []
        )
    # A remote's address can be a command; in it `% ` is a blank inside of a word.
    commands = [
        tuple(part.replace("% ", " ") for part in re.split(r"(?<!%) ", each.removeprefix("ext::")))
        for each in words
        if each.startswith("ext::")
    ]
    for verbs in (("bisect", "run"), ("submodule", "foreach")):
        if all(each in words for each in verbs):
            rest = [each for each in words[words.index(verbs[1]) + 1 :] if each not in ("--recursive", "--quiet", "-q")]
            if rest:
                commands.append(tuple(rest)) if len(rest) > 1 else scripts.append(rest[0])
    return Wrapped(tuple(commands), tuple(scripts))


def _tar(arguments: Sequence[str]) -> Wrapped:
    scripts = []
    for at, each in enumerate(arguments):
        matched = re.match(
            r"--(?:checkpoint-action=exec|to-command|use-compress-program|rsh-command|info-script)=(.*)", each
        )
        if matched:
            scripts.append(matched[1])
        elif each in ("-I", "-F", "--to-command", "--use-compress-program") and at + 1 < len(arguments):
            scripts.append(arguments[at + 1])
    return Wrapped((), tuple(scripts))


def _editor(arguments: Sequence[str]) -> Wrapped:
    texts = [each[1:] for each in arguments if each.startswith("+")]
    texts += [
        value for option, value in itertools.pairwise(arguments) if option in ("-c", "--cmd", "-S", "-ex", "--ex")
    ]
    return Wrapped(typed=tuple(line for text in texts for line in (text, f":{text.removeprefix(':')}")))


def _sql(arguments: Sequence[str]) -> Wrapped:
    texts = [each.partition("=")[2] if each.startswith("--") else each for each in arguments]
    return Wrapped(typed=tuple(line for text in texts for line in text.splitlines()))


def _socat(arguments: Sequence[str]) -> Wrapped:
    # A shell with the other machine for its input is what a server says.
    remote = any(re.match(r"(?i)(?:tcp|udp|ssl|openssl|sctp)", each) for each in arguments)
    scripts = []
    for each in arguments:
        matched = re.match(r"(?i)(?:exec|system|shell):['\"]?([^,]*)", each)
        if matched:
            text = matched[1].strip("'\"")
            scripts.append(f"{text} < /dev/tcp/0/0" if remote else text)
    return Wrapped((), tuple(scripts))


def _nc(arguments: Sequence[str]) -> Wrapped:
    for option, value in itertools.pairwise(arguments):
        if option in ("-e", "-c", "--exec", "--sh-exec"):
            return Wrapped((), (f"{value} < /dev/tcp/0/0",))
    return Wrapped()


def _make(arguments: Sequence[str]) -> Wrapped:
    if any(len(each) > _LONGEST_SCRIPT for each in arguments):
        return Wrapped((), (too_long(),))
    scripts = [match[1] for each in arguments if (match := re.match(r"--eval=(?s:.*?)\$\(shell (.*)\)", each))]
    scripts += [match[1] for each in arguments if (match := re.search(r"\$\(shell (.*)\)", each))]
    return Wrapped((), tuple(scripts))


def _sed(arguments: Sequence[str]) -> Wrapped:
    scripts = []
    for each in arguments:
        if len(each) > _LONGEST_SCRIPT:
            scripts.append(too_long(each))
            continue
        scripts += re.findall(r"(?:^|[;/}\d$])\s*e\s+(.+)$", each)
        found = re.match(r"s(\W)(.*?)\1(.*?)\1[gi0-9]*e", each)
        if found:
            scripts.append(found[3])
    return Wrapped((), tuple(scripts))


_PLAIN = _after()

WRAPPERS: Mapping[str, Callable[[Sequence[str]], Wrapped]] = {
    **RUNNERS,
    "env": _env,
    "nohup": _PLAIN,
    "nice": _after("-n --adjustment"),
    "ionice": _after("-c -n --class --classdata"),
    "chrt": _after("", 1),
    "taskset": _after("", 1),
    "timeout": _after("-s -k --signal --kill-after", 1),
    "time": _after("-o -f --output --format"),
    "stdbuf": _after("-i -o -e --input --output --error"),
    "setsid": _PLAIN,
    "unbuffer": _PLAIN,
    "exec": _after("-a"),
    "command": _PLAIN,
    "builtin": _PLAIN,
    "noglob": _PLAIN,
    "nocorrect": _PLAIN,
    "sudo": _after(
        "-u -g -h -p -C -T -r -t -D -R -U --user --group --host --prompt --chdir --chroot", assignments=True
    ),
    "doas": _after("-u -C"),
    "pkexec": _after("--user"),
    "run0": _after("-u --user"),
    "gosu": _after("", 1),
    "su-exec": _after("", 1),
    "su": _su,
    "runuser": _su,
    "chroot": _after("", 1),
    "fakeroot": _PLAIN,
    "proot": _after("-r -b -w"),
    "unshare": _after("-S -G -R -w"),
    "nsenter": _after("-t -S -G"),
    "setpriv": _PLAIN,
    "setarch": _PLAIN,
    "linux64": _PLAIN,
    "prlimit": _PLAIN,
    "cgexec": _after("-g"),
    "systemd-run": _after("-p -u -t --unit --property --on-calendar --on-active"),
    "systemd-inhibit": _PLAIN,
    "caffeinate": _after("-t -w"),
    "firejail": _PLAIN,
    "flatpak-spawn": _PLAIN,
    "dbus-run-session": _PLAIN,
    "xvfb-run": _after("-n -s -w -e -f"),
    "strace": _after("-e -o -p -s -u -E -a -O -S -P -b -X"),
    "ltrace": _after("-e -o -p -s -u -a -n -l"),
    "gdb": _editor,
    "valgrind": _PLAIN,
    "perf": _after("", 1),
    "hyperfine": _watch,
    "flock": _after("-w -E --timeout", 1),
    "lockf": _after("-t", 1),
    "busybox": _PLAIN,
    "toybox": _PLAIN,
    "doctl-exec": _PLAIN,
    "torsocks": _PLAIN,
    "proxychains": _after("-f"),
    "proxychains4": _after("-f"),
    "direnv": _after("", 2),
    "dotenv": _PLAIN,
    "chpst": _after("-u -U -e"),
    "eatmydata": _PLAIN,
    "catchsegv": _PLAIN,
    "rlwrap": _PLAIN,
    "ld.so": _PLAIN,
    "ld-linux-x86-64.so.2": _after("--library-path --preload"),
    "sshpass": _after("-p -f"),
    "find": _find,
    "fd": _fd,
    "fdfind": _fd,
    "xargs": _xargs,
    "watch": _watch,
    "ssh": _ssh,
    "scp": _copied_over_ssh,
    "sftp": lambda arguments: replace(_sql(arguments), scripts=tuple(_proxies(arguments))),
    "parallel": _parallel,
    "script": _script,
    "tmux": _tmux,
    "screen": _screen,
    "git": _git,
    "tar": _tar,
    "vim": _editor,
    "vi": _editor,
    "nvim": _editor,
    "ex": _editor,
    "ed": _editor,
    "view": _editor,
    "less": _editor,
    "psql": _sql,
    "sqlite3": _sql,
    "mysql": _sql,
    "mariadb": _sql,
    "ftp": _sql,
    "lftp": _sql,
    "socat": _socat,
    "nc": _nc,
    "ncat": _nc,
    "netcat": _nc,
    "make": _make,
    "gmake": _make,
    "sed": _sed,
    "concurrently": lambda arguments: Wrapped((), tuple(each for each in arguments if " " in each)),
}
"""Commands that start others, by name, and how they name them."""


def unwrapped(name: str, arguments: Sequence[str]) -> Wrapped:
    """What a command of that name starts."""
    wrapper = WRAPPERS.get(name)
    return unlisted_tail(name, arguments) if wrapper is None else wrapper(arguments)
