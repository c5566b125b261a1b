"""The summary of a reflection, read back from `runs/ID/reflect.json`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl.ground.errors import HdslError
from hdsl.ground.files import read_regular

RECORD = "reflect.json"


class NoReflection(HdslError):  # noqa: N818 - a state
    """A run holds no reflection, or one that cannot be read; the message says which."""


@dataclass(frozen=True, slots=True)
class RecordedNode:
    """What a reflection found of a node."""

    path: str
    blame: float
    examples: tuple[int, ...]
    ran: int
    failed: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a reflection found of a harness."""

    harness: str
    nodes: tuple[RecordedNode, ...]


def read_reflection(folder: Path) -> Recorded:
    """The record of a reflection. NoReflection where there is none."""
    path = folder / RECORD
    try:
        value = json.loads(read_regular(path))
        return Recorded(str(value["harness"]), tuple(map(_node, value["nodes"])))
    except (FileNotFoundError, NotADirectoryError):
        reason = "has no reflection: `hdsl reflect` makes one" if folder.is_dir() else "is not there"
        raise NoReflection(f"the run {folder} {reason}") from None
    except KeyError as error:
        raise NoReflection(f"{path} holds no summary ({error.args[0]!r} is missing): it did not end") from None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        reason = str(error.strerror) if isinstance(error, OSError) else "it is not what hdsl wrote"
        raise NoReflection(f"{path} cannot be read: {reason}") from None


def _node(value: Any) -> RecordedNode:
    examples = tuple(int(each) for each in value["examples"])
    return RecordedNode(str(value["path"]), float(value["blame"]), examples, int(value["ran"]), int(value["failed"]))
