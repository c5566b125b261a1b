"""The experience of a program as text tensors."""

from collections.abc import Mapping
from pathlib import Path

import torch

from hdsl.experience.places import seed_rows
from hdsl.graph.program import Program
from hdsl.tensor.make import make_tensor
from hdsl.tensor.text_tensor import Place


def load_tables(program: Program, project: Path, home: Place) -> Mapping[str, torch.Tensor]:
    """The tables of a program as text tensors `[N, 3]` in this home."""
    tables: dict[str, torch.Tensor] = {}
    for key, table in program.tables.items():
        rows = seed_rows(table, project, Path(program.module))
        tables[key] = make_tensor([list(row) for row in rows], home)
    return tables
