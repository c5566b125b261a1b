"""The shells by name."""

SHELLS = frozenset(["sh", "bash", "dash", "zsh", "ksh", "ash", "rbash", "mksh", "fish", "pdksh", "yash", "tcsh", "csh"])
