"""Makes the golden outputs of the corpus anew: `python -m tests.update_golden`.."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.check.corpus import all_fixtures, check, goldens


def main() -> None:
    """Writes `wrong.txt` and `wrong.json` of every fixture."""
    for fixture in all_fixtures():
        with TemporaryDirectory() as folder:
            found = check(fixture, "wrong", Path(folder))
        for name, text in goldens(found):
            (fixture.folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
