"""The process of one isolated call: `python -m hdsl.ops.isolated_process`.

The call comes on stdin, the result goes to stdout, both as JSON. It imports little: each call pays for it.
"""

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hdsl.future.status import Status
from hdsl.ground.processes import end_with


def _serve() -> None:
    """Takes one call and answers it; what the function prints goes to stderr."""
    call = json.loads(sys.stdin.buffer.read())
    answer = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    end_with(call["parent"])
    try:
        sys.path[:] = call["path"]
        result = _function(call)(*call["arguments"], **call["options"])
        value = {"list": list(map(_listed, result))} if isinstance(result, list) else _element(result)
    except BaseException as error:
        value = {"error": f"{type(error).__name__}: {error}" if str(error) else type(error).__name__}
    with os.fdopen(answer, "wb") as file:
        file.write(json.dumps(value).encode())
    os._exit(0)


def _element(result: Any) -> dict[str, Any]:
    text, status = result if isinstance(result, tuple) else (result, Status.confidence(1.0))
    if not isinstance(text, str) or not isinstance(status, Status):
        raise TypeError(f"an element is (text, Status), not ({type(text).__name__}, {type(status).__name__})")
    return {"text": text, "coefficient": status.coefficient, "cause": status.cause}


def _listed(each: Any) -> dict[str, Any] | None:
    return None if each is None else _element(each)


def _function(call: Mapping[str, Any]) -> Callable[..., Any]:
    found: Any
    try:
        found = importlib.import_module(call["module"])
    except ModuleNotFoundError:
        # A file beside a `.hg` file, which is not a module that could be imported by a name.
        specification = importlib.util.spec_from_file_location(call["module"], Path(call["file"]))
        assert specification is not None and specification.loader is not None
        found = importlib.util.module_from_spec(specification)
        sys.modules[call["module"]] = found
        specification.loader.exec_module(found)
    for name in call["function"].split("."):
        found = getattr(found, name)
    function: Callable[..., Any] = found
    return function


if __name__ == "__main__":
    _serve()
