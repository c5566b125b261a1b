"""A port at which nobody answers."""

import contextlib
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def port_of_nobody() -> Iterator[int]:
    """A port of this machine that refuses connections while the context lasts: it is taken, and not listened to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
