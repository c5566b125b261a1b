"""The version of the code that answers of checks are kept for."""

import subprocess
import sys
from pathlib import Path

from hdsl.ground.resources import FOLDERS_OF_CHECK

_SCRIPT = """
import sys
from hdsl.cli.main import main
for module in ("hdsl.check.wording", "hdsl.check.seed_files", "hdsl.policy.deciding", "hdsl.configuration.settings"):
    __import__(module)
print(main(["check", sys.argv[1]]), *(m.__file__ for n, m in sys.modules.items() if n.startswith("hdsl")), sep="\\n")
"""


def test_what_a_check_loads_is_part_of_the_version(tmp_path: Path) -> None:
    file = tmp_path / "wrong.hg"
    file.write_text("hdsl 1\n\nharness main(question: text[B]) -> text[B] {\n  answer: text[B] = lm(question)\n}\n")
    package = Path(sys.modules["hdsl"].__file__ or "").parent
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(file)],
        capture_output=True,
        text=True,
        check=True,
        env={"XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(package.parent)},
    )
    loaded = {Path(line).parent for line in done.stdout.splitlines() if line.startswith(str(package))}
    known = {(package / folder).resolve() for folder in FOLDERS_OF_CHECK}
    assert loaded - known == {package / "cli"}
