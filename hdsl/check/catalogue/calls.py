"""Calls: which argument is which input or option, and literals of the right kind."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG201",
        name="missing-argument",
        severity="error",
        message="`{operation}` needs `{name}`.",
        explanation="""\
The signature asks for something that the call does not give: an input, by its place, or an option that has no \
default, by its name. Only inputs marked `?`, and sessions at the end of a harness, may be left out.""",
        wrong="""\
hdsl 1

harness agree(message: text[1]) -> text[1] {
  answer:  text[1] = llm(message, task="Answer yes or no.")
  checked: text[1] = until_match(answer)
  return checked
}
""",
        right="""\
hdsl 1

harness agree(message: text[1]) -> text[1] {
  answer:  text[1] = llm(message, task="Answer yes or no.")
  checked: text[1] = until_match(answer, pattern="^(yes|no)$")
  return checked
}
""",
    ),
    Rule(
        code="HG202",
        name="extra-argument",
        severity="error",
        message="`{operation}` takes {count}; this one is too many.",
        explanation="""\
The operation has no place for this input. The help shows its signature. Several texts are put together by `join` \
before they are given to an operation that takes one.""",
        wrong="""\
hdsl 1

harness reply(message: text[1], tone: text[1]) -> text[1] {
  answer: text[1] = llm(message, tone)
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1], tone: text[1]) -> text[1] {
  both:   text[1] = join(message, tone)
  answer: text[1] = llm(both)
  return answer
}
""",
    ),
    Rule(
        code="HG203",
        name="duplicate-option",
        severity="error",
        message="`{name}` is given twice.",
        help="Take one of them away.",
        explanation="""\
An option has one value. With two of them it would not be clear which one counts, so neither is chosen in silence.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, task="Answer.", task="Be polite.")
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, task="Answer. Be polite.")
  return answer
}
""",
    ),
    Rule(
        code="HG204",
        name="unknown-option",
        severity="error",
        message="`{operation}` has no option `{name}`.",
        explanation="""\
Options go by name, and the names are those of the signature. This one is not among them; it may be misspelt, or \
belong to another operation.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, prompt="Answer politely.")
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, task="Answer politely.")
  return answer
}
""",
    ),
    Rule(
        code="HG205",
        name="option-by-position",
        severity="error",
        message="`{operation}` takes no further input; an option is given by name.",
        help="Write `{name}=` before it.",
        explanation="""\
Inputs go by position, options by name, without exception. A reader then knows at a glance what flows through the \
graph and what only tunes a node.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, "Answer politely.")
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, task="Answer politely.")
  return answer
}
""",
    ),
    Rule(
        code="HG206",
        name="wrong-literal",
        severity="error",
        message="`{name}` takes {wanted}.",
        help="Write one in its place; nothing is converted.",
        explanation="""\
The option is given a value of another kind. Texts stand in double quotes, numbers do not, flags are `true` or \
`false`, and nothing is converted on its own.""",
        wrong="""\
hdsl 1

experience tone: text -> text = [
  ("hello greeting", "hello", "Good morning!"),
]

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = expert(message, tone, topk="2")
  return answer
}
""",
        right="""\
hdsl 1

experience tone: text -> text = [
  ("hello greeting", "hello", "Good morning!"),
]

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = expert(message, tone, topk=2)
  return answer
}
""",
    ),
    Rule(
        code="HG207",
        name="nested-call",
        severity="error",
        message="A call stands inside a call; every node has a name.",
        help="Give `{what}(…)` a line of its own, and pass its name.",
        explanation="""\
A node is one call. The inner call is a node as well, so it needs a name, a type and a shape: that is what a run \
records, what a gradient is sent to, and what other nodes can use.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(first_line(message))
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  short:  text[1] = first_line(message)
  answer: text[1] = llm(short)
  return answer
}
""",
    ),
    Rule(
        code="HG208",
        name="input-by-name",
        severity="error",
        message="`{name}` is an input of `{operation}`; inputs go by position.",
        help="Write it without `{name}=`, in its place.",
        explanation="""\
Tensors, experiences and sessions are inputs, and inputs are given in the order of the signature, without names. \
Names are for options only.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(input=message)
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
  return answer
}
""",
    ),
    Rule(
        code="HG209",
        name="input-after-option",
        severity="error",
        message="An input of `{name}` stands after an option.",
        help="Inputs come first, options after them.",
        explanation="""\
