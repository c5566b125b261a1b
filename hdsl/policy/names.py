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

ONLY_SHOW = frozenset(
    [
        *("ls", "ll", "la", "dir", "tree", "stat", "file", "cat", "tac", "head", "tail", "less", "more"),
        *("most", "bat", "batcat", "nl", "od", "hexdump", "xxd", "hd", "strings", "wc", "md5sum"),
        *("sha1sum", "sha256sum", "sha512sum", "b2sum", "cksum", "sum", "du", "df", "lsblk", "blkid"),
        *("findmnt", "grep", "egrep", "fgrep", "zgrep", "rg", "ag", "ack", "diff", "cmp", "comm"),
        *("colordiff", "delta", "sdiff", "vimdiff", "cut", "paste", "join", "tr", "test", "[", "[[", "cd"),
        *("pushd", "popd", "echo", "printf", "export", "source", ".", "readlink", "realpath", "dirname"),
        *("basename", "which", "whereis", "type", "locate", "find", "fd", "fdfind", "fzf", "ldd", "nm"),
        *("objdump", "readelf", "size", "otool", "getfacl", "lsattr", "lsof", "fuser", "inotifywait", "jq"),
        *("yq", "xmllint", "python-config", "man", "info", "help", "tldr", "ps", "pgrep", "id", "groups"),
        *("getent", "namei", "pwd", "cloc", "tokei", "shellcheck", "shfmt", "ctags", "smartctl", "fsck"),
        *("e2fsck", "dumpe2fs", "mountpoint", "zcat", "bzcat", "xzcat", "journalctl", "named-checkconf"),
        *("mpv", "vlc", "ffplay", "feh", "play", "aplay", "for", "in", "set", "declare", "let", "read"),
        *("wait", "exit", "return", "apropos", "whatis", "cheat", "say", "cowsay", "figlet", "expr", ":"),
        *("true", "false", "alias", "unalias", "unset", "compdef", "complete", "hash", "awk", "logger"),
        *("notify-send", "wall", "write", "whoami", "hostname", "uname", "date", "seq", "sleep", "yes"),
    ]
)
"""Programs that show something of what they are given, and change and run nothing."""

FETCHERS = frozenset(
    [
        *("curl", "wget", "fetch", "aria2c", "http", "https", "xh", "lynx", "links", "elinks", "w3m", "nc"),
        *("ncat", "netcat", "socat", "telnet", "ftp", "lwp-request", "GET", "curlie", "wcurl", "axel", "rclone"),
    ]
)
"""Programs that print, or keep, what a server says."""
