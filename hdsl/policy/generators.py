"""Programs that print shell code which is meant to be run: `eval "$(ssh-agent -s)"` is how they are used."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MOST_WORDS = 6
_SHELL = r"(?:bash|zsh|fish|sh|posix|dash|ksh|auto)"
_GENERATES = re.compile(
    rf"""(?x)
    (?:ssh-agent|gpg-agent|dbus-launch|dircolors|resize|tset|lesspipe|lesspipe\.sh|keychain)
        (?:\ -\S+|\ \S*key\S*|\ id_\w+)*
    | [a-z][\w.-]*\ (?:completions?|shell-completion|generate-shell-completion|gen-completions?)
        (?:\ (?:-s|--shell|generate))?[\ =]{_SHELL}
    | [a-z][\w.-]*\ --?(?:completions?|generate-completions?|shell-completion)(?:[\ =]{_SHELL})?
    | (?:npm|ng|grunt|gulp|bower)\ completion(?:\ script)?
    | (?:pip3?|pipenv|poetry|uv|uvx)\ \S*completions?\S*(?:\ -\S+|\ {_SHELL})*
    | register-python-argcomplete\ [\w.-]+
    | (?:py|rb|nod|go|j|pl|php|ex|tf|lua|scala|swift|cr)env\ (?:init|virtualenv-init)(?:\ -\S*|\ {_SHELL})*
    | (?:starship|zoxide|atuin|mcfly|navi|oh-my-posh|broot|anyenv|jump)\ init(?:\ -\S+|\ {_SHELL})*
    | (?:direnv|asdf|devbox|micromamba|mamba|conda|shadowenv)\ (?:shell\ )?(?:hook|shell\.{_SHELL}\ hook|shellenv)
        (?:\ -\S+|\ {_SHELL})*
    | (?:mise|rtx|proto|flox)\ activate(?:\ -\S+|\ {_SHELL})*
    | brew\ shellenv(?:\ {_SHELL})?
    | (?:opam|fnm|ghcup)\ env(?:\ -\S+|\ {_SHELL})*
    | luarocks\ path(?:\ -\S+)*
    | fzf\ --{_SHELL}
    | thefuck\ (?:--alias|-a)(?:\ \w+)?
    | (?:docker-machine\ env|minikube\ (?:docker|podman)-env)(?:\ [\w=-]+)*
    | rustup\ completions\ {_SHELL}\ cargo
    """
)


def prints_shell_code(name: str, arguments: Sequence[str]) -> bool:
    """Whether what a command prints is known to be code for the shell that may be run."""
    return len(arguments) <= _MOST_WORDS and _GENERATES.fullmatch(" ".join([name, *arguments])) is not None
