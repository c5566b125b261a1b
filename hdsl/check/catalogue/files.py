"""Files: what is missing, no text, or malformed."""

from hdsl.check.catalogue.rule import Rule

_REPLY = """\
hdsl 1

use "greetings.hg" as greetings

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = greetings.greet(message)
  return answer
}
"""

_GREETINGS = """\
hdsl 1

# Says grüß Gott.
harness greet(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, task="Greet back.")
  return answer
}
"""

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
        code="HG801",
        name="missing-file",
        severity="error",
        message="There is no file `{path}`.",
        explanation="""\
The file that is named here cannot be found. Paths are looked up from the folder of the file in which they stand, \
wherever the command is run.""",
        wrong="""\
hdsl 1

experience tone: text -> text = load("tones.jsonl")
""",
        right="""\
hdsl 1

experience tone: text -> text = load("tone.jsonl")
""",
        files=(("tone.jsonl", '{"query": "hello greeting", "key": "hello", "value": "Good morning!"}\n'),),
    ),
    Rule(
        code="HG802",
        name="not-utf8",
        severity="error",
        message="This file is not UTF-8 text: byte {byte} at offset {offset}.",
        help="Save it as UTF-8.",
        explanation="""\
Files are read as UTF-8, and at this place there is a byte that UTF-8 does not have. Most often the file was saved \
in an older encoding; saved again as UTF-8 it looks the same.""",
        wrong=_REPLY,
        right=_REPLY,
        files=(("greetings.hg", _GREETINGS.encode("latin-1")),),
        mended=(("greetings.hg", _GREETINGS),),
    ),
    Rule(
        code="HG803",
        name="malformed-experience",
        severity="error",
        message="This experience cannot be read: {reason}.",
        help='A line is one object: {{"query": "…", "key": "…", "value": "…"}}.',
        explanation="""\
The file of an experience is not in the form that rows have: in a `.jsonl` file one object a line, in a `.csv` or \
`.tsv` file a first line that names the columns `query`, `key` and `value`. The place shown is in that file.""",
        wrong="""\
hdsl 1

experience tone: text -> text = load("tone.jsonl")
""",
        right="""\
hdsl 1

experience tone: text -> text = load("tone.jsonl")
""",
        files=(("tone.jsonl", '{"query": "hello greeting", "key": "hello", "answer": "Good morning!"}\n'),),
        mended=(("tone.jsonl", '{"query": "hello greeting", "key": "hello", "value": "Good morning!"}\n'),),
    ),
    Rule(
        code="HG804",
        name="unreadable-file",
        severity="error",
        message="`{path}` cannot be opened: {reason}.",
        help="Check its permissions and that it is a file.",
        explanation="""\
There is something of this name, but the system does not let it be read as a file; the reason is the system's own. \
Here the path goes on behind a file as if it were a folder.""",
        wrong="""\
hdsl 1

experience tone: text -> text = load("tone.jsonl/rows.jsonl")
""",
        right="""\
hdsl 1

experience tone: text -> text = load("tone.jsonl")
""",
        files=(("tone.jsonl", '{"query": "hello greeting", "key": "hello", "value": "Good morning!"}\n'),),
    ),
    Rule(
        code="HG805",
        name="file-too-large",
        severity="error",
        message="This file has {size} bytes; a `.hg` file has at most {largest}.",
        help="Split it, and load experience from a file beside it.",
        explanation="""\
A `.hg` file describes structure and is read by people. One of this size holds something else, most likely \
experience that was written into it; rows by the thousand belong into a `.jsonl` file that is loaded.""",
        wrong=_REPLY,
        right=_REPLY,
        files=(("greetings.hg", 5_000_000),),
        mended=(("greetings.hg", _GREETINGS),),
    ),
    Rule(
        code="HG806",
        name="malformed-data",
        severity="error",
        message="This line of training data cannot be read: {reason}.",
        help='A line is one object: {{"INPUT": "…", "expected": "…"}}.',
        explanation="""\
Training data is a `.jsonl` file with one JSON object a line: the inputs of the harness by name, `"expected"` for its \
result, and `"at"` with what is expected of single nodes. Each value is a text, or lists of texts of equal length. The \
place shown is in that file.""",
        wrong=_TRAINED,
        right=_TRAINED,
        files=(("pairs.jsonl", '{"message": "hello", "expected": "Good morning!}\n'),),
        mended=(("pairs.jsonl", '{"message": "hello", "expected": "Good morning!"}\n'),),
    ),
    Rule(
        code="HG807",
        name="beyond-limits",
        severity="error",
        message="This is more than a check takes in: {reason}.",
        help="Make it smaller, or split it.",
        explanation="""\
A check answers in a time that grows with the size of a file and no faster, so there are limits that no file written \
by hand comes near: numbers of 18 digits, 1,000 errors, 100 files that use each other in a chain, 200 harnesses that \
call each other, 20,000 nodes of a harness with all it calls, 100 brackets within each other where `hdsl fmt` lays a \
file out. What is beyond one of them is not checked, or not laid out.""",
        wrong="""\
hdsl 1

dim K = 1000000000000000000000
""",
        right="""\
hdsl 1

dim K = 1000
""",
    ),
)
