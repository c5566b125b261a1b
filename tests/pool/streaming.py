"""Publishes rows to a pool one by one, and says each on stdout when the server has acknowledged it: URL, key, name."""

import sys
from itertools import count

from hdsl.pool.pool import Pool
from hdsl.pool.rows import PooledRow
from hdsl.pool.signing import key_from_seed


def main() -> None:
    """Publishes until it is killed, or the server is."""
    url, key, name = sys.argv[1], key_from_seed(bytes([int(sys.argv[2])]) * 32), sys.argv[3]
    pool = Pool.open(url)
    for number in count():
        value = f"{name} {number}"
        pool.publish([PooledRow("notes.facts", "", f"question {value}", value)], key)
        print(value, flush=True)


if __name__ == "__main__":
    main()
