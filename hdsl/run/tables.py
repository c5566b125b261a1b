"""The experience of a program as text tensors."""

import logging
from collections.abc import Mapping
from pathlib import Path

import torch

from hdsl.experience.places import seed_rows
from hdsl.graph.program import Program
from hdsl.graph.typed import ExperienceTable
from hdsl.ops.table import Columns, table_of
from hdsl.tensor.make import make_tensor
from hdsl.tensor.text_tensor import Place, store_of

_log = logging.getLogger(__name__)


def load_tables(program: Program, project: Path, home: Place) -> Mapping[str, torch.Tensor]:
    """The tables of a program as text tensors `[N, 3]` in this home."""
    tables: dict[str, torch.Tensor] = {}
    for key, table in program.tables.items():
        rows = seed_rows(table, project, Path(program.module))
        tables[key] = make_tensor([list(row) for row in rows], home)
        declare_table(key, table, tables[key])
    return tables


def declare_table(key: str, table: ExperienceTable, tensor: torch.Tensor) -> None:
    """Says of what type the keys and values of a table are, and warns of rows that were learned under another type."""
    key_type, value_type = table.type
    columns = Columns(key_type.form, value_type.structure)
    store = store_of(tensor)
    rows = table_of(store)
    rows.declare(columns)
    if columns.value is None:
        return
    unfit = [number for number, row in enumerate(rows.rows(store), 1) if row.value and not columns.fits(row.value)]
    if unfit:
        which = f"row {unfit[0]} of `{key}` is" if len(unfit) == 1 else f"{len(unfit)} rows of `{key}` are"
        first = "" if len(unfit) == 1 else f", the first of them row {unfit[0]}"
        _log.warning("%s not of the type `%s` and left out%s", which, value_type.name, first)
