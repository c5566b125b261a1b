"""What our shells are started with: a clean environment, and a start file that gives bash its prompts."""

import ctypes
import os
import shlex
from functools import cache
from pathlib import Path

_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
_START_FILE = "start.bash"
_LINE_FILE = "line"

# The prompts carry marks, made by expansion alone: no function, no hook, no command is run, so that no variable, trap,
# status or option is touched, and a session reads no different from a plain bash. The marks hold no secret.
# They end with a bell: without a line editor, bash would eat the backslash of the other end that there is.
# C-^ has the editor write its line to a file, for who decides about it. The keys that are taken away run a line that
# nobody has seen, or what an editor leaves.
_START = r"""
set +o posix
shopt -u inherit_errexit 2> /dev/null
unset ENV HDSL_START PROMPT_COMMAND HISTFILE HISTCONTROL HISTIGNORE HISTTIMEFORMAT
unset TMUX TMUX_PANE TERM_PROGRAM TERM_PROGRAM_VERSION
set +H
set -o emacs
shopt -s checkwinsize promptvars
bind 'set enable-bracketed-paste on' 2> /dev/null
bind 'set enable-active-region off' 2> /dev/null
bind -m vi-insert '"\C-g": abort' 2> /dev/null
bind -m vi-command '"\C-g": abort' 2> /dev/null
bind 'set show-mode-in-prompt off' 2> /dev/null
bind 'set completion-query-items 0' 2> /dev/null
bind 'set page-completions off' 2> /dev/null
bind -x '"\C-^": @REPORT@' 2> /dev/null
bind -m vi-insert -x '"\C-^": @REPORT@' 2> /dev/null
bind -m vi-command -x '"\C-^": @REPORT@' 2> /dev/null
bind -r '\C-x\C-e' 2> /dev/null
bind -m vi-command -r v 2> /dev/null
unset INPUTRC
PS1='\[\e]133;D;@TAG@;\#;$?;$SHELLOPTS\a\]$ '
PS2='\[\e]133;P;@TAG@\a\]> '
"""
# Past `set -x`, a redirected output and a function called printf, and with `$_` as it was: `%.0s` prints nothing of it.
# A DEBUG trap does see it.
_REPORT = (
    r'{ builtin printf "%s\0%.0s" "$READLINE_LINE" "$_" >| @LINE@;'
    r' builtin printf "\e]133;L;@TAG@\a%.0s" "$_" > /dev/tty; } 2> /dev/null'
)


def clean_environment() -> dict[str, str]:
    """The environment shells start with: what programs need, in UTF-8, no keys, nothing else of ours."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    spoken = kept.get("LC_ALL") or kept.get("LC_CTYPE") or kept.get("LANG") or ""
    if "utf" not in spoken.lower() or not _has_locale(spoken):
        kept.pop("LC_ALL", None)
        kept.pop("LC_CTYPE", None)
        kept["LANG"] = "C.UTF-8"
    return {"PATH": os.defpath, "HOME": "/", **kept}


@cache
def _has_locale(name: str) -> bool:
    """Whether this machine has a locale; one that it has not is as good as none, and programs complain about it."""
    try:
        new_locale, free_locale = ctypes.CDLL(None).newlocale, ctypes.CDLL(None).freelocale
    except (OSError, AttributeError):
        return True
    new_locale.restype = ctypes.c_void_p
    free_locale.argtypes = [ctypes.c_void_p]
    # The two lowest bits of the mask hold the category of characters on all systems that are known.
    made = new_locale(ctypes.c_int(3), os.fsencode(name), None)
    if made:
        free_locale(made)
    return bool(made)


def write_start_file(folder: Path, tag: str) -> None:
    """Writes the start file of the shells into `folder`; their marks carry `tag`."""
    line = shlex.quote(str(folder / _LINE_FILE)).replace("'", "'\\''")
    (folder / _START_FILE).write_text(
        _START.replace("@REPORT@", _REPORT).replace("@TAG@", tag).replace("@LINE@", line), "utf-8"
    )


def reported_line(folder: Path) -> str | None:
    """The line that the editor of the shell with these files reported last."""
    try:
        return (folder / _LINE_FILE).read_bytes().decode("utf-8", "replace").removesuffix("\0")
    except OSError:
        return None


def shell_command(folder: Path, bash: str | None) -> str:
    """The command, as `sh` reads it, that becomes the shell of a session: bash, or else `sh`, which marks nothing.

    Only in its POSIX mode, which the start file leaves, does bash read our start file and not the machine's before it.
    (A start file that is run as the first PROMPT_COMMAND leaves a shell without PIPESTATUS.)
    """
    unset = "exec env -u TMUX -u TMUX_PANE -u TERM_PROGRAM -u TERM_PROGRAM_VERSION"
    if bash is None:
        return f"{unset} -u ENV PS1='$ ' sh -i"
    start, bash = shlex.quote(str(folder / _START_FILE)), shlex.quote(bash)
    # bash expands the value of ENV, and so would expand the path.
    variables = f"INPUTRC=/dev/null ENV='$HDSL_START' HDSL_START={start} SHELL={bash}"
    return f"{unset} {variables} {bash} --posix --noprofile -i"
