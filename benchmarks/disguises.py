"""Random programs whose operations are named like built-in ones, under ten schedules: `… disguises 20000 [SEED]`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.meaning.hunt import hunt


def main() -> None:
    """Prints how many checked, how many runs were ended for asking otherwise than they say, and what went wrong."""
    programs, start = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    checked = held = wrong = 0
    with TemporaryDirectory() as folder:
        for seed, each in enumerate(hunt(range(start, start + programs), Path(folder)), start):
            checked += each.checks
            held += each.was_held
            if each.wrong:
                wrong += 1
                print(f"seed {seed}: {each.wrong}\n{each.text}", flush=True)
    print(
        f"{programs} programs from seed {start}: {checked} check; of these {held} ended for asking otherwise than they "
        f"say; {wrong} wrong"
    )


if __name__ == "__main__":
    main()
