"""What tests of learning share: tables as parameters, experts asked and taught, rows."""

from collections.abc import Sequence

import torch

from hdsl.future.context import current_context
from hdsl.learn.module import table_parameter
from hdsl.ops.demonstrate import forgive
from hdsl.ops.element import lift
from hdsl.ops.expert import expert
from hdsl.ops.forwarded import ft_make_forwarded
from hdsl.ops.losses import exact_match, mean
from hdsl.ops.rows import rows_of
from hdsl.ops.site import Site
from hdsl.tensor.text_tensor import read_texts

Rows = Sequence[tuple[str, str, str]]


def table(*rows: tuple[str, str, str]) -> torch.nn.Parameter:
    """A trainable table in the home of the context."""
    return table_parameter(rows, current_context().home)


def taught(
    tables: Sequence[torch.nn.Parameter], inputs: Sequence[str], expected: Sequence[str], **site: object
) -> list[str]:
    """Experts in a chain over the tables, asked the inputs and told what was expected; what they answered."""
    home = current_context().home
    answer = ft_make_forwarded(home, [len(inputs)], list(inputs))
    for number, memory in enumerate(tables):
        answer = expert(answer, memory, site=Site(f"expert{number}", **site))
    scores = lift(exact_match, (forgive(answer), ft_make_forwarded(home, [len(expected)], list(expected))))
    loss = mean(scores)
    loss.ft_forward()
    torch.autograd.backward(loss)
    answer.ft_forward()
    return [text or "" for text in read_texts(answer.ft_static_tensor)]


def values(memory: torch.Tensor) -> dict[str, str]:
    """What each key of a table is answered by."""
    return {row.key: row.value for row in rows_of(memory)}
