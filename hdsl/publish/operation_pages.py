"""The reference of operations: the declarations in `stdlib/`, each with an example from `docs/reference/examples/`."""

from collections.abc import Iterator
from pathlib import Path

from hdsl.check.library import library
from hdsl.graph.signature import Signature
from hdsl.graph.signature_text import shown_signature

EXAMPLES = Path(__file__).parents[2] / "docs" / "reference" / "examples"
"""One file for each operation, `join.hg` or `terminal.capture.hg`; it checks, and its test blocks pass."""

_HEAD = """# Operations

Every operation of the prelude and every module of the standard library, as `stdlib/` declares it, with an example that
calls it. [The language](../language.md) explains types, shapes, effects and kinds. Made by `python -m hdsl.publish`.
"""
_MODULES = {"prelude": "Available in every file, without `use`."}


def page() -> str:
    """The whole page in Markdown."""
    parts = [_HEAD]
    for module in sorted(library(), key=lambda name: (name != "prelude", name)):
        parts.append(f"## {module}\n\n{_MODULES.get(module, f'Brought in by `use {module}`.')}\n")
        for kind in library()[module].types.values():
            parts.append(_labels(kind.name, kind.labels or ()))
        for signature in library()[module].callables.values():
            parts.append("\n".join(_entry(module, signature)))
    return "\n".join(parts)


def example_of(module: str, name: str) -> Path:
    """The file of an operation's example."""
    prefix = "" if module == "prelude" else f"{module.removeprefix('std.')}."
    return EXAMPLES / f"{prefix}{name}.hg"


def _labels(name: str, labels: tuple[tuple[str, str], ...]) -> str:
    rows = "".join(f"| `{text}` | {about} |\n" for text, about in labels)
    return f"### type `{name}`\n\n| label | meaning |\n|---|---|\n{rows}"


def _entry(module: str, signature: Signature) -> Iterator[str]:
    yield f"### `{signature.name}`\n"
    yield f"{library()[module].source.documentation(signature.span.start)}\n"
    yield f"```text\n{shown_signature(signature)}\n```\n"
    if not signature.is_harness:
        yield f"Kind: [`{signature.kind}`](../language.md#operations-of-your-own).\n"
    example = example_of(module, signature.name).read_text(encoding="utf-8")
    yield f"```hg\n{example}```\n"
