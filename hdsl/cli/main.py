"""`hdsl`: finds the command and runs it. Each command is a module of this package, imported when it is called."""

import sys

COMMANDS = {
    "check": "verify files and folders",
    "fmt": "lay files out in the one layout",
    "explain": "the page of a diagnostic",
    "graph": "the graph of a harness with inferred types, shapes, effects",
    "cost": "static bounds: model calls, world writes, waiting time",
    "run": "run a harness",
    "test": "run the test blocks of files",
    "train": "train the experience that a harness reaches",
    "experience": "look after what was learned: show, log, diff, undo, merge, dedupe, import, export",
    "card": "what a model needs to write .hg",
    "grammar": "the grammar, for a parser or a constrained decoder",
    "lsp": "the language server, for an editor",
}

ASKS_MODELS = frozenset({"run", "test", "train"})
"""The commands that ask kernels and open terminals, in which a model may look at this process."""

USAGE = 2


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and is its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words:
        print(_overview(), end="", file=sys.stderr)
        return USAGE
    if words[0] in ("-h", "--help", "help"):
        print(_overview(), end="")
        return 0
    if words[0] == "--version":
        from hdsl import __version__

        print(f"hdsl {__version__}")
        return 0
    if words[0] not in COMMANDS:
        return _unknown(words[0])
    if arguments is None and words[0] in ASKS_MODELS:
        _hide_secrets()
    try:
        return _command(words[0], words[1:])
    except KeyboardInterrupt:
        print("hdsl: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read the output has gone: nothing more to say, and the interpreter must not say it at its end.
        sys.stdout = None
        return 0


def _command(name: str, words: list[str]) -> int:
    import importlib

    from hdsl.cli.errors import CommandError

    module = importlib.import_module(f"hdsl.cli.{name}")
    try:
        code: int = module.run(words)
        sys.stdout.flush()
    except CommandError as error:
        print(f"hdsl {name}: {_redacted(str(error))}", file=sys.stderr)
        return error.code
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
    from difflib import get_close_matches

    close = get_close_matches(word, COMMANDS, n=1)
    hint = f" Did you mean `{close[0]}`?" if close else " `hdsl --help` lists them."
    print(f"hdsl: there is no command `{word}`.{hint}", file=sys.stderr)
    return USAGE


if __name__ == "__main__":
    sys.exit(main())
