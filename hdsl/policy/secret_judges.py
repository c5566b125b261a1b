"""Judges of commands that show or send secrets: tools that keep them, and files that hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from hdsl.policy import places
from hdsl.policy.harm import Harm, when
from hdsl.policy.options import targets
from hdsl.policy.texts import shown

_USES_KEYS = frozenset(
    [
        *("ssh", "scp", "sftp", "ssh-add", "ssh-keygen", "ssh-copy-id", "chmod", "chown", "ls", "stat"),
        *("mkdir", "test", "[", "touch", "file", "echo", "printf", "cd", "which", "find", "rm", "git"),
        *("ansible", "ansible-playbook", "mosh", "autossh", "sshfs", "curlie", "du", "tree", "realpath"),
        *("readlink", "dirname", "basename", "kubectl"),
    ]
)
"""Programs that are given the names of keys, and show nothing of what is in them."""
_METADATA = re.compile(
    r"169\.254\.169\.254/.*(?:credentials|token|user-data)|169\.254\.170\.2/|metadata\.google\.internal/.*token"
)
"""Addresses at which a machine in a cloud is told its own keys."""
_SENDERS = frozenset({"scp", "rsync", "rclone", "aws", "gsutil"})
_SENDERS_VALUED = frozenset(
    [
        *("-i", "-P", "-F", "-o", "-J", "-l", "-c", "-S", "-D", "-e", "-f", "--rsh", "--exclude", "--include"),
        *("--filter", "--profile"),
    ]
)


def _tool(pattern: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    return when("credentials", "reads keys, passwords or tokens", pattern)


_SHOWN_SECRETS = r"\bget\b(?=.*\bsecrets?\b)(?=.*(?:(?:\b|-o)(?:yaml|json|go-template)|--template))"
SECRET_TOOLS: Mapping[str, Callable[[Sequence[str]], Iterator[Harm]]] = {
    "secret-tool": _tool(r"^(?:lookup|search)\b"),
    "security": _tool(r"find-(?:generic|internet)-password|dump-keychain|export"),
    "keyring": _tool(r"^get\b"),
    "keyctl": _tool(r"^(?:print|pipe|read)\b"),
    "gpg": _tool(r"--export-secret"),
    "gpg2": _tool(r"--export-secret"),
    "unshadow": _tool(r""),
    "getent": _tool(r"\bg?shadow\b"),
    "pass": _tool(
        r"^(?:show|-c|grep)\b|^otp (?!insert\b|append\b|validate\b)"
        r"|^(?!(?:ls|list|find|search|insert|generate|git|init|add|edit|rm|mv|cp|otp|version|help)\b)[\w.@-]+(?:/|$)"
    ),
    "gopass": _tool(r"^(?:show|cat|otp|grep)\b"),
    "op": _tool(r"\bread\b|\b(?:item|document) get\b|\binject\b"),
    "bw": _tool(r"\b(?:get (?:item|password|totp|notes)|export|list items)\b|--raw"),
    "rbw": _tool(r"\b(?:get|code)\b"),
    "lpass": _tool(r"\b(?:show|export)\b"),
    "vault": _tool(r"\b(?:read|kv get|print token)\b|\btoken create\b"),
    "doppler": _tool(r"^secrets\b(?! (?:set|delete|upload|-h))"),
    "infisical": _tool(r"^(?:secrets|export)\b"),
    "sops": _tool(r"(?:^| )(?:-d|--decrypt|decrypt|exec-env)\b"),
    "kubectl": _tool(_SHOWN_SECRETS + r"|\bconfig view\b.*--raw|\bcreate token\b"),
    "oc": _tool(_SHOWN_SECRETS + r"|\bwhoami (?:-t|--show-token)"),
    "gh": _tool(r"\bauth (?:token|status .*(?:-t\b|--show-token))"),
    "glab": _tool(r"\bauth status .*(?:-t\b|--show-token)"),
    "gcloud": _tool(r"\bprint-(?:access|identity)-token|secrets versions access|print-refresh-token"),
    "aws": _tool(
        r"\bexport-credentials|configure get (?:[\w.-]+\.)?aws_(?:secret|access|session)"
        r"|get-secret-value|get-session-token|\b(?:get-parameters?(?:-by-path)?)\b.*--with-decryption"
    ),
    "az": _tool(r"\bget-access-token|keyvault secret (?:show|download)|\bkeys list\b|show-connection-string"),
    "flyctl": _tool(r"\bauth token\b"),
    "fly": _tool(r"\bauth token\b"),
    "heroku": _tool(r"\bauth:token\b|\bconfig(?!:(?:set|unset|edit))\b"),
    "npm": _tool(r"\bconfig (?:get|ls|list)\b.*_auth"),
    "rclone": _tool(r"\bconfig (?:show|dump|reveal)\b|\breveal\b"),
    "chezmoi": _tool(r"\bsecret\b"),
}
"""Commands that keep secrets: what they are asked for."""


def read_credentials(name: str, arguments: Sequence[str]) -> Iterator[Harm]:
    """The harm of a command that is given a file of secrets, also glued to an option or an address."""
    if any(map(_METADATA.search, arguments)):
        yield Harm("credentials", "asks the cloud for the keys of the machine")
    if name in _USES_KEYS and "--no-index" not in arguments:
        return
    for each in arguments:
        path = re.sub(r"^(?:-[A-Za-z]*|--?[\w-]+=|[\w.-]+=?@|@|\w+=@?|file://)(?=[~/.$\ue003])", "", each)
        path = re.sub(r"^[^/]*=(?:@|<)?(?=[~/.\ue003])", "", path)
        # The key of a connection is used, and not shown: `rsync -e "ssh -i key"`.
        if places.is_credential(path) and not each.startswith("ssh "):
            yield Harm("credentials", f"reads {shown(path)}")
            return


def sent(name: str, arguments: Sequence[str]) -> Iterator[Harm]:
    """The harms of a copy to another machine."""
    if name not in _SENDERS:
        return
    named = targets(arguments, _SENDERS_VALUED)
    away = named[-1:] and re.match(r"^(?:[\w.@-]+:|s3://|gs://)", named[-1])
    for each in named[:-1]:
        if away and (places.is_wide(each) and places.normal_path(each) not in (".", "..", "*", "./", "./*")):
            yield Harm("exfiltration", f"sends {shown(each)} away")
        elif away and places.is_credential(each):
            yield Harm("credentials", f"sends {shown(each)} away")
