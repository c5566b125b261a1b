"""The process that holds the local model: llama.cpp's server on a loopback port, with a key that only its parent knows.

It is a program, run by its path: it imports nothing of ours, so that it starts quickly. Its parent writes one line of
JSON (`LocalModel` as an object, and the key), reads one with the address, and keeps stdin open for as long as the
model is wanted. What llama.cpp prints goes to stderr, which the parent keeps away from our output.
"""

import json
import os
import signal
import sys
import threading
from typing import Any

ERRORS_AND_WARNINGS = 2
"""llama.cpp's word for how much it says."""

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serves until stdin ends."""
    asked = json.loads(_line_of_stdin())
    told = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _end_with_parent()
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    import xllamacpp

    try:
        server = xllamacpp.Server(_parameters(xllamacpp.CommonParams(), asked))
    except RuntimeError:  # llama.cpp has said why
        os._exit(1)
    print(json.dumps({"address": server.listening_address}), file=told, flush=True)
    threading.Event().wait()


def _parameters(parameters: Any, asked: dict[str, Any]) -> Any:
    parameters.model.path = asked["path"]
    parameters.n_parallel = asked["parallel"]
    parameters.n_ctx = asked["context"] * asked["parallel"]  # it is shared out among the questions
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = asked["threads"]
    parameters.sampling.temp = 0.0  # a request may ask for another temperature
    parameters.api_keys = [asked["key"]]
    parameters.port = 0
    parameters.n_threads_http = asked["parallel"] + 2
    parameters.cache_ram_mib = 0  # by default it keeps up to 8 GB of earlier prompts
    parameters.warmup = parameters.ui = False
    parameters.offline = True
    parameters.verbosity = ERRORS_AND_WARNINGS
    return parameters


def _line_of_stdin() -> bytes:
    """The first line, read byte by byte: nothing may be left in a buffer that another thread would have to lock."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return line


def _end_with_stdin() -> None:
    while os.read(0, 1):
        continue
    os._exit(0)


def _end_with_parent() -> None:
    """At once, also while a model is loaded, when Python cannot see that stdin has ended."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    main()
