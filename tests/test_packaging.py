"""The wheel, made from the sdist, in a fresh environment that holds what checking needs and nothing else."""

import subprocess
import sys
import venv
from pathlib import Path

import lark
import networkx
import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of an environment with hdsl from its wheel, and lark and networkx: what `pip install .` brings."""
    folder = tmp_path_factory.mktemp("packaging")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    for package in (lark, networkx):
        (site / package.__name__).symlink_to(Path(str(package.__file__)).parent)
    return python


def run(python: Path, *words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(python.with_name("hdsl")), *words], cwd=folder, capture_output=True, text=True, timeout=60
    )


def test_the_sdist_holds_what_the_repository_needs(fresh):
    import tarfile

    (archive,) = (fresh.parents[2] / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert {"grammar/hdsl.lark", "stdlib/prelude.hg", "README.md", "LICENSE", "Makefile"} <= names


def test_the_wheel_types_its_users(fresh):
    import zipfile

    (wheel,) = (fresh.parents[2] / "dist").glob("*.whl")
    assert {"hdsl/py.typed", "hdsl/__init__.pyi"} <= set(zipfile.ZipFile(wheel).namelist())


def test_checking_works_and_torch_is_not_there(fresh, tmp_path):
    missing = subprocess.run([str(fresh), "-c", "import torch"], capture_output=True, text=True)
    assert missing.returncode == 1
    assert run(fresh, "check", str(ROOT / "examples"), folder=tmp_path).returncode == 0
    graph = run(fresh, "graph", str(ROOT / "examples" / "coder" / "coder.hg"), folder=tmp_path)
    assert graph.returncode == 0
    assert '"path": "done.action"' in graph.stdout


@pytest.mark.parametrize("words", [["card"], ["grammar"], ["explain", "HG402"], ["--version"]])
def test_other_commands_work(fresh, tmp_path, words):
    ran = run(fresh, *words, folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout


def test_running_says_what_to_install(fresh, tmp_path):
    ran = run(fresh, "run", str(ROOT / "examples" / "coder" / "coder.hg"), "--task", "x", folder=tmp_path)
    assert ran.returncode == 2
    assert "pip install 'hdsl[run]'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_python_graph_is_networkx(fresh, tmp_path):
    code = f"""
from pathlib import Path
from hdsl.check.session import check_file
from hdsl.graph.inline import inline
checked = check_file(Path({str(ROOT / "examples" / "coder" / "coder.hg")!r}))
graph = inline(checked.module, checked.module.harnesses["coder"]).digraph
import networkx
assert networkx.is_directed_acyclic_graph(graph)
print(graph.number_of_nodes())
"""
    ran = subprocess.run([str(fresh), "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
