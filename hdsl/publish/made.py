"""The files of the repository that are made from the sources; `python -m hdsl.publish` writes them."""

import argparse
from collections.abc import Mapping

from hdsl.publish import command_pages, operation_pages, python_api, settings_page


def made_files(parsers: Mapping[str, argparse.ArgumentParser]) -> dict[str, str]:
    """Their texts by path from the repository's root; `diagnostic_pages` makes the pages of the diagnostics.

    `parsers`: those of all commands, by name.
    """
    return {
        "hdsl/__init__.pyi": python_api.stub(),
        "docs/configuration.md": settings_page.page(),
        "docs/reference/commands.md": command_pages.page(parsers),
        "docs/reference/operations.md": operation_pages.page(),
        "docs/reference/python.md": python_api.page(),
    }
