import pytest

from hdsl.terminal.keys import check_key, ends_line, is_plain

KEYS = ["Enter", "escape", "C-c", "M-x", "C-M-Left", "S-C-M-F5", "F12", "PPage", "a", ";", "-", "^A", "é", "M-é", "C-/"]
KEYS += ["C-M-x", "C-Space", "M-Enter", "S-Home", "C-[", "^?", "KPEnter", "M-BSpace", "BTab", "\\", "^", "C-M-@"]
NO_KEYS = ["", "Entr", "F13", "C-", "Return", "ls -la", "C-c\n", "\x03", " ", "aa", "C-foo", "M-", "C-Entr", "M-M-Left"]
# tmux takes these names, and types them as text, drops the modifier, or presses nothing.
IMPOSSIBLE = [
    "C-M-S-x",
    "S-x",
    "C-S-x",
    "S-Enter",
    "C-Enter",
    "C-Tab",
    "S-Tab",
    "C-M-Enter",
    "C-1",
    "C-;",
    "C-é",
    "S-é",
]
IMPOSSIBLE += ["C-C-x", "C-KP0", "^1", "^Enter", "^é", "C-M-1", "C-~", "C-M-/", "S-F1-", "C-S-C-Left", "^^A", "S-Space"]


@pytest.mark.parametrize("name", KEYS)
def test_names_that_tmux_knows(name):
    check_key(name)


@pytest.mark.parametrize("name", NO_KEYS + IMPOSSIBLE)
def test_other_names_are_errors(name):
    with pytest.raises(ValueError, match="no key is named"):
        check_key(name)


def test_which_keys_end_a_line():
    assert all(map(ends_line, ["Enter", "C-m", "^J", "KPEnter", "M-Enter", "C-o"]))
    assert not any(map(ends_line, ["Tab", "m", "C-c", "M-o", "Menter"]))
    assert is_plain("x") and is_plain("Space") and not is_plain("Up")
