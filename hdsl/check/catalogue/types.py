"""Types: texts, labels, sessions, experiences, each where it belongs."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG301",
        name="type-mismatch",
        severity="error",
        message="`{name}` takes {wanted}, and {given} is given.",
        help="Pass a node of that type.",
        explanation="""\
A value of one type stands where another is wanted. Texts with labels may stand wherever `text` is wanted, and a \
type may stand for another whose labels include all of its own; otherwise nothing is converted. The note shows where \
the value comes from.""",
        wrong="""\
hdsl 1

use std.terminal

harness look(shell: session[1]) -> text[1] {
  answer: text[1] = llm(shell, task="What is on the screen?")
  return answer
}
""",
        right="""\
hdsl 1

use std.terminal

harness look(shell: session[1]) -> text[1] {
  screen: text[1] = terminal.capture(shell)
  answer: text[1] = llm(screen, task="What is on the screen?")
  return answer
}
""",
    ),
    Rule(
        code="HG302",
        name="experience-mismatch",
        severity="error",
        message="`{name}` takes {wanted}, and {given} is given.",
        help="The labels of keys and values must be the same on both sides.",
        explanation="""\
An experience `K -> V` is a table of what came in and what was answered, so what is looked up in it must be of the \
type of its keys, label for label. The same holds where an experience is passed to a harness: rows of other labels \
would teach other answers.""",
        wrong="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience answers: Mood -> text = [
  ("glad thanks", "glad", "You are welcome!"),
]

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = expert(message, answers)
  return answer
}
""",
        right="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience moods: text -> Mood = [
  ("thanks great", "Thanks, that is great!", "glad"),
]

experience answers: Mood -> text = [
  ("glad thanks", "glad", "You are welcome!"),
]

harness reply(message: text[1]) -> text[1] {
  mood:   Mood[1] = expert(message, moods)
  answer: text[1] = expert(mood, answers)
  return answer
}
""",
    ),
    Rule(
        code="HG303",
        name="not-a-label",
        severity="error",
        message='"{text}" carries no label of `{type}`.',
        explanation="""\
A text of a type with labels begins with one of the labels that end in a colon, or is exactly one of the others. \
This text could never be an answer of that type. A seed row of this kind would teach the model an answer that is \
refused.""",
        wrong="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience moods: text -> Mood = [
  ("thanks great", "Thanks, that is great!", "happy"),
]
""",
        right="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience moods: text -> Mood = [
  ("thanks great", "Thanks, that is great!", "glad"),
]
""",
    ),
    Rule(
        code="HG304",
        name="ambiguous-labels",
        severity="error",
        message='"{label}" and "{other}" of `{type}` cannot be told apart.',
        help="No label may begin with another that ends in a colon, nor stand twice.",
        explanation="""\
A label that ends in a colon matches every text that begins with it. A second label that begins in the same way \
would match those texts too, and a `switch` could not say which branch is meant.""",
        wrong="""\
hdsl 1

type Action {
  "key:": "press this key",
  "key:Enter": "press Enter",
}
""",
        right="""\
hdsl 1

type Action {
  "key:": "press this key",
  "enter": "press Enter",
}
""",
    ),
    Rule(
        code="HG305",
        name="row-not-of-three",
        severity="error",
        message="A row is (query, key, value); this one has {count}.",
        help="Write three texts.",
        explanation="""\
Each row of an experience has three texts: the words it is found by, an example of what comes in, and the answer to \
it.""",
        wrong="""\
hdsl 1

experience tone: text -> text = [
  ("hello", "Good morning!"),
]
""",
        right="""\
hdsl 1

experience tone: text -> text = [
  ("hello greeting", "hello", "Good morning!"),
]
""",
    ),
    Rule(
        code="HG306",
        name="experience-of-texts",
        severity="error",
        message="An experience holds texts, not {name}.",
        help="Use `text` or a type of labels.",
        explanation="""\
Rows are written down, shown to a model and changed by training, all of which needs texts. A session is a living \
thing, and a score or a mask is no text; capture or describe what matters of it.""",
        wrong="""\
hdsl 1

experience tone: session -> text = []
""",
        right="""\
hdsl 1

experience tone: text -> text = []
""",
    ),
    Rule(
        code="HG307",
        name="label-blank",
        severity="error",
        message='The label "{label}" is empty, or begins or ends with a blank.',
        help="Answers are stripped before they are compared; write the label without blanks around it.",
        explanation="""\
What a model answers is stripped of blanks before it is compared with the labels. A label with a blank at its ends, \
or an empty one, could therefore never be matched as it is written.""",
        wrong="""\
hdsl 1

type Verdict {
  "accept ": "it is good",
  "reject": "it must be written anew",
}
""",
        right="""\
hdsl 1

type Verdict {
  "accept": "it is good",
  "reject": "it must be written anew",
}
""",
    ),
    Rule(
        code="HG308",
        name="experience-with-shape",
        severity="error",
        message="The keys and values of an experience have no shape.",
        help="Write the type alone: a table has a row for each example, however many there are.",
        explanation="""\
An experience is a table: each row has one text to be found by, one key and one value, and rows are added as it is \
trained. The tensors that are looked up in it may have any shape, which is theirs and not the table's.""",
        wrong="""\
hdsl 1

experience tone: text[1] -> text = []
""",
        right="""\
hdsl 1

experience tone: text -> text = []
""",
    ),
)