In a call the inputs come first and the options follow, as in the signature. Mixed, it is easy to miss which input \
is the first and which the second.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(task="Answer politely.", message)
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, task="Answer politely.")
  return answer
}
""",
    ),
    Rule(
        code="HG210",
        name="not-an-input",
        severity="error",
        message="This is no input.",
        help="An input is the name of a node, a text, or a list of texts; a number goes by name, as an option.",
        explanation="""\
What flows through the graph are texts: nodes, experiences, sessions and constant texts. A number is no text, and \
which text it should be is left to you: `"3"` or `"three"`.""",
        wrong="""\
hdsl 1

harness count(message: text[1]) -> text[1] {
  both:   text[1] = join(message, 3)
  answer: text[1] = llm(both)
  return answer
}
""",
        right="""\
hdsl 1

harness count(message: text[1]) -> text[1] {
  both:   text[1] = join(message, "3")
  answer: text[1] = llm(both)
  return answer
}
""",
    ),
    Rule(
        code="HG211",
        name="option-as-input",
        severity="error",
        message="`{name}` is an option of the harness, not a tensor.",
        help="Pass it by name to an option of an operation.",
        explanation="""\
A parameter of type `str`, `int`, `float`, `bool` or `dim` tunes the harness and is fixed before it runs. It can be \
passed on to options, but it is no tensor and cannot flow through the graph. What should flow is declared as \
`text[…]`.""",
        wrong="""\
hdsl 1

harness reply(message: text[1], tone: str = "polite") -> text[1] {
  both:   text[1] = join(message, tone)
  answer: text[1] = llm(both)
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1], tone: str = "polite") -> text[1] {
  answer: text[1] = llm(message, task=tone)
  return answer
}
""",
    ),
    Rule(
        code="HG212",
        name="operation-does-not-fit",
        severity="error",
        message="`{name}` does not fit `{parameter}`: {reason}.",
        help="Pass another operation, or change what the parameter asks for.",
        explanation="""\
The harness takes an operation and says of what form: its inputs, its result and the effects it may have. The \
operation that is passed must need no more inputs and have no more effects; its own options are bound where it is \
passed.""",
        wrong="""\
hdsl 1

harness polish(message: text[1], judge: op(text[*E]) -> text[*E] !fails) -> text[1] {
  answer:  text[1] = llm(message, task="Write it better.")
  checked: text[1] = judge(answer)
  return checked
}

harness reply(message: text[1]) -> text[1] {
  polished: text[1] = polish(message, judge=read_file)
  return polished
}
""",
        right="""\
hdsl 1

harness polish(message: text[1], judge: op(text[*E]) -> text[*E] !fails) -> text[1] {
  answer:  text[1] = llm(message, task="Write it better.")
  checked: text[1] = judge(answer)
  return checked
}

harness reply(message: text[1]) -> text[1] {
  polished: text[1] = polish(message, judge=until_match(pattern="[.!?]$"))
  return polished
}
""",
    ),
    Rule(
        code="HG213",
        name="default-of-input",
        severity="error",
        message="The input `{name}` cannot have a default.",
        help="Options (`str`, `int`, `float`, `bool`, `dim`) have defaults; inputs are given at the call.",
        explanation="""\
An input is a tensor that somebody computes, so it is always given. What has a sensible value of its own is an \
option, of type `str`, `int`, `float`, `bool` or `dim`.""",
        wrong="""\
hdsl 1

harness reply(message: text[1] = "hello") -> text[1] {
  answer: text[1] = llm(message)
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1], tone: str = "polite") -> text[1] {
  answer: text[1] = llm(message, task=tone)
  return answer
}
""",
    ),
    Rule(
        code="HG214",
        name="only-in-op",
        severity="error",
        message="`{name}` is repeated or optional, which only an input of an `op` can be.",
        help="Give a harness plain inputs.",
        explanation="""\
A harness is written into its caller node by node, so it must be certain which inputs there are. Only an operation, \
whose function can look at what it was given, may take inputs marked `...` or `?`.""",
        wrong="""\
hdsl 1

harness reply(message: text[1], tone: text[1]?) -> text[1] {
  both:   text[1] = join(message, tone)
  answer: text[1] = llm(both)
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1], tone: text[1]) -> text[1] {
  both:   text[1] = join(message, tone)
  answer: text[1] = llm(both)
  return answer
}
""",
    ),
    Rule(
        code="HG215",
        name="session-not-last",
        severity="error",
        message="The session `{name}` stands before another input.",
        help="Session inputs stand last, so that one that is not given can be a fresh one.",
        explanation="""\
