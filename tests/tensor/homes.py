"""What tests of both homes share."""

from hdsl.storage.folder import Folder
from hdsl.storage.pack import Pack
from hdsl.storage.store import Home


def reopened(home: Home) -> Home:
    """The home as another process that comes later finds it."""
    home.close()
    return Folder(home.root) if isinstance(home, Folder) else Pack(home.root)
