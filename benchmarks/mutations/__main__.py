"""The mutation bench: `python -m benchmarks.mutations [PAGE]` prints its table, or writes it into a page."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.mutations.measure import Found, examine, false_alarms, mutants, workspace_in

BEGIN, END = "<!-- mutations: begin -->\n", "<!-- mutations: end -->\n"

FAMILIES = {
    "HG0": "syntax",
    "HG1": "names",
    "HG2": "calls",
    "HG3": "types",
    "HG4": "shapes",
    "HG5": "effects",
    "HG6": "control",
    "HG7": "contracts",
    "HG8": "files",
}


def main() -> None:
    """Puts every kind of fault into every valid file, and says what is found of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", nargs="?", type=Path, help="a page with the marks between which the table stands")
    parser.add_argument("--at-most", type=int, default=5, help="mutants of one fault in one file")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        workspace, samples = workspace_in(Path(folder))
        found = [examine(mutant, workspace) for mutant in mutants(samples, options.at_most)]
        checked, alarms = false_alarms(samples, workspace)
    table = "\n".join(lines(found, len(samples), checked, len(alarms))) + "\n"
    if options.page is None:
        print(table)
        return
    text = options.page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    options.page.write_text(before + BEGIN + table + END + rest.partition(END)[2], encoding="utf-8")


def lines(found: Sequence[Found], files: int, checked: int, alarms: int) -> Iterator[str]:
    """The table, and what stands under it."""
    yield "| family | kinds of fault | mutants | caught | family | line | more than one | safe fixes right |"
    yield "|---|---|---|---|---|---|---|---|"
    for family, name in FAMILIES.items():
        yield _row(name, [each for each in found if each.mutant.families[0] == family])
    yield _row("**all**", found)
    yield ""
    yield f"{files} valid files; {checked} texts without a fault (the files, and edits that keep the meaning):"
    yield f"{alarms or 'no'} false alarm{'' if alarms == 1 else 's'}."
    missed = sorted({f"`{each.mutant.kind}` in `{each.mutant.sample.name}`" for each in found if not each.is_caught})
    yield f"Not caught: {', '.join(missed)}." if missed else "Nothing was missed."


def _row(name: str, found: Sequence[Found]) -> str:
    def share(is_so: Callable[[Found], bool | None]) -> str:
        return f"{100 * sum(bool(is_so(each)) for each in found) / len(found):.1f} %"

    offered = [each for each in found if each.fixed is not None]
    right = sum(bool(each.fixed) for each in offered)
    fixed = f"{100 * right / len(offered):.1f} % of {len(offered)}" if offered else "none offered"
    kinds = len({each.mutant.kind for each in found})
    cells = [
        *(name, str(kinds), str(len(found)), share(lambda each: each.is_caught)),
        *(share(lambda each: each.is_right_family), share(lambda each: each.is_right_line)),
        *(f"{sum(each.extra for each in found) / len(found):.3f}", fixed),
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
