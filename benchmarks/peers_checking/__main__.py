"""What LangGraph, Haystack and DSPy say of faults before anything runs, beside `hdsl check`.

`python -m benchmarks.peers_checking PYTHON [PAGE]`: PYTHON is an interpreter that has `langgraph`, `haystack-ai` and
`dspy`. Each fault stands in a small program that is otherwise right; it is built as far as can be without running it:
`compile()`, `Pipeline.connect()` and `warm_up()`, and a DSPy module with its signatures.
"""

import argparse
import json
import subprocess
from pathlib import Path

from benchmarks.peers_checking import hdsl_faults
from benchmarks.peers_checking.kinds import KINDS

BEGIN, END = "<!-- peers: begin -->\n", "<!-- peers: end -->\n"
PEERS = {"LangGraph": "langgraph", "Haystack": "haystack-ai", "DSPy": "dspy"}
SCRIPTS = {"LangGraph": "langgraph_faults", "Haystack": "haystack_faults", "DSPy": "dspy_faults"}


def main() -> None:
    """Measures all, and prints the table or writes it into a page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="an interpreter with the peers installed")
    parser.add_argument("page", nargs="?", type=Path)
    options = parser.parse_args()
    told = {"hdsl check": hdsl_faults.measured()}
    versions: list[str] = []
    for peer, script in SCRIPTS.items():
        path = Path(__file__).with_name(f"{script}.py")
        ran = subprocess.run([options.python, path], capture_output=True, text=True, check=True)
        told[peer] = json.loads(ran.stdout.splitlines()[-1])
        versions.append(f"{peer} {_version(options.python, PEERS[peer])}")
    table = "\n".join(_lines(told, versions)) + "\n"
    if options.page is None:
        print(table)
        return
    text = options.page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    options.page.write_text(before + BEGIN + table + END + rest.partition(END)[2], encoding="utf-8")


def _version(python: str, package: str) -> str:
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _lines(told: dict[str, dict[str, str | None]], versions: list[str]) -> list[str]:
    peers = list(told)
    lines = [f"| fault | {' | '.join(peers)} |", f"|---|{'---|' * len(peers)}"]
    for kind in KINDS:
        cells = [_cell(told[peer].get(kind)) for peer in peers]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    counts = []
    for peer in peers:
        found = [told[peer].get(kind) for kind in KINDS]
        counts.append(f"{sum(bool(each) for each in found)} of {sum(each is not None for each in found)}")
    lines.append(f"| **caught, of those that there are** | {' | '.join(counts)} |")
    lines += [
        "",
        f"{', '.join(versions)}. *–*: there is no such thing in it. The program without a fault is accepted by all.",
    ]
    return lines


def _cell(told: str | None) -> str:
    return "–" if told is None else told or "not caught"


if __name__ == "__main__":
    main()
