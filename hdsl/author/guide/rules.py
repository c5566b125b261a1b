"""The grammar of one segment in the notation of llguidance: Lark's, with `&` and `~` in its terminals."""

from collections.abc import Iterable, Sequence

_WORDS = r"[A-Za-z0-9 .,:;!?'()\/+*=$%&@^_~\[\]-]"


class Rules:
    """Collects the rules of one grammar; what is said twice stands once."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def rule(self, body: str) -> str:
        """The name of a rule with this body."""
        return self._names.setdefault(body, f"r{len(self._names)}")

    def either(self, options: Iterable[str]) -> str:
        """The name of a rule for one of some things; ValueError where there is none."""
        found = list(dict.fromkeys(options))
        if not found:
            raise ValueError("nothing to choose from")
        return found[0] if len(found) == 1 else self.rule(" | ".join(found))

    def pattern(self, regex: str, but: Iterable[str] = ()) -> str:
        """The name of a terminal that matches a regular expression, but none of some words."""
        body = f"/{regex}/" + "".join(f" & ~/({word})/" for word in ["|".join(sorted(but))] if word)
        return self._names.setdefault(body, f"T{len(self._names)}")

    def words(self, longest: int = 60) -> str:
        """A few words without quotes, braces or backslashes, that begin with a letter."""
        return self.pattern(rf"[A-Za-z0-9]{_WORDS}{{1,{longest}}}")

    def string(self, longest: int = 60) -> str:
        """A short text in quotes."""
        return self.rule(rf'"\"" {self.words(longest)} "\""')

    def grammar(self, start: Sequence[str]) -> str:
        """The grammar of one of some segments."""
        lines = [f"start: {' | '.join(start)}", *(f"{name}: {body}" for body, name in self._names.items())]
        return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A text as a literal of the grammar."""
    return f'"{_escaped(text)}"'


def in_quotes(text: str) -> str:
    """A text as it stands in a file, in its quotes, as a literal of the grammar."""
    return quoted(f'"{_escaped(text)}"')


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
