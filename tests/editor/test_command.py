"""`hdsl lsp` where it cannot serve, and how it ends."""

import subprocess
import sys
from unittest import mock

from tests.commands import REPOSITORY, hdsl
from tests.editor.client import Editor


def test_without_pygls_it_says_what_to_install(tmp_path):
    hidden = dict.fromkeys([name for name in sys.modules if name.partition(".")[0] in ("pygls", "lsprotocol")])
    known = [name for name in sys.modules if name.startswith("hdsl.editor")]
    with mock.patch.dict(sys.modules, {**hidden, "pygls": None, "lsprotocol": None}):
        for name in known:
            del sys.modules[name]
        ended = hdsl("lsp", folder=tmp_path)
    assert ended.code == 2
    assert ended.err == "hdsl lsp: the language server needs pygls: pip install 'hdsl[lsp]'\n"
    assert ended.out == ""


def test_an_editor_that_goes_without_goodbye_ends_it(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "hdsl", "lsp", "--stdio"], cwd=REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True
    )
    assert ended.returncode == 1
    assert ended.stdout == b""


def test_it_ends_after_goodbye(tmp_path):
    assert Editor(tmp_path).stop() == 0


def test_the_server_needs_nothing_heavy():
    heavy = ("torch", "openai", "libtmux", "numpy")
    program = f"import sys, hdsl.editor.server; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True)
    assert ran.stdout == "[]\n"
