"""What pages of records are made of: texts within a limit, sections, how things ended, what they cost."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from hdsl.ground.display import marked_line
from hdsl.ground.page import escaped

LONGEST, IN_ALL = 20_000, 8_000_000
"""Characters of one text, and of all texts of a page, that are shown."""
MOST_SHOWN = 1_000
"""Things of one kind that are shown; the others are counted."""
_UNFOLDED = 20
_IN_A_LINE = 110

_Thing = TypeVar("_Thing")


class Shown:
    """Texts of one page, without secrets, as long as there is room for them."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self.redact = redact
        self._left = IN_ALL

    def block(self, text: str, kind: str = "") -> str:
        """A text as it is, in a block of its own; what is too long is cut, and how much of it is said."""
        hidden = self.redact(text)
        room = max(0, min(LONGEST, self._left))
        self._left -= min(len(hidden), room)
        style = f' class="{kind}"' if kind else ""
        cut = len(hidden) - room
        more = f'<p class="quiet">… {cut:,} more characters, in the record</p>' if cut > 0 else ""
        return f"<pre{style}>{escaped(hidden[:room])}</pre>{more}"

    def line(self, text: str, width: int = _IN_A_LINE) -> str:
        """A text in one line, cut."""
        return escaped(marked_line(self.redact(text[: 4 * width + 1_000]).strip(), width))

    def plain(self, text: str) -> str:
        """A text for a cell of a table: without secrets, and cut."""
        return marked_line(self.redact(text[: 8 * _IN_A_LINE]).strip(), 4 * _IN_A_LINE)


def section(title: str, body: str) -> str:
    """A part of a page; nothing where it would be empty."""
    return f"<h2>{escaped(title)}</h2>\n{body}\n" if body else ""


def limited(things: Sequence[_Thing], most: int = MOST_SHOWN) -> tuple[Sequence[_Thing], str]:
    """The first of some things, and a line that says how many there are beyond them."""
    left = len(things) - most
    return things[:most], f'<p class="quiet">… {left:,} more, in the record</p>' if left > 0 else ""


def folded(parts: Sequence[str]) -> str:
    """Parts of a page, those beyond the first few behind a click: what follows has to be found too."""
    rest = parts[_UNFOLDED:]
    more = f"<details><summary>{len(rest):,} more</summary>{''.join(rest)}</details>" if rest else ""
    return "\n".join((*parts[:_UNFOLDED], more))


def badge(text: str, kind: str) -> str:
    """A word in a frame."""
    return f'<span class="badge {kind}">{escaped(text)}</span>'


def problems(found: list[str]) -> str:
    """What could not be read of the record."""
    if not found:
        return ""
    listed = "".join(f"<li>{escaped(each)}</li>" for each in found)
    return f'<p class="failed">The record is damaged or incomplete; the rest of it is below.</p>\n<ul>{listed}</ul>\n'


def state_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """How something stands in words, and the colour of it. What still says that it runs may have been killed."""
    state = record.get("state")
    if not isinstance(state, str):
        return "unknown", "failed"
    if state == "running":
        return "not ended: it still runs, or was killed", "failed"
    return state, "good" if state == "finished" else "failed"


def cost(usage: Mapping[str, float]) -> str:
    """What calls cost, in words."""
    parts = []
    if usage.get("calls"):
        parts.append(f"{usage['calls']:g} model call{'' if usage['calls'] == 1 else 's'}")
    if usage.get("prompt_tokens") or usage.get("completion_tokens"):
        parts.append(f"{usage.get('prompt_tokens', 0):,.0f} + {usage.get('completion_tokens', 0):,.0f} tokens")
    if usage.get("cached"):
        parts.append(f"{usage['cached']:g} from the cache")
    if usage.get("retries"):
        parts.append(f"{usage['retries']:g} retries")
    if usage.get("cost"):
        parts.append(f"cost {usage['cost']:.6f}")
    return ", ".join(parts)


def listed(value: Any) -> list[Any]:
    """A list, or none where the value is another thing."""
    return value if isinstance(value, list) else []


def named(value: Any) -> dict[str, Any]:
    """An object, or an empty one where the value is another thing."""
    return value if isinstance(value, dict) else {}
