"""The token that opens a served pool: made once for a user, and kept in a file that nobody else can read."""

import hmac
import os
import re
import secrets
from pathlib import Path

from hdsl.ground.files import PRIVATE_FILE, make_private_folder, read_regular, write_atomically
from hdsl.pool.faults import PoolError
from hdsl.pool.signing import key_file

VARIABLE = "HDSL_POOL_TOKEN"
"""The environment variable with the token of somebody else's server."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,200}")
_LARGEST = 4096


def token_file() -> Path:
    """The file of this user's token, beside the key."""
    return key_file(None).with_name("pool.token")


def load_or_make_token(file: Path) -> str:
    """The token in a file, which is made if it is not there. Of several processes that make it at once, one does."""
    try:
        return load_token(file)
    except FileNotFoundError:
        make_private_folder(file.parent)
        aside = file.with_name(f".{file.name}-{os.urandom(6).hex()}.tmp")
        write_atomically(aside, secrets.token_urlsafe(32) + "\n", mode=PRIVATE_FILE)
        try:
            os.link(aside, file)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
        return load_token(file)


def load_token(file: Path) -> str:
    """The token in a file. PoolError where it holds none or others can read it, FileNotFoundError without a file."""
    token = read_regular(file, _LARGEST).decode("ascii", "replace").strip()
    if not _TOKEN.fullmatch(token):
        raise PoolError(f"{file} holds no token: remove it, and the next `hdsl pool serve` makes one")
    if file.stat().st_mode & 0o077:
        raise PoolError(f"{file} can be read by others: chmod 600 {file}")
    return token


def page_token(token: str) -> str:
    """What a browser is given to look at the page: it is made from the token, and the token cannot be made from it."""
    return hmac.new(token.encode(), b"hdsl pool page", "sha256").hexdigest()


def is_same(given: str, token: str) -> bool:
    """Whether two tokens are equal, in a time that does not say how far they agree."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode("ascii"))
