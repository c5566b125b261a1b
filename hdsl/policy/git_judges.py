"""Judges what git, and other keepers of versions, throw away, and what git is told to run later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from hdsl.policy.harm import Harm, written
from hdsl.policy.options import before_dashes, flags, has_option, targets, values
from hdsl.policy.texts import UNKNOWN, has_glob, shown

_GLOBAL_VALUED = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--exec-path"})
_RUN_LATER = re.compile(
    r"core\.(?:hookspath|sshcommand|fsmonitor|askpass)|init\.templatedir|diff\.external|gpg\.program|sequence\.editor"
    r"|credential\.helper|filter\.(?!lfs\.).*\.(?:clean|smudge|process)|protocol\.ext\.allow"
)
"""Settings that name what git runs by itself."""
_HARMLESS_VALUES = re.compile(
    r"true|false|never|user|/dev/null|(?:store|cache|osxkeychain|manager|libsecret|wincred)\b.*|"
)
_NAMED_LIKE_FILES = re.compile(r"[A-Z][\w-]*|[^/]+\.[A-Za-z]\w*")
"""The last parts of paths that are most likely single files: `Makefile`, `README.md`."""
_DISCARDS = "throws away commits or uncommitted work"


def judge_git(arguments: Sequence[str]) -> Iterator[Harm]:
    words = list(arguments)
    settings: list[str] = []
    while words and words[0].startswith("-"):
        if words[0] == "-c":
            settings += words[1:2]
        del words[: 2 if words[0] in _GLOBAL_VALUED else 1]
    verb, rest = (words[0], words[1:]) if words else ("", [])
    if verb in ("clone", "init", "submodule"):
        settings += values(rest, "-c", "--config")
        if any(values(rest, "--template")):
            yield Harm("persistence", "takes over hooks that git runs later")
    for name, _, value in (each.partition("=") for each in settings):
        yield from _configured(name, value)
    judge = _VERBS.get(verb)
    if judge is None or has_option(rest, "--help", "--dry-run"):
        return
    yield from judge(["--force", *rest] if "clean.requireforce=false" in map(str.lower, settings) else rest)


def _configured(name: str, value: str) -> Iterator[Harm]:
    if _RUN_LATER.fullmatch(name.lower()) and not _HARMLESS_VALUES.fullmatch(value):
        yield Harm("persistence", f"changes what git runs: {shown(name)}")


def _is_many(path: str) -> bool:
    """Whether a path of git stands for more than one file: a folder, a pattern, or all."""
    plain = shown(path)
    return (
        has_glob(path)
        or UNKNOWN in path
        or plain.startswith(":")
        or any(char in plain for char in "*?[")
        or _NAMED_LIKE_FILES.fullmatch(plain.rpartition("/")[2]) is None
    )


def _push(rest: Sequence[str]) -> Iterator[Harm]:
    letters = flags(before_dashes(rest))
    if "n" in letters:
        return
    forced = any(each.startswith("--force") for each in rest) or has_option(rest, "--mirror", "--delete", "--prune")
    if forced or "f" in letters or "d" in letters or any(each[:1] in ("+", ":") for each in targets(rest)):
        yield Harm("history-rewrite", "overwrites or deletes branches of the server")


def _fetch(rest: Sequence[str]) -> Iterator[Harm]:
    forced = has_option(rest, "-f", "--force")
    for each in targets(rest)[1:]:
        into = each.partition(":")[2]
        if (forced or each.startswith("+")) and into and not re.match(r"refs/(?!heads/)", into):
            yield Harm("history-rewrite", "overwrites a branch with that of the server")


def _rewrite(rest: Sequence[str]) -> Iterator[Harm]:
    if not has_option(rest, "-h", "--analyze"):
        yield Harm("history-rewrite", "rewrites the history of the repository")


def _clean(rest: Sequence[str]) -> Iterator[Harm]:
    if has_option(rest, "-f", "--force") and not has_option(rest, "-n", "-i", "--interactive"):
        yield Harm("recursive-delete", "deletes every file that git does not know")


def _reset(rest: Sequence[str]) -> Iterator[Harm]:
    if has_option(rest, "--hard", "--merge"):
        yield Harm("history-rewrite", _DISCARDS)


def _checkout(rest: Sequence[str]) -> Iterator[Harm]:
    if has_option(rest, "-p", "--patch"):
        return
    whole = any(shown(each) in (".", "./", "..", "../", "*", ":", ":/", ":/*") for each in targets(rest))
    paths = list(rest)[list(rest).index("--") + 1 :] if "--" in rest else []
    if has_option(rest, "-f", "-B", "--force") or whole or any(map(_is_many, paths)):
        yield Harm("history-rewrite", _DISCARDS)


def _checkout_index(rest: Sequence[str]) -> Iterator[Harm]:
    if has_option(rest, "-f", "--force") and not has_option(rest, "--prefix"):
        yield Harm("history-rewrite", _DISCARDS)


def _restore(rest: Sequence[str]) -> Iterator[Harm]:
    worktree = has_option(rest, "-W", "--worktree") or not has_option(rest, "-S", "--staged")
    named = targets(rest, frozenset({"-s", "--source", "--pathspec-from-file"}))
    if worktree and any(map(_is_many, named)) and not has_option(rest, "-p", "--patch"):
        yield Harm("history-rewrite", _DISCARDS)


def _switch(rest: Sequence[str]) -> Iterator[Harm]:
    if has_option(rest, "-f", "-C", "--force", "--force-create", "--discard-changes"):
        yield Harm("history-rewrite", _DISCARDS)


def _branch(rest: Sequence[str]) -> Iterator[Harm]:
    letters, named = flags(before_dashes(rest)), targets(rest)
    forced = "f" in letters or has_option(rest, "--force")
    renamed = "M" in letters and len(named) > 1
    if "D" in letters or renamed or (forced and named):
        yield Harm("history-rewrite", "deletes branches with their commits")


def _removed(rest: Sequence[str]) -> Iterator[Harm]:
    recursive = has_option(rest, "-r") or any(map(_is_many, targets(rest)))
    if recursive and has_option(rest, "-f", "--force") and not has_option(rest, "-n", "--cached"):
        yield Harm("recursive-delete", "deletes folders with the changes that no commit holds")


def _updated(rest: Sequence[str]) -> Iterator[Harm]:
    if has_option(rest, "-d", "--delete", "--stdin") or any(
        each.startswith("refs/heads/") for each in targets(rest, frozenset({"-m"}))
    ):
        yield Harm("history-rewrite", _DISCARDS)


def _collected(rest: Sequence[str]) -> Iterator[Harm]:
    if any(each.startswith("--prune") for each in rest):
        yield Harm("history-rewrite", "throws away what only the reflog holds")


def _pruned(rest: Sequence[str]) -> Iterator[Harm]:
    if not has_option(rest, "-n"):
        yield Harm("history-rewrite", "throws away what only the reflog holds")


def _config(rest: Sequence[str]) -> Iterator[Harm]:
    named = targets(rest, frozenset({"-f", "--file", "--blob", "--type", "--default", "--comment"}))
    if named[:1] == ["set"]:
        del named[0]
    if len(named) > 1 and not has_option(rest, "--unset", "--unset-all", "--get", "--get-all"):
        yield from _configured(*named[:2])


def _applied(rest: Sequence[str]) -> Iterator[Harm]:
    for each in values(rest, "--directory"):
        yield from written(each, appends=True)


def _given(kind: str, reason: str, verbs: str, *options: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    """A harm of the subcommands that `verbs` matches, with one of some options if there are any."""
    wanted = re.compile(verbs)

    def judge(rest: Sequence[str]) -> Iterator[Harm]:
        if wanted.fullmatch(next(iter(targets(rest)), "")) and (not options or has_option(rest, *options)):
            yield Harm(kind, reason)

    return judge


_VERBS: Mapping[str, Callable[[Sequence[str]], Iterator[Harm]]] = {
    "push": _push,
    "fetch": _fetch,
    "pull": _fetch,
    "filter-branch": _rewrite,
    "filter-repo": _rewrite,
    "clean": _clean,
    "reset": _reset,
    "checkout": _checkout,
    "restore": _restore,
    "switch": _switch,
    "branch": _branch,
    "rm": _removed,
    "update-ref": _updated,
    "apply": _applied,
    "am": _applied,
    "gc": _collected,
    "prune": _pruned,
    "config": _config,
    "stash": _given("history-rewrite", "throws away stashed work", "clear|drop"),
    "reflog": _given("history-rewrite", _DISCARDS, "expire|delete"),
    "worktree": _given("recursive-delete", "deletes a folder with uncommitted work", "remove", "-f", "--force"),
    "submodule": _given("recursive-delete", "deletes folders with uncommitted work", "deinit", "-f", "--force"),
    "read-tree": _given("history-rewrite", _DISCARDS, ".*", "--reset"),
    "checkout-index": _checkout_index,
    "symbolic-ref": _given("history-rewrite", _DISCARDS, "HEAD", "-d", "--delete"),
    "fast-import": _given("history-rewrite", _DISCARDS, ".*", "--force"),
    "annex": _given("recursive-delete", "deletes files that no other copy may hold", "drop|dropunused", "--force"),
    "credential": _given("credentials", "asks git for passwords", "fill"),
    "credential-store": _given("credentials", "asks git for passwords", "get"),
    "credential-cache": _given("credentials", "asks git for passwords", "get"),
}


def judge_mercurial(arguments: Sequence[str]) -> Iterator[Harm]:
    verb, *rest = targets(arguments) or [""]
    if (
        verb in ("strip", "purge")
        or (verb in ("update", "up", "checkout", "co") and has_option(arguments, "-C", "--clean"))
        or (verb == "revert" and (has_option(arguments, "-a", "--all") or any(map(_is_many, rest))))
    ):
        yield Harm("history-rewrite", _DISCARDS)


def judge_subversion(arguments: Sequence[str]) -> Iterator[Harm]:
    verb = next(iter(targets(arguments)), "")
    recursive = has_option(arguments, "-R", "--recursive", "--remove-unversioned")
    if (verb == "revert" and recursive) or (verb == "cleanup" and "--remove-unversioned" in arguments):
        yield Harm("history-rewrite", _DISCARDS)
