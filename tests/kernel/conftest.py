"""Tests of kernels see no key, server or proxy of the machine they run on."""

import os

import pytest


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("ANTHROPIC_", "OPENAI_", "CLAUDE_", "HDSL_", "LLM_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
