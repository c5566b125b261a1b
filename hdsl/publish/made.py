"""The files of the repository that are made from the sources; `python -m hdsl.publish` writes them."""

from hdsl.publish import operation_pages, python_api, settings_page


def made_files() -> dict[str, str]:
    """Their texts by path from the repository's root; `diagnostic_pages` makes the pages of the diagnostics."""
    return {
        "hdsl/__init__.pyi": python_api.stub(),
        "docs/configuration.md": settings_page.page(),
        "docs/reference/operations.md": operation_pages.page(),
        "docs/reference/python.md": python_api.page(),
    }
