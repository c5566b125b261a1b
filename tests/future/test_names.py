"""The public Python API: names that load when they are asked for."""

import subprocess
import sys

import pytest

import hdsl


def test_every_public_name_loads() -> None:
    assert {name: hasattr(hdsl, name) for name in hdsl.__all__} == dict.fromkeys(hdsl.__all__, True)
    assert set(hdsl.__all__) <= set(dir(hdsl))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = hdsl.nothing


def test_importing_hdsl_imports_nothing_heavy() -> None:
    script = "import hdsl, sys; sys.exit(any(name in sys.modules for name in ('torch', 'numpy', 'asyncio', 'aiohttp')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
