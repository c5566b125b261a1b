"""The query of a row that was learned: the words it is found by, one a line."""

from hdsl.retrieval.tokens import tokens


def rebuilt_query(key: str, value: str, kept: frozenset[str] = frozenset()) -> str:
    """The sorted words of the key and the value, and those that are kept."""
    return "\n".join(sorted(tokens(key) | tokens(value) | kept))


def words_of_its_own(query: str, key: str, value: str) -> frozenset[str]:
    """The words of a query that come from elsewhere than key and value: of the goal, or a person's hand."""
    return tokens(query) - tokens(key) - tokens(value)
