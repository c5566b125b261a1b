"""What other processes can read of this one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")

SECRET = "planted-0123456789"
SCRIPT = """
import os, subprocess
from pathlib import Path
from hdsl.ground.process import hide_environment

assert hide_environment() and hide_environment()
read = ["cat", f"/proc/{os.getpid()}/environ"]
shown = subprocess.run(read, capture_output=True, check=True, env={"PATH": os.environ["PATH"]}).stdout
print(shown.strip(b"\\0"), os.environ["A_TOKEN"], subprocess.getoutput("echo $A_TOKEN"))
"""
INSPECTED = """
import os, subprocess, sys
from hdsl.ground.process import refuse_inspection

refuse_inspection()
os.setuid(65534)
refuse_inspection()
read = f"cat /proc/{os.getpid()}/environ || head -c1 /proc/{os.getpid()}/mem"
print(subprocess.run(read, shell=True, capture_output=True).stderr.count(b"Permission denied"))
"""


def run(script: str) -> str:
    environment = {**os.environ, "A_TOKEN": SECRET}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_environment_is_hidden_from_others_and_kept_for_this_process_and_its_children() -> None:
    assert run(SCRIPT) == f"b'' {SECRET} {SECRET}\n"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user, who is then not root")
def test_no_other_process_of_the_user_reads_the_memory() -> None:
    assert run(INSPECTED) == "2\n"
