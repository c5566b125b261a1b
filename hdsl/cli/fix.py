"""`hdsl check --fix`: writes the safe mends into files, and says what it did."""

import codecs
from collections.abc import Sequence
from pathlib import Path

from hdsl.check.fixing import mend
from hdsl.cli.configured import Configured
from hdsl.cli.output import tell
from hdsl.cli.writing import replace_file


def fix_files(files: Sequence[str], configured: Configured) -> None:
    """Mends each file by itself; one that does not get better is not touched."""
    for file in files:
        mended = mend(file, configured.levels(file))
        if mended is None or mended.before == mended.after:
            continue
        mark = codecs.BOM_UTF8.decode() if Path(file).read_bytes().startswith(codecs.BOM_UTF8) else ""
        replace_file(file, mark + mended.after)
        for done in mended.done:
            tell(f"mended {file}:{done.line}: {done.code}: {done.title}")
