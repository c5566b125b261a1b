"""The shells by name."""

SHELLS = frozenset(
    [
        *("sh", "bash", "dash", "zsh", "ksh", "ash", "rbash", "mksh", "pdksh", "yash", "tcsh", "csh"),
        *("fish", "nu", "elvish", "osh", "ysh"),
    ]
)
