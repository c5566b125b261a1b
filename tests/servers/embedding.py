"""A script of a server that embeds texts by what they are about, so that a paraphrase is near."""

import json
from collections.abc import Sequence

from tests.servers.scripted_openai import Body, Reply

SUBJECTS = (
    ("cheap", "inexpensive", "low-cost", "bargain"),
    ("flight", "plane", "airline", "ticket"),
    ("refund", "money", "reimbursement"),
    ("crash", "freezes", "broken"),
    ("card", "visa"),
)


def embedding(text: str) -> list[float]:
    """The vector of a text: a number for each subject, and a large one that all have."""
    words = text.lower().replace("?", "").split()
    return [2.0, *(float(sum(word in subject for word in words)) for subject in SUBJECTS)]


def embedded(body: Body) -> Reply:
    """The vectors of the texts of a request, the last first: their places say which is which."""
    texts = body["input"]
    data = [{"object": "embedding", "index": at, "embedding": embedding(text)} for at, text in enumerate(texts)]
    return vectors(data[::-1], tokens=sum(len(text.split()) for text in texts))


def vectors(data: Sequence[object], tokens: int = 0) -> Reply:
    """A reply with the vectors that are given."""
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return Reply(body=json.dumps({"object": "list", "data": list(data), "model": "m", "usage": usage}))
