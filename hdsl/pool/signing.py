"""Keys (Ed25519), and DSSE envelopes: signed bytes whose signature is checked before anything reads them.

A key is named by the 64 hexadecimal digits of its public half; the private half never leaves its file.
"""

import os
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.pool.canonical import NotCanonical, canonical, from_canonical
from hdsl.pool.faults import needs_package
from hdsl.pool.kept_secrets import Kind, load, load_or_make

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_NAME = re.compile(r"[0-9a-f]{64}")
_KEY = Kind(KEY_NAME, "holds no key of a pool: a key is 64 hexadecimal digits on one line")


class BadSignature(ValueError):  # noqa: N818 - a state
    """Bytes that are not a signed envelope; the message says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """A private key. `name`: its public half."""

    name: str
    _private: "Ed25519PrivateKey" = field(repr=False, compare=False)

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        return self._private.sign(message)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Signed bytes: who signed them, as what."""

    key: str
    payload_type: str
    payload: bytes


def new_key() -> Key:
    """A new key, kept nowhere."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ModuleNotFoundError as error:
        raise needs_package(error) from None
    return _key(Ed25519PrivateKey.generate())


def key_from_seed(seed: bytes) -> Key:
    """The key of 32 secret bytes."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ModuleNotFoundError as error:
        raise needs_package(error) from None
    return _key(Ed25519PrivateKey.from_private_bytes(seed))


def key_file(setting: Path | None) -> Path:
    """The file of a person's key: that of the setting, else the one in the user's data folder."""
    if setting is not None:
        return setting
    data = os.environ.get("XDG_DATA_HOME", "")
    return (Path(data) if data.startswith("/") else Path.home() / ".local" / "share") / "hdsl" / "pool.key"


def load_key(file: Path) -> Key:
    """The key in a file. PoolError where it holds none or others can read it, FileNotFoundError without a file."""
    return key_from_seed(bytes.fromhex(load(file, _KEY)))


def load_or_make_key(file: Path) -> Key:
    """The key in a file, which is made if it is not there."""
    return key_from_seed(bytes.fromhex(load_or_make(file, _KEY, lambda: os.urandom(32).hex())))


def signed(payload_type: str, payload: bytes, key: Key) -> bytes:
    """The envelope of some bytes, in its one canonical form."""
    signature = key.sign(_message(payload_type, payload))
    return canonical(
        {
            "payload": b64encode(payload).decode("ascii"),
            "payloadType": payload_type,
            "signatures": [{"keyid": key.name, "sig": b64encode(signature).decode("ascii")}],
        }
    )


def opened(data: bytes) -> Envelope:
    """What an envelope holds, if its signature is good. BadSignature if it is not, or if this is not an envelope."""
    try:
        value = from_canonical(data)
        (entry,) = value["signatures"]
        key, payload_type = entry["keyid"], value["payloadType"]
        payload, signature = (_decoded(text) for text in (value["payload"], entry["sig"]))
        if set(value) != {"payload", "payloadType", "signatures"} or set(entry) != {"keyid", "sig"}:
            raise ValueError
        if not isinstance(payload_type, str) or not KEY_NAME.fullmatch(key):
            raise ValueError
    except NotCanonical as error:
        raise BadSignature(f"it is not a signed envelope: {error}") from None
    except (KeyError, TypeError, ValueError):
        raise BadSignature("it is not a signed envelope (DSSE) with one signature by an Ed25519 key") from None
    _verify(key, signature, _message(payload_type, payload))
    return Envelope(key, payload_type, payload)


def _key(private: "Ed25519PrivateKey") -> Key:
    return Key(private.public_key().public_bytes_raw().hex(), private)


def _message(payload_type: str, payload: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _decoded(text: str) -> bytes:
    data = b64decode(text, validate=True)
    if b64encode(data).decode("ascii") != text:  # unused bits that are not zero: another form of the same bytes
        raise ValueError
    return data


def _verify(key: str, signature: bytes, message: bytes) -> None:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ModuleNotFoundError as error:
        raise needs_package(error) from None
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise BadSignature(f"its signature is not one of key {key[:12]}") from None
