"""How alike two texts are, as the framework's scripts pass it on: by lines, or by words."""

from hdsl.retrieval.similarity import jaccard, similarity
from hdsl.retrieval.tokens import tokens


def default_retrieval_method(query_file_content: str, key_file_content: str) -> float:
    """The Jaccard similarity of the lines that are not blank."""
    return jaccard(_lines(query_file_content), _lines(key_file_content))


def multi_similarity(query_file_content: str, key_file_content: str) -> float:
    """The larger of the Jaccard similarity of the words and the part of the second text's that the first has."""
    return similarity(tokens(query_file_content), tokens(key_file_content))


def _lines(text: str) -> frozenset[str]:
    return frozenset(line for line in text.strip().split("\n") if line.strip())
