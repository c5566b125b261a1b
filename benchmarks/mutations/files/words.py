"""Operations of own_ops.hg."""

from hdsl.future.status import Status


def count_words(x: str, *, least: int = 1) -> tuple[str, Status]:
    """The text, failed where it has fewer words."""
    count = len(x.split())
    return x, Status.confidence(1.0) if count >= least else Status.failed_because(f"{count} words")


def look_up(word: str, *, language: str = "en") -> str:
    """What the dictionary says."""
    return f"{word} ({language})"


def publish(x: str) -> str:
    """The text, which hangs there now."""
    return x
