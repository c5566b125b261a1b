"""The key of a model server: checked once, sent in one header, and hidden in whatever is shown."""

import json
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import quote

from hdsl.configuration.files import SettingsError
from hdsl.ground.secrets import Redactor
from hdsl.kernel.address import ServerAddress

_VARIABLES = "OPENAI_API_KEY (or LLM_API_KEY)"
_QUOTES = "\"'`"
_AZURE = ".azure.com"
_TOKEN = "eyJ"
"""How a JSON Web Token begins, which Azure takes as a bearer and not as a key."""


def check_key(key: str) -> None:
    """SettingsError if the key cannot be one; the message names the character, and never shows the key."""
    if len(key) > 1 and key[0] in _QUOTES and key[-1] == key[0]:
        raise SettingsError(f"{_VARIABLES}: the key stands in quotation marks: set it without them")
    for position, character in enumerate(key, 1):
        if not "!" <= character <= "~":
            raise SettingsError(
                f"{_VARIABLES}: character {position} of {len(key)} is {_name(character)}, which no key contains: "
                "copy the key again"
            )


def authorization(address: ServerAddress, key: str) -> Mapping[str, str]:
    """The header that carries the key; a user and a password in the address go before the key."""
    if address.user or address.password:
        return {"Authorization": f"Basic {_basic(address)}"}
    if not key:
        return {}
    if address.host.endswith(_AZURE) and not key.startswith(_TOKEN):
        return {"api-key": key}
    return {"Authorization": f"Bearer {key}"}


def hider(address: ServerAddress, key: str) -> Callable[[str], str]:
    """A function that hides the key and the password in a text, also as JSON or an address would write them."""
    secrets = [key, address.password]
    if address.password:
        secrets.append(_basic(address))
    return Redactor([form for secret in secrets for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""))])


def _basic(address: ServerAddress) -> str:
    return b64encode(f"{address.user}:{address.password}".encode()).decode()


def _name(character: str) -> str:
    known = {"\n": "a line break", "\r": "a line break", " ": "a space", "\t": "a tab"}
    return known.get(character) or unicodedata.name(character, "").lower() or f"U+{ord(character):04X}"
