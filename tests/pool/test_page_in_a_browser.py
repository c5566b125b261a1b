"""The page of a served pool in a real browser, where there is one: what others wrote is shown, and does nothing."""

import shutil
import subprocess

import pytest

from tests.pool.people import BOB, pool_of, row
from tests.pool.serving import TOKEN, served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --virtual-time-budget=2000 --dump-dom"
)
ATTACK = (
    '<script>document.title="owned"</script><img src=x onerror=\'document.title="owned"\'>'
    "</td></table><style>body{display:none}</style><a href=javascript:document.title=1>x</a>"
)


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_a_browser_shows_rows_and_runs_nothing_of_them(tmp_path):
    pool = pool_of(tmp_path / "pool", (BOB, "<b>bob</b>"))
    pool.publish([row(ATTACK, key=ATTACK, query="")], BOB)
    with served(pool) as url:
        shown = subprocess.run(
            [str(CHROMIUM), *FLAGS.split(), f"--user-data-dir={tmp_path / 'profile'}", f"{url}/?token={TOKEN}"],
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=110,
        ).stdout
    assert "<title>Pool of ann</title>" in shown
    assert "1–1 of 1 row" in shown and "&lt;b&gt;bob&lt;/b&gt;" in shown
    assert shown.count("<style>") == 1 and "<script" not in shown and "<img" not in shown and "<b>" not in shown
    assert TOKEN not in shown