A session that is not given is a fresh, isolated one: in a run, a test or a call. What may be left out must stand at \
the end, or it would not be clear which inputs were given.""",
        wrong="""\
hdsl 1

use std.terminal

harness look(shell: session[1], question: text[1]) -> text[1] {
  screen: text[1] = terminal.capture(shell)
  both:   text[1] = join(question, screen)
  answer: text[1] = llm(both)
  return answer
}
""",
        right="""\
hdsl 1

use std.terminal

harness look(question: text[1], shell: session[1]) -> text[1] {
  screen: text[1] = terminal.capture(shell)
  both:   text[1] = join(question, screen)
  answer: text[1] = llm(both)
  return answer
}
""",
    ),
    Rule(
        code="HG216",
        name="effect-option",
        severity="error",
        message="`{name}` bounds `!{effect}`, but is no option of this operation that holds a number.",
        help="Name an `int`, `float` or `dim` option of the signature.",
        explanation="""\
An effect in brackets says how often or how long at most, by naming the option that holds the number. The checker \
adds these numbers up before anything runs, so the option must be in the signature and hold a number.""",
        wrong="""\
hdsl 1

op ask_often(x: text[*S]) -> text[*S] !llm(calls) = "asking:often"
""",
        right="""\
hdsl 1

op ask_often(x: text[*S], calls: int = 3) -> text[*S] !llm(calls) = "asking:often"
""",
    ),
    Rule(
        code="HG217",
        name="only-load",
        severity="error",
        message="`{name}` cannot be the source of an experience.",
        help='Write the rows in the file, or `load("rows.jsonl")`.',
        explanation="""\
An experience starts from the rows that stand in the file, or from those of a file beside it, read by `load`. \
Nothing else is run to make one.""",
        wrong="""\
hdsl 1

experience tone: text -> text = read("tone.jsonl")
""",
        right="""\
hdsl 1

experience tone: text -> text = load("tone.jsonl")
""",
        files=(("tone.jsonl", '{"query": "hello greeting", "key": "hello", "value": "Good morning!"}\n'),),
    ),
    Rule(
        code="HG218",
        name="expect-a-score",
        severity="error",
        message="`{name}` gives no score, so nothing can be expected of it.",
        help='Expect a loss: `contains(out, "…")`, `exact_match(out, "…")`.',
        explanation="""\
A test passes when every score behind `expect` is 0, as in every loss: nothing is missing. A text is no score; a \
loss that compares it with another text gives one.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
  return answer
}

test "greets" {
  out: text[1] = reply("hello")
  expect first_line(out)
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
  return answer
}

test "greets" {
  out: text[1] = reply("hello")
  expect contains(out, "hello")
}
""",
    ),
    Rule(
        code="HG219",
        name="bad-pattern",
        severity="error",
        message="`{name}` is not a regular expression: {reason}.",
        help="Patterns are Python regular expressions; a bracket that is meant as itself is written `\\\\(`.",
        explanation="""\
A pattern is searched for as a Python regular expression, and this one cannot be read as one, so the node could only \
fail. The reason is given in the words of Python's `re` module, with the position in the pattern counted from 0.""",
        wrong="""\
hdsl 1

harness count(message: text[1]) -> text[1] {
  answer:  text[1] = llm(message, task="How many are there?")
  checked: text[1] = until_match(answer, pattern="([0-9]+")
  return checked
}
""",
        right="""\
hdsl 1

harness count(message: text[1]) -> text[1] {
  answer:  text[1] = llm(message, task="How many are there?")
  checked: text[1] = until_match(answer, pattern="([0-9]+)")
  return checked
}
""",
    ),
    Rule(
        code="HG220",
        name="useless-retries",
        severity="warning",
        message="`{operation}` answers with any text here, so `retries` never asks again.",
        help="Remove it, or let the node have a type with labels.",
        explanation="""\
`retries=n` asks again, up to n times, where an answer is outside its type: where it carries none of the labels. A \
node whose type is `text` takes every answer. What goes wrong on the way to a server is tried again in any case \
(`HDSL_RETRIES`).""",
        wrong="""\
hdsl 1

harness greet(name: text[1]) -> text[1] {
  greeting: text[1] = llm(name, task="Greet this person.", retries=2)
  return greeting
}
""",
        right="""\
hdsl 1

harness greet(name: text[1]) -> text[1] {
  greeting: text[1] = llm(name, task="Greet this person.")
  return greeting
}
""",
    ),
)
