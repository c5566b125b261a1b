"""Training: what a `train` block trains, and its data line by line."""

from hdsl.check.catalogue.rule import Rule

_TRAINED = """\
hdsl 1

experience tones: text -> text = []

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = expert(message, tones, task="Answer.")
  return answer
}

train reply {
  data = load("pairs.jsonl")
}
"""

RULES = (
    Rule(
        code="HG730",
        name="cannot-train",
        severity="error",
        message="`{name}` cannot be trained by itself: its {kind} `{left}` is left to its callers.",
        help="Train a harness that calls it, or give the option a default.",
        explanation="""\
Training runs a harness with the inputs of each data line, and gives it nothing else. An option without a default or \
an experience that a caller passes has no value there. Training changes all experience that a harness reaches, so it \
is enough to train one that calls this one.""",
        wrong="""\
hdsl 1

experience tones: text -> text = []

harness reply(message: text[1], task: str) -> text[1] {
  answer: text[1] = expert(message, tones, task=task)
  return answer
}

train reply {
  data = load("pairs.jsonl")
}
""",
        right="""\
hdsl 1

experience tones: text -> text = []

harness reply(message: text[1], task: str = "Answer.") -> text[1] {
  answer: text[1] = expert(message, tones, task=task)
  return answer
}

train reply {
  data = load("pairs.jsonl")
}
""",
        files=(("pairs.jsonl", '{"message": "hello", "expected": "Good morning!"}\n'),),
    ),
    Rule(
        code="HG731",
        name="unknown-in-data",
        severity="error",
        message='"{name}" is no input of `{harness}` that data gives.',
        explanation="""\
A line of training data names the inputs of the harness that hold texts, `"expected"`, and `"at"`. This name is none \
of them: it is misspelt, or the harness has changed since the data was written. Options take their defaults, and \
sessions are opened anew.""",
        wrong=_TRAINED,
        right=_TRAINED,
        files=(("pairs.jsonl", '{"message": "hello", "tone": "glad", "expected": "Good morning!"}\n'),),
        mended=(("pairs.jsonl", '{"message": "hello", "expected": "Good morning!"}\n'),),
    ),
    Rule(
        code="HG732",
        name="missing-in-data",
        severity="error",
        message="This line does not give {what} of `{harness}`.",
        help="Add it to the line.",
        explanation="""\
A line of training data gives every input of the harness that holds texts, and says what is expected: of the result by \
`"expected"`, of single nodes by `"at"`, or both. Without an input the harness cannot run, and without anything \
expected nothing is learned.""",
        wrong=_TRAINED,
        right=_TRAINED,
        files=(("pairs.jsonl", '{"message": "hello"}\n'),),
        mended=(("pairs.jsonl", '{"message": "hello", "expected": "Good morning!"}\n'),),
    ),
    Rule(
        code="HG733",
        name="data-shape-disagrees",
        severity="error",
        message='"{name}" {given}, and {wanted} is wanted.',
        help="Nest lists as the shape has dimensions; a text is one element.",
        explanation="""\
A value of training data has the shape of the input, result or node that it stands for: one list for each dimension, \
a text for a single element. Of a node in a loop, a list may also hold one text for each turn, and a text stands for \
every turn.""",
        wrong=_TRAINED,
        right=_TRAINED,
        files=(("pairs.jsonl", '{"message": ["hello", "bye"], "expected": "Good morning!"}\n'),),
        mended=(
            (
                "pairs.jsonl",
                '{"message": "hello", "expected": "Good morning!"}\n{"message": "bye", "expected": "So long!"}\n',
            ),
        ),
    ),
    Rule(
        code="HG734",
        name="unknown-path",
        severity="error",
        message="`{path}` is no node of `{harness}` that gives texts.",
        explanation="""\
Under `"at"` a line of training data says what single nodes should have given. Nodes are named by their paths in the \
flat program, as `hdsl graph` shows them: behind the name of a call and a dot stand the nodes of the harness that it \
calls.""",
        wrong=_TRAINED,
        right=_TRAINED,
        files=(("pairs.jsonl", '{"message": "hello", "at": {"anwser": "Good morning!"}}\n'),),
        mended=(("pairs.jsonl", '{"message": "hello", "at": {"answer": "Good morning!"}}\n'),),
    ),
)
