"""Generated programs that check: they do, before and after formatting."""

from pathlib import Path
from random import Random

import pytest

from hdsl.check.session import check_file
from hdsl.syntax.format import format_source
from tests.typed_programs import typed_program


@pytest.mark.parametrize("seed", range(15))
def test_a_typed_program_checks_before_and_after_formatting(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "program.hg"
    text = typed_program(Random(seed))
    for each in (text, format_source(text)):
        path.write_text(each, encoding="utf-8")
        assert [found.message for found in check_file(path).diagnostics] == []
