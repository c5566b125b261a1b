"""`python -m hdsl.publish`, in a checkout: writes anew every file that is made from the sources."""

from pathlib import Path

from hdsl.cli.main import parsers
from hdsl.publish.diagnostic_pages import write_pages
from hdsl.publish.made import made_files

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Writes them all."""
    write_pages(ROOT / "docs" / "diagnostics")
    for name, text in made_files(parsers()).items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
