"""Makes the golden outputs of the checker and the golden prompts anew: `python -m tests.update_golden`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.check import formats
from tests.check.corpus import CORPUS, cases_of, check, said_of
from tests.kernel import test_prompt as prompts


def main() -> None:
    """Writes what is said of every case of the corpus, the outputs of every format, and the prompts."""
    for path in CORPUS.glob("HG*.md"):
        text = path.read_text(encoding="utf-8")
        for case in reversed(list(cases_of(path))):
            with TemporaryDirectory() as folder:
                said = said_of(check(case.wrong, Path(folder)))
            text = text[: case.block[0]] + said + text[case.block[1] :]
        path.write_text(text, encoding="utf-8")
    for name, output in formats.outputs().items():
        (formats.FOLDER / name).write_text(output, encoding="utf-8")
    for name, prompt in prompts.outputs().items():
        (prompts.GOLDEN / name).write_text(prompt, encoding="utf-8")


if __name__ == "__main__":
    main()
