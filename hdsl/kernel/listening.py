"""Listening to an answer while it comes: how long the next event may take, and when enough was said."""

import asyncio

_EVENT = b"\ndata:"


class Listener:
    """Hears the blocks of one reply. Each event of a stream begins the time of the timeout anew.

    A reply that is not a stream has the timeout as a whole, and comments that keep a stream open are not events.
    """

    def __init__(self, timeout: float, most_events: int, most_bytes: int) -> None:
        self.had_enough = False
        """Whether more was said than an answer may have, so that the rest was not listened to."""
        self._timeout, self._most_events, self._most_bytes = timeout, most_events, most_bytes
        self._events = self._bytes = 0
        self._tail = b"\n"
        self._patience = asyncio.timeout(timeout)

    def patience(self) -> asyncio.Timeout:
        """The timeout in which the reply is awaited."""
        return self._patience

    def hear(self, block: bytes) -> bool:
        """Takes the next block; whether to go on listening."""
        self._bytes += len(block)
        heard = self._tail + block
        found = heard.count(_EVENT)
        self._tail = heard[1 - len(_EVENT) :]
        if found:
            self._events += found
            self._patience.reschedule(asyncio.get_running_loop().time() + self._timeout)
        is_stream = self._events > 0
        self.had_enough = is_stream and (self._events > self._most_events or self._bytes > self._most_bytes)
        return not self.had_enough
