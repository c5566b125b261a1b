"""A llama.cpp server in this process, which ends with it; or one that runs already."""

import contextlib
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

_CONTEXT = 16_384
_LOADING = 120.0
_ERRORS_AND_WARNINGS = 2


@contextlib.contextmanager
def model_server(model: Path | None, base_url: str, threads: int) -> Iterator[str]:
    """The address to ask, with /v1; empty where there is neither a model nor an address."""
    if model is None or base_url:
        yield base_url
        return
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.n_ctx = _CONTEXT
    parameters.n_parallel = 1
    parameters.warmup = False
    parameters.cpuparams.n_threads = threads
    parameters.port = 0
    parameters.verbosity = _ERRORS_AND_WARNINGS
    server = xllamacpp.Server(parameters)
    address = server.listening_address
    _wait(address)
    yield f"{address}/v1"


def _wait(address: str) -> None:
    """Returns when the model is loaded; a server answers 503 until then."""
    ends = time.monotonic() + _LOADING
    while time.monotonic() < ends:
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(f"{address}/health", timeout=5):
            return
        time.sleep(0.2)
    raise TimeoutError(f"the model server at {address} was not ready within {_LOADING:.0f} s")
