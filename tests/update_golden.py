"""Makes the golden outputs of the checker and the golden prompts anew: `python -m tests.update_golden`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.check import formats
from tests.check.corpus import all_fixtures, check, goldens
from tests.kernel import test_prompt as prompts


def main() -> None:
    """Writes `wrong.txt` and `wrong.json` of every fixture, and the outputs of every format."""
    for fixture in all_fixtures():
        with TemporaryDirectory() as folder:
            found = check(fixture, "wrong", Path(folder))
        for name, text in goldens(found):
            (fixture.folder / name).write_text(text, encoding="utf-8")
    for name, text in formats.outputs().items():
        (formats.FOLDER / name).write_text(text, encoding="utf-8")
    for name, text in prompts.outputs().items():
        (prompts.GOLDEN / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
