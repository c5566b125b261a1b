"""Lists of names: commands that are told by a part of their name, variables and programs that run texts."""

HARMFUL = [
    "rm",
    "dd",
    "shred",
    "mkfs",
    "wipefs",
    "sudo",
    "su",
    "doas",
    "chmod",
    "chown",
    "kill",
    "pkill",
    "killall",
    "reboot",
    "shutdown",
    "poweroff",
    "halt",
    "git",
    "find",
    "xargs",
    "bash",
    "sh",
    "dash",
    "zsh",
    "python",
    "python3",
    "perl",
    "ruby",
    "node",
    "env",
    "eval",
    "source",
    "curl",
    "wget",
    "tee",
    "mv",
    "cp",
    "crontab",
    "systemctl",
    "truncate",
    "cat",
    "base64",
]
"""Commands that a glob in a command's place most likely stands for; those that are judged come after them."""

RUN_BY_VALUE = frozenset(
    [
        "PAGER",
        "GIT_PAGER",
        "MANPAGER",
        "EDITOR",
        "VISUAL",
        "GIT_EDITOR",
        "GIT_SEQUENCE_EDITOR",
        "GIT_SSH_COMMAND",
        "GIT_EXTERNAL_DIFF",
        "BROWSER",
        "LESSOPEN",
        "LESSCLOSE",
        "PROMPT_COMMAND",
        "GIT_ASKPASS",
        "SSH_ASKPASS",
        "RSYNC_RSH",
        "PS0",
        "PS1",
        "PS4",
        "FZF_DEFAULT_COMMAND",
        "BASH_ENV",
        "ENV",
    ]
)
"""Variables whose values are run as commands, now or later."""

READS_COMMANDS = frozenset(
    ["ed", "ex", "vi", "vim", "nvim", "gdb", "psql", "sqlite3", "mysql", "mariadb", "ftp", "sftp"]
)
"""Programs that read commands, with a way to a shell among them, from their input."""
