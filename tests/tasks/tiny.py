"""A small repository with a history, tests that pass and tests that do not, and files that nothing can be made of."""

import os
import subprocess
from pathlib import Path

FIRST = '''\
"""Numbers."""


def clamp(value, low, high):
    """Move a value into the range from low to high."""
    if value < low:
        return low
    if value > high:
        return high
    return value


def average(values):
    """Sum of the values over their count, zero when the list is empty."""
    total = 0
    count = 0
    for value in values:
        total += value
        count += 1
    if count == 0:
        return 0
    return total / count


def digits(number):
    """List the decimal digits of a number, from the left."""
    found = []
    while number >= 10:
        number, digit = divmod(number, 10)
        found.append(digit)
    found.append(number)
    found.reverse()
    return found


def factorial(number):
    """Product of all whole numbers up to a number; negative ones raise ValueError."""
    if number < 0:
        raise ValueError("negative")
    product = 1
    for factor in range(2, number + 1):
        product *= factor
    return product
'''

SECOND = '''\
"""Words."""

from pkg.numbers import clamp


class Text:
    """A text with a width."""

    def __init__(self, content, width=20):
        self.content = content
        self.width = clamp(width, 1, 80)

    def shortened(self):
        """Cut the content to the width, with dots at the end when something is missing."""
        if len(self.content) <= self.width:
            return self.content
        kept = self.content[: self.width - 3]
        return kept + "..."

    def centred(self, fill=" "):
        """Put the content in the middle of a line, between fill characters on both sides."""
        missing = self.width - len(self.content)
        left = missing // 2
        right = missing - left
        return fill * left + self.content + fill * right


def initials(name):
    """First letter of each word of a name, as capitals with a point behind each."""
    letters = [word[0].upper() for word in name.split()]
    return "".join(letter + "." for letter in letters)


def unused(path):
    """Nobody calls this: it would open a path and read its lines."""
    handle = open(path)
    lines = handle.readlines()
    handle.close()
    return lines
'''

TESTS = """\
import pytest

from pkg.numbers import average, clamp, digits, factorial
from pkg.words import Text, initials

LINE = "the quick brown fox"


def test_clamp():
    assert clamp(5, 1, 3) == 3
    assert clamp(0, 1, 3) == 1
    assert clamp(2, 1, 3) == 2


def test_average():
    assert average([1, 2, 6]) == 3
    assert average([]) == 0


def test_digits():
    assert digits(407) == [4, 0, 7]


@pytest.mark.parametrize("number, product", [(0, 1), (4, 24)])
def test_factorial(number, product):
    assert factorial(number) == product


def test_factorial_of_negative():
    with pytest.raises(ValueError):
        factorial(-1)


class TestText:
    def test_shortened(self):
        assert Text(LINE, 10).shortened() == "the qui..."
        assert Text("short", 10).shortened() == "short"

    def test_centred(self):
        assert Text("ab", 5).centred("-") == "-ab--"


def test_initials():
    assert initials("ada lovelace") == "A.L."


def test_that_fails():
    assert clamp(1, 2, 3) == 1


@pytest.mark.skip
def test_that_is_skipped():
    pass
"""


def make(root: Path) -> Path:
    """Makes the repository; its older file is committed first."""
    files = {
        "pkg/__init__.py": "",
        "pkg/numbers.py": FIRST,
        "pkg/words.py": SECOND,
        "pkg/broken.py": "def (:\n",
        "tests/test_all.py": TESTS,
        "tests/test_missing.py": "import nowhere_to_be_found\n",
        "tests/test_exit.py": "import os\n\ndef test_exit():\n    os._exit(0)\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "pkg" / "huge.py").write_text("x = 1\n" * 200_000)
    (root / "pkg" / "link.py").symlink_to("/etc/passwd")
    (root / "pkg" / "latin.py").write_bytes(b"# \xe9\n")
    _git(root, "init", "-q")
    _commit(root, ["pkg/numbers.py", "pkg/__init__.py"], "2020-01-01T00:00:00Z")
    _commit(root, ["pkg/words.py", "tests"], "2021-01-01T00:00:00Z")
    return root


def _commit(root: Path, names: list[str], date: str) -> None:
    _git(root, "add", *names)
    _git(root, "commit", "-q", "-m", "more", date=date)


def _git(root: Path, *words: str, date: str = "") -> None:
    person = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
    subprocess.run(["git", *words], cwd=root, check=True, env={**os.environ, **person, **dates})
