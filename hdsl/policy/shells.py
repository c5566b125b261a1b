"""Shells, interpreters and editors by name."""

import re

SHELLS = frozenset(
    [
        *("sh", "bash", "dash", "zsh", "ksh", "ash", "rbash", "mksh", "pdksh", "yash", "tcsh", "csh"),
        *("fish", "nu", "elvish", "osh", "ysh"),
    ]
)
PYTHON = re.compile(r"(?:i?python|pypy|jython|micropython|xonsh)[\d.]*$")
OTHERS = re.compile(
    r"(?:perl|ruby|irb|jruby|node(?:js)?|bun|deno|php|lua(?:jit)?|tclsh|wish|expect|Rscript|R|gawk|mawk|nawk|awk|groovy|"
    r"julia|guile|osascript|ghci?|runghc|elixir|iex|erl|scala|jshell|raku|pwsh|powershell|sbcl|emacs|ocaml|qjs|swift|"
    r"racket|clojure|clj|bb|crystal|pry|ts-node|tsx)[\d.]*(?:\.exe)?$"
)
POWERSHELL = re.compile(r"(?:pwsh|powershell)(?:\.exe)?$")
EDITORS = ("vim", "vi", "nvim", "ex", "view", "gvim", "vimdiff", "rvim")
"""The family of vi, whose command lines begin with a colon."""
