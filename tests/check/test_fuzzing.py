"""Random and mutated inputs: no traceback, none takes long, no other answer in a second run."""

import hashlib
import os
import subprocess
import sys

import pytest

from tests.commands import REPOSITORY
from tests.fuzzing import Fuzzer, answer

PARTS = 3
EACH = 120

_DIGEST = """
import hashlib
from tests.fuzzing import Fuzzer, answer
fuzzer = Fuzzer()
print(hashlib.sha256("".join(answer(fuzzer.content(seed)) for seed in range(60)).encode()).hexdigest())
"""


@pytest.mark.parametrize("part", range(PARTS))
def test_every_input_is_answered_in_time_and_the_same_again(part):
    fuzzer = Fuzzer()
    for seed in range(part * EACH, (part + 1) * EACH):
        trouble = fuzzer.trouble(seed)
        assert not trouble, f"seed {seed}: {trouble}\n{fuzzer.content(seed)!r}"


def test_another_process_with_another_hash_seed_answers_the_same():
    fuzzer = Fuzzer()
    here = hashlib.sha256("".join(answer(fuzzer.content(seed)) for seed in range(60)).encode()).hexdigest()
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    there = subprocess.run(
        [sys.executable, "-c", _DIGEST], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here
