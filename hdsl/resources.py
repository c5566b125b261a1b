"""Where the grammar and the standard library are: inside an installed package, else beside it in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_folder(name: str) -> Path:
    """The folder `grammar` or `stdlib`, from a wheel (`hdsl/_data/NAME`) or a checkout (`NAME` beside the package)."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def cache_folder() -> Path:
    """The folder of this user's caches, made when it is missing. Whoever cannot write there goes without a cache."""
    import os

    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "hdsl"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
