"""The token that opens a served pool: made once for a user, and kept in a file that nobody else can read."""

import hmac
import re
import secrets
from pathlib import Path

from hdsl.pool.kept_secrets import Kind, load, load_or_make
from hdsl.pool.signing import key_file

VARIABLE = "HDSL_POOL_TOKEN"
"""The environment variable with the token of somebody else's server."""
_TOKEN = Kind(
    re.compile(r"[A-Za-z0-9_-]{20,200}"), "holds no token: remove it, and the next `hdsl pool serve` makes one"
)


def token_file() -> Path:
    """The file of this user's token, beside the key."""
    return key_file(None).with_name("pool.token")


def load_or_make_token(file: Path) -> str:
    """The token in a file, which is made if it is not there."""
    return load_or_make(file, _TOKEN, lambda: secrets.token_urlsafe(32))


def load_token(file: Path) -> str:
    """The token in a file. PoolError where it holds none or others can read it, FileNotFoundError without a file."""
    return load(file, _TOKEN)


def page_token(token: str) -> str:
    """What a browser is given to look at the page: it is made from the token, and the token cannot be made from it."""
    return hmac.new(token.encode(), b"hdsl pool page", "sha256").hexdigest()


def is_same(given: str, token: str) -> bool:
    """Whether two tokens are equal, in a time that does not say how far they agree."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode("ascii"))
