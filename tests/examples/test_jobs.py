"""The jobs: each harness checks without a warning, is formatted, and its tests pass on stubs, without a model."""

import pytest

from hdsl.check.session import check_file
from hdsl.syntax.format import format_source
from tests.commands import REPOSITORY, hdsl

JOBS = sorted((REPOSITORY / "examples" / "jobs").glob("*.hg"))


@pytest.mark.parametrize("path", JOBS, ids=[path.stem for path in JOBS])
def test_a_job_checks_and_formats_to_itself(path):
    assert check_file(path).diagnostics == ()
    assert format_source(path.read_text(encoding="utf-8")) == path.read_text(encoding="utf-8")


def test_the_tests_of_all_jobs_pass(tmp_path):
    ended = hdsl("test", str(JOBS[0].parent), folder=tmp_path)
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "15 passed, 0 failed")
