"""`hdsl`: finds the command and runs it. Each command is a module of this package, imported when it is called."""

from __future__ import annotations

import os
import sys

from hdsl.ground.errors import INTERRUPTED, WRONG_USAGE, HdslError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable

COMMANDS = {
    "check": "check files and folders",
    "fmt": "format files",
    "explain": "explain a diagnostic",
    "compile": "write the lowered program of a harness as Python",
    "graph": "the graph of a harness with inferred types, shapes, effects",
    "cost": "static bounds: model calls, world writes, waiting time",
    "author": "let a model write a harness, corrected by the checker and its own tests",
    "run": "run a harness",
    "test": "run the test blocks of files",
    "train": "train the experience that a harness reaches",
    "reflect": "which nodes are to blame for what goes wrong on the training data",
    "evolve": "search for edits that make a graph better, beside what the same calls buy otherwise",
    "tasks": "make training data from a Python repository, judged by its own tests",
    "report": "the record of a run as one HTML file",
    "sessions": "read recorded sessions of agents: import, show, export, replay",
    "add-tools": "declare the tools of an MCP server as operations of a module",
    "export": "write harnesses as skills, a plugin, an MCP server or a Python package",
    "serve": "serve harnesses as tools of an MCP server",
    "capture": "record what an agent or a person does in a shell: Claude Code, bash, MCP",
    "experience": "look after what was learned: show, log, diff, undo, merge, dedupe, import, export",
    "pool": "share experience: push and pull signed rows, see who vouches, revoke keys",
    "doctor": "what is configured, and whether it works: kernels, servers, models, tmux",
    "card": "what a model needs to write .hg",
    "grammar": "the grammar, for a parser or a constrained decoder",
    "lsp": "the language server, for an editor",
}


_OF_ITS_OWN = frozenset({"author", "run", "train", "test", "reflect", "evolve", "tasks", "serve", "export", "pool"})
"""The commands that ask kernels and open terminals: they end in good order when a signal comes, whatever functions
still do, and a model that they let act finds no secrets in this process."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and is its exit code. Without `arguments` it is the process's own command, and ends it."""
    if arguments is not None:
        from hdsl.cli import output

        output.prepare()
        return told_if_ended("hdsl", lambda: _dispatched(arguments))
    words = sys.argv[1:]
    return as_process("hdsl", lambda: _dispatched(words), is_of_its_own=bool(words) and words[0] in _OF_ITS_OWN)


def as_process(name: str, work: Callable[[], int], *, is_of_its_own: bool) -> int:
    """Does the work of this process, and is its exit code; what ends it is told as of `name`.

    `is_of_its_own`: as of the commands that ask kernels.
    """
    from hdsl.cli import output

    output.occupy_closed_streams()
    output.prepare()

    def prepared() -> int:
        if is_of_its_own:
            from hdsl.future.stopping import stopping

            stopping().install()
            _hide_secrets()
        return work()

    try:
        code = told_if_ended(name, prepared)
    except SystemExit as ended:  # of argparse: help, or wrong usage
        code = ended.code if isinstance(ended.code, int) else WRONG_USAGE
    code = _flushed(code)
    if is_of_its_own:
        # Not waited for: threads that a function of the program has started, or still blocks.
        import atexit

        atexit._run_exitfuncs()
        os._exit(code)
    return code


def told_if_ended(name: str, work: Callable[[], int]) -> int:
    """The exit code of work that a signal, or whoever reads its output, may end; what ended it is told as of `name`."""
    from hdsl.cli import output

    try:
        return work()
    except KeyboardInterrupt as interrupt:
        from hdsl.future.stopping import exit_code

        code = exit_code(interrupt)
        output.tell(f"{name}: {'interrupted' if code == INTERRUPTED else 'terminated'}")
        return code
    except BrokenPipeError:
        # Whoever read the output has gone: nothing more to say, and the interpreter must not say it at its end.
        sys.stdout = None
        return 0
    except output.OutputError as error:
        output.tell(f"{name}: {error}")
        return WRONG_USAGE


def _dispatched(words: list[str]) -> int:
    from hdsl.cli.output import show, tell

    if not words:
        tell(_overview().rstrip("\n"))
        return WRONG_USAGE
    if words[0] in ("-h", "--help", "help"):
        show(_overview(), end="")
        return 0
    if words[0] == "--version":
        from hdsl import __version__

        show(f"hdsl {__version__}")
        return 0
    if words[0] not in COMMANDS:
        return _unknown(words[0])
    return _command(words[0], words[1:])


def _command(name: str, words: list[str]) -> int:
    """Runs one command."""
    import importlib

    def work() -> int:
        code: int = importlib.import_module(_module_of(name)).run(words)
        return code

    return told_if_refused(f"hdsl {name}", work)


def told_if_refused(name: str, work: Callable[[], int]) -> int:
    """The exit code of work, all of it written. Every error that a user is told about ends here, told as of `name`,
    unless the work knows more to say of it."""
    from hdsl.cli.errors import error_message
    from hdsl.cli.output import flush, tell

    try:
        os.getcwd()  # noqa: PTH109 - pathlib is slow to import
    except OSError:
        tell(f"{name}: the working folder is gone; change to another one")
        return WRONG_USAGE
    try:
        code = work()
        flush()
    except HdslError as error:
        tell(f"{name}: {_redacted(str(error))}")
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:
        tell(f"{name}: {_redacted(error_message(error))}")
        return WRONG_USAGE
    return code


def parsers() -> dict[str, ArgumentParser]:
    """What each command takes, by its name."""
    import importlib

    return {name: importlib.import_module(_module_of(name)).make_parser() for name in COMMANDS}


def _module_of(name: str) -> str:
    return f"hdsl.cli.{name.replace('-', '_')}"


def _flushed(code: int) -> int:
    """The exit code, when everything that was printed is written."""
    from hdsl.cli.output import OutputError, flush, tell

    try:
        flush()
    except BrokenPipeError:
        sys.stdout = None
    except OutputError as error:
        tell(f"hdsl: {error}")
        return code or WRONG_USAGE
    return code


def _hide_secrets() -> None:
    from hdsl.ground.process import hide_environment, refuse_inspection

    hide_environment()
    refuse_inspection()


def _redacted(message: str) -> str:
    from hdsl.ground.secrets import Redactor, known_secrets

    return Redactor(known_secrets())(message)


def _overview() -> str:
    lines = ["hdsl: the language of harness graphs", "", "usage: hdsl COMMAND …", ""]
    lines += [f"  {name:<10} {summary}" for name, summary in COMMANDS.items()]
    return "\n".join([*lines, "", "`hdsl COMMAND --help` shows its options and an example.", ""])


def _unknown(word: str) -> int:
    from hdsl.cli.output import tell
    from hdsl.ground.spelling import did_you_mean

    tell(f"hdsl: unknown command `{word}`. {did_you_mean(word, COMMANDS, '`hdsl --help` lists them.')}")
    return WRONG_USAGE


if __name__ == "__main__":
    sys.exit(main())
