"""What our shells are started with: a clean environment, and a start file that makes bash mark what it does."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
_START_FILE = "start.bash"

# PS0, PS1 and PS2 carry their marks; what was typed and the environment go to files, whose names alternate so that
# none is read while it is written. The functions are set again at each prompt, as commands may have changed them.
_START = r"""
unset PROMPT_COMMAND HISTFILE HISTCONTROL HISTIGNORE HISTTIMEFORMAT TMUX TMUX_PANE TERM_PROGRAM TERM_PROGRAM_VERSION
set +H
set -o emacs
shopt -s checkwinsize cmdhist lithist promptvars
bind 'set enable-bracketed-paste on'
bind 'set enable-active-region off'
bind 'set bell-style audible'
bind 'set show-mode-in-prompt off'
bind 'set completion-query-items 0'
bind 'set page-completions off'
unset INPUTRC
__hdsl_prompts=0 __hdsl_more=0
__hdsl_prompt() {
  local status=$? count=$((__hdsl_prompts += 1))
  local reports=@FOLDER@/$$.$((count % 2))
  { export -p; export -fp; } >| "$reports.environment" 2> /dev/null
  fc -ln -1 >| "$reports.command" 2> /dev/null
  PS0='\e]133;C;@NONCE@\e\\'
  PS1='\[\e]133;B;@NONCE@\e\\\]$ '
  PS2='\[\e]133;P;@NONCE@;$((__hdsl_more += 1))\e\\\]> '
  printf '\e]133;A;@NONCE@;%d;%d;%d\e\\' "$status" "$count" "$$"
  return "$status"
}
PROMPT_COMMAND=__hdsl_prompt
__hdsl_prompt
"""


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment shells start with: what programs need, in UTF-8, no keys, nothing else of ours; and `extra`."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    spoken = kept.get("LC_ALL") or kept.get("LC_CTYPE") or kept.get("LANG") or ""
    if "utf" not in spoken.lower():
        kept.pop("LC_ALL", None)
        kept.pop("LC_CTYPE", None)
        kept["LANG"] = "C.UTF-8"
    return {"PATH": os.defpath, "HOME": "/", **kept, **extra}


@dataclass(frozen=True)
class ShellReports:
    """The files in which the shells of one terminal report what marks cannot hold. `folder` is private."""

    folder: Path

    def command(self, shell: int, prompt: int) -> str:
        """The command line that ended before the prompt of that count; empty if the shell keeps no history."""
        try:
            return self._path(shell, prompt, "command").read_text("utf-8", "replace").strip()
        except OSError:
            return ""

    def environment(self, shell: int, prompt: int) -> Path:
        """The file with the exported variables and functions at the prompt of that count, as bash source."""
        return self._path(shell, prompt, "environment")

    def _path(self, shell: int, prompt: int, report: str) -> Path:
        return self.folder / f"{shell}.{prompt % 2}.{report}"


def write_start_file(folder: Path, nonce: str) -> None:
    """Writes the start file of the shells into `folder`; their marks carry `nonce`."""
    text = _START.replace("@FOLDER@", shlex.quote(str(folder))).replace("@NONCE@", nonce)
    (folder / _START_FILE).write_text(text, "utf-8")


def shell_command(folder: Path, bash: str | None) -> str:
    """The command, as `sh` reads it, that becomes the shell of a session: bash, or else `sh`, which marks nothing.

    The start file runs as the first prompt command: bash reads the machine's own start file before any `--rcfile`.
    """
    unset = "exec env -u TMUX -u TMUX_PANE -u TERM_PROGRAM -u TERM_PROGRAM_VERSION"
    if bash is None:
        return f"{unset} -u ENV PS1='$ ' sh -i"
    start = shlex.quote(f". {shlex.quote(str(folder / _START_FILE))}")
    bash = shlex.quote(bash)
    return f"{unset} INPUTRC=/dev/null PROMPT_COMMAND={start} SHELL={bash} {bash} --norc --noprofile -i"
