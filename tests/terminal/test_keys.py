import pytest

from hdsl.terminal.keys import check_key, ends_line, is_plain


@pytest.mark.parametrize(
    "name", ["Enter", "escape", "C-c", "M-x", "C-M-Left", "F12", "PPage", "a", ";", "-", "^A", "é"]
)
def test_names_that_tmux_knows(name):
    check_key(name)


@pytest.mark.parametrize("name", ["", "Entr", "F13", "C-", "Return", "ls -la", "C-c\n", "\x03", " ", "aa", "C-foo"])
def test_other_names_are_errors(name):
    with pytest.raises(ValueError, match="no key is named"):
        check_key(name)


def test_which_keys_end_a_line():
    assert ends_line("Enter") and ends_line("C-m") and not ends_line("Tab")
    assert is_plain("x") and is_plain("Space") and not is_plain("Up")
