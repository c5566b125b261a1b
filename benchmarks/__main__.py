"""`make bench`: every table of this folder, one script after the other; the lab and the fuzzer run by themselves."""

import subprocess
import sys
from pathlib import Path

SCRIPTS = (
    "check",
    "editor",
    "future_tensor",
    "terminal",
    "terminal_idle",
    "patching",
    "learning",
    "retrieval",
    "model_calls",
    "capture",
    "pool",
)


def main() -> int:
    """Runs each script in a process of its own; the first exit code that is not 0."""
    folder = Path(__file__).parent
    for name in SCRIPTS:
        print(f"== {name}", flush=True)
        code = subprocess.run([sys.executable, str(folder / f"{name}.py")], cwd=folder.parent).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
