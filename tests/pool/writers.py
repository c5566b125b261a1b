"""Eight processes that publish into one pool and are killed (SIGKILL) at random moments; by itself, as a command.

    python -m tests.pool.writers FOLDER SEED ROUNDS

Prints, as JSON, the names of the segments that were published before their writer was killed, and how many were killed.
It forks before anything has threads, which is why it is a process of its own.
"""

import json
import os
import random
import selectors
import signal
import sys
import time

from hdsl.pool.pool import Pool
from hdsl.pool.rows import PooledRow
from hdsl.pool.signing import Key, key_from_seed

WRITERS = 8
MOST_BEFORE_A_KILL = 3
LONGEST_WAIT = 0.05
_NAME = 64


def keys() -> list[Key]:
    """The writers' keys."""
    return [key_from_seed(bytes([number + 100]) * 32) for number in range(WRITERS)]


def main(folder: str, seed: int, rounds: int) -> None:
    """Runs the rounds."""
    chance = random.Random(seed)
    published: list[str] = []
    for number in range(rounds):
        published += _round(folder, chance, f"{seed}.{number}")
    print(json.dumps({"published": published, "killed": rounds * WRITERS}))


def _round(folder: str, chance: random.Random, word: str) -> list[str]:
    selector = selectors.DefaultSelector()
    left: dict[int, int] = {}
    for number, key in enumerate(keys()):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _publish_without_end(folder, key, f"{word}.{number}", writing)
        os.close(writing)
        selector.register(reading, selectors.EVENT_READ, child)
        left[child] = chance.randint(1, MOST_BEFORE_A_KILL)
    heard: dict[int, bytes] = dict.fromkeys(left, b"")
    while selector.get_map():
        for ready, _ in selector.select():
            said = os.read(ready.fd, _NAME)
            heard[ready.data] += said
            left[ready.data] -= 1
            if not said:
                selector.unregister(ready.fd)
                os.close(ready.fd)
                os.waitpid(ready.data, 0)
            elif left[ready.data] == 0:
                time.sleep(chance.random() * LONGEST_WAIT)  # so that it may be anywhere in its next segment
                os.kill(ready.data, signal.SIGKILL)
    said_whole = (told[at : at + _NAME] for told in heard.values() for at in range(0, len(told), _NAME))
    return [name.decode() for name in said_whole if len(name) == _NAME]


def _publish_without_end(folder: str, key: Key, word: str, writing: int) -> None:
    try:
        pool = Pool.open(folder)
        number = 0
        while True:
            number += 1
            rows = [PooledRow("notes.facts", f"{word} {each}", f"{number}?", f"answer {each}") for each in range(50)]
            for segment in pool.publish(rows, key):
                os.write(writing, segment.name.encode())
    finally:
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
