"""Each operation of the library has an example that calls it; the test blocks of the examples pass."""

import re
from pathlib import Path

from hdsl.check.library import library
from hdsl.publish.operation_pages import EXAMPLES, example_of
from tests.commands import hdsl


def test_every_operation_has_an_example_that_calls_it() -> None:
    wanted = set()
    for module, found in library().items():
        for name, signature in found.callables.items():
            assert signature.entry is not None or signature.is_harness
            example = example_of(module, name)
            wanted.add(example)
            # Called, or by its function what an operation of the example stands for.
            assert re.search(rf"\b{name}\(|:{name}\"", example.read_text(encoding="utf-8")), example.name
    assert set(EXAMPLES.iterdir()) == wanted


def test_the_examples_do_what_their_tests_say(tmp_path: Path) -> None:
    ran = hdsl("test", str(EXAMPLES), folder=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    count = sum(file.read_text(encoding="utf-8").count('\ntest "') for file in EXAMPLES.iterdir())
    assert ran.out.endswith(f"{count} passed, 0 failed\n")
