"""What passes between an executor and its workers: a JSON object a line; what goes to a worker may hold pickled values.

Only the side that started a worker pickles, and only the worker unpickles: it runs what it is told to anyway.
"""

import base64
import json
import pickle
from typing import Any

Frame = dict[str, Any]


def encode(frame: Frame) -> bytes:
    """A frame as a line."""
    return json.dumps(frame, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Frame:
    """The frame of a line. ValueError for a line that is none."""
    frame = json.loads(line)
    if not isinstance(frame, dict):
        raise ValueError("a frame is an object")
    return frame


def packed(value: Any) -> str:
    """Any value, for a worker."""
    return base64.b64encode(pickle.dumps(value, pickle.HIGHEST_PROTOCOL)).decode("ascii")


def unpacked(text: str) -> Any:
    """The value, in the worker."""
    return pickle.loads(base64.b64decode(text))
