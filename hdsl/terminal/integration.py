"""What our shells are started with: a clean environment, and a start file that makes bash mark what it does."""

import os
import shlex
from collections import deque
from pathlib import Path

_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
_START_FILE = "start.bash"

# PS0, PS1 and PS2 carry their marks, C-^ reports the edited line; what was typed and the environment go to files; those of the environment
# alternate, so that none is read while it is written. The prompts are set again each time: commands may change them.
_START = r"""
unset PROMPT_COMMAND HISTFILE HISTCONTROL HISTIGNORE HISTTIMEFORMAT TMUX TMUX_PANE TERM_PROGRAM TERM_PROGRAM_VERSION
set +H
set -o emacs
shopt -s checkwinsize cmdhist lithist promptvars
bind 'set enable-bracketed-paste on'
bind 'set enable-active-region off'
bind 'set bell-style audible'
bind -m vi-insert '"\C-g": abort'
bind -m vi-command '"\C-g": abort'
bind 'set show-mode-in-prompt off'
bind 'set completion-query-items 0'
bind 'set page-completions off'
unset INPUTRC
__hdsl_prompts=0 __hdsl_more=0 __hdsl_lines=0
__hdsl_line() {
  printf '%s\0' "$READLINE_LINE" >| @FOLDER@/$$.line
  printf '\e]133;L;@NONCE@;%d\e\\' "$((__hdsl_lines += 1))"
}
for __hdsl_keys in emacs vi-insert vi-command; do
  bind -m "$__hdsl_keys" -x '"\C-^": __hdsl_line'
  # Keys that run a line that nobody has seen, or one out of an editor.
  bind -m "$__hdsl_keys" -r '\C-o'
  bind -m "$__hdsl_keys" -r '\C-x\C-e'
done 2> /dev/null
bind -m vi-command -r v
unset __hdsl_keys
__hdsl_prompt() {
  local status=$? count=$((__hdsl_prompts += 1))
  local reports=@FOLDER@/$$
  { export -p; export -fp; } >| "$reports.$((count % 2)).environment" 2> /dev/null
  { printf '%d ' "$count"; fc -ln -1; printf '\0'; } >> "$reports.commands" 2> /dev/null
  PS0='\e]133;C;@NONCE@\e\\'
  PS1='\[\e]133;B;@NONCE@\e\\\]$ '
  PS2='\[\e]133;P;@NONCE@;$((__hdsl_more += 1))\e\\\]> '
  printf '\e]133;A;@NONCE@;%d;%d;%d\e\\' "$status" "$count" "$$"
  return "$status"
}
PROMPT_COMMAND=__hdsl_prompt
__hdsl_prompt
"""


def clean_environment() -> dict[str, str]:
    """The environment shells start with: what programs need, in UTF-8, no keys, nothing else of ours."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    spoken = kept.get("LC_ALL") or kept.get("LC_CTYPE") or kept.get("LANG") or ""
    if "utf" not in spoken.lower():
        kept.pop("LC_ALL", None)
        kept.pop("LC_CTYPE", None)
        kept["LANG"] = "C.UTF-8"
    return {"PATH": os.defpath, "HOME": "/", **kept}


class CommandReports:
    """The command lines that one shell reports: a record for each of its prompts, in a file it only appends to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read = 0
        self._records: deque[tuple[int, str]] = deque()

    def command(self, shell: int, prompt: int) -> str:
        """The line that ran before the prompt of that count; empty if the shell keeps no history. Asked in order."""
        if not self._records:
            self._read_more(self._folder / f"{shell}.commands")
        while self._records and self._records[0][0] < prompt:
            self._records.popleft()
        return self._records.popleft()[1] if self._records and self._records[0][0] == prompt else ""

    def _read_more(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                file.seek(self._read)
                new = file.read()
        except OSError:
            return
        complete = new[: new.rfind(b"\0") + 1]
        self._read += len(complete)
        for record in complete.decode("utf-8", "replace").split("\0")[:-1]:
            count, _, line = record.partition(" ")
            self._records.append((int(count), line.strip()))


def environment_report(folder: Path, shell: int, prompt: int) -> Path:
    """The file with a shell's exported variables and functions at its latest prompt, as bash source."""
    return folder / f"{shell}.{prompt % 2}.environment"


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
