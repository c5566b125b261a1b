"""`hdsl check --fix`: writes the safe fixes into files, and says what it did."""

import codecs
from collections.abc import Sequence
from pathlib import Path

from hdsl.check.fixing import fix_file
from hdsl.cli.configured import Configured
from hdsl.cli.output import tell
from hdsl.cli.writing import replace_file


def fix_files(files: Sequence[str], configured: Configured) -> None:
    """Fixes each file by itself; one that does not get better is not touched."""
    for file in files:
        fixed = fix_file(file, configured.levels(file))
        if fixed is None:
            continue
        if fixed.before != fixed.after:
            mark = codecs.BOM_UTF8.decode() if Path(file).read_bytes().startswith(codecs.BOM_UTF8) else ""
            replace_file(file, mark + fixed.after)
        for done in fixed.done:
            tell(f"fixed {file}:{done.line}: {done.code}: {done.title}")
        for left in fixed.refused:
            tell(f"not fixed {file}:{left.line}: {left.code}: {left.title}: as much would be wrong with the file")
