"""Building the programs of one peer: what is raised while each is built is what it says of the fault."""

import json
from collections.abc import Callable, Mapping


def report(valid: Callable[[], object], faults: Mapping[str, Callable[[], object]]) -> None:
    """Prints, as JSON, of each fault the kind of exception it is told by, or an empty text."""
    valid()
    told: dict[str, str] = {}
    for kind, build in faults.items():
        try:
            build()
            told[kind] = ""
        except Exception as error:
            told[kind] = f"`{type(error).__name__}`"
    print(json.dumps(told))
