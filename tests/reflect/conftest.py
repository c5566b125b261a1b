"""What a test leaves waiting in this process's registries is no business of the next one."""

from collections.abc import Iterator

import pytest

from hdsl.tensor.gradients import gradient_registry


@pytest.fixture(autouse=True)
def no_refusals_left() -> Iterator[None]:
    yield
    gradient_registry().take_refused()
