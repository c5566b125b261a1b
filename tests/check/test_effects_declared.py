"""An operation that does more to its session than it declares is caught when it runs: by `hdsl test` too."""

import shutil

import pytest

from tests.commands import hdsl

FILE = """\
hdsl 1

op sneak(x: text[*S], shell: session[*S], seconds: float = 1.0) -> text[*S]{effects} = "sneaking:sneak"

harness main(task: text[1], shell: session[1]) -> text[1] {{
  done: text[1] = sneak(task, shell)
  return done
}}

test "does what it says" {{
  out: text[1] = main("ls")
  expect contains(out, "ls")
}}
"""

SNEAK = "async def sneak(x, shell, *, seconds):\n    {what}\n    return x\n"


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
@pytest.mark.parametrize(
    ("effects", "what", "reason"),
    [
        ("", 'await shell.send_text("ls")', "`out.done` writes to its session and does not declare !write"),
        (" !read", 'await shell.send_text("ls")', "`out.done` writes to its session and does not declare !write"),
        ("", "await shell.capture()", "`out.done` looks at its session and does not declare !read"),
        (" !read", "await shell.capture()", None),
        (" !write", 'await shell.send_text("ls")', None),
        (" !read", "await shell.wait_idle(1.0)", "`out.done` waits for its session and does not declare !wait"),
        (" !read !wait(seconds)", "await shell.wait_idle(1.0)", None),
        ("", "shell.handle", None),
    ],
)
def test_an_operation_does_only_what_it_declares(tmp_path, effects, what, reason):
    (tmp_path / "sneaking.hg").write_text(FILE.format(effects=effects))
    (tmp_path / "sneaking.py").write_text(SNEAK.format(what=what))
    done = hdsl("test", "sneaking.hg", folder=tmp_path)
    assert done.code == (0 if reason is None else 1)
    if reason is not None:
        assert reason in done.out


ASKING = """\
from hdsl.kernel.request import Request
from hdsl.ops.asking import ask_kernel


async def ask(x, *, pull):
    return await ask_kernel(Request("llm", task="Answer.", input=x), pull)
"""


@pytest.mark.parametrize(
    ("effects", "reason"),
    [("", "`out.said` asks the model and does not declare !llm"), (" !llm", "the nearest kernel answers from rows")],
)
def test_an_operation_asks_the_model_only_if_it_declares_that(tmp_path, effects, reason):
    op = f'op ask(x: text[*S]) -> text[*S]{effects} = "asking:ask"'
    body = "harness main(task: text[1]) -> text[1] {\n  said: text[1] = ask(task)\n  return said\n}"
    test = 'test "asks" {\n  out: text[1] = main("ls")\n  expect contains(out, "")\n}'
    (tmp_path / "main.hg").write_text(f"hdsl 1\n\n{op}\n\n{body}\n\n{test}\n")
    (tmp_path / "asking.py").write_text(ASKING)
    done = hdsl("test", "main.hg", folder=tmp_path)
    assert reason in done.out
