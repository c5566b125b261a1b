"""Whether this machine makes sandboxes."""

import shutil
import subprocess

import pytest


def works() -> bool:
    """Whether bubblewrap is here and is allowed to make namespaces."""
    program = shutil.which("bwrap")
    if program is None:
        return False
    tried = [program, "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    return subprocess.run(tried, capture_output=True).returncode == 0


needs_sandbox = pytest.mark.skipif(not works(), reason="needs bubblewrap that works")
