"""Syntax: what the parser could not read, and words and escapes that are none."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG001",
        name="syntax-error",
        severity="error",
        message="Expected {wanted}, found {what}.",
        help="Statements look like `name: type[shape] = operation(inputs, option=value)`.",
        explanation="""\
The statement cannot be read beyond this point: something else has to stand here first. Every node is one statement \
of one form, `name: type[shape] = operation(inputs, option=value)`, and every declaration begins with its keyword. \
Reading goes on at the next statement, so the other faults of the file are shown as well.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] llm(message)
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
        code="HG002",
        name="unclosed-bracket",
        severity="error",
        message="This bracket is never closed.",
        help="Close it with {closing}.",
        explanation="""\
The mark is at the bracket that was opened, for that is the one to look at: the place where the file stops making \
sense is often many lines below. A statement ends where the next one begins, so a bracket must be closed before.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message
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
        code="HG003",
        name="unclosed-string",
        severity="error",
        message="This text is never closed.",
        help='A text ends with `"` on the same line; one of several lines stands between `"""`.',
        explanation="""\
A text begins with a double quote and ends with the next one on the same line. Here the line ends first, so \
everything behind the quote would belong to the text. A quote inside a text is written `\\"`.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, task="Answer politely.)
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
        code="HG004",
        name="missing-version",
        severity="error",
        message="A file begins with the version of the language; this one begins with {what}.",
        help="Write `hdsl 1` as its first line.",
        explanation="""\
The first statement says which version of the language the file is written in. That way a file keeps its meaning \
when the language grows, and a reader of an older version can say so instead of guessing.""",
        wrong="""\
harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
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
        code="HG005",
        name="glued-keyword",
        severity="error",
        message="A blank is missing before `{what}`.",
        help="Separate the keyword from the name behind it.",
        explanation="""\
A keyword and the name behind it are two words. Written together they read as one name, and a name alone begins \
nothing here.""",
        wrong="""\
hdsl 1

harnessreply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
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
        code="HG006",
        name="reserved-word",
        severity="error",
        message="`{name}` is a word of the language and cannot be a name.",
        help="Choose another name, `{name}_` for instance.",
        explanation="""\
The words `hdsl use as type op experience harness dim budget switch else return test expect train` have a meaning of \
their own wherever they stand. A node or a declaration of such a name would read like the start of something else.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  test: text[1] = llm(message)
  return test
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
        code="HG007",
        name="bad-escape",
        severity="error",
        message="`{escape}` is no escape.",
        help='The escapes are `\\"`, `\\\\`, `\\n`, `\\t` and `\\uXXXX`; a backslash itself is written `\\\\`.',
        explanation="""\
In a text, a backslash begins an escape, and only five of them exist. In patterns for `until_match` a backslash is \
meant for the pattern, so it is written twice: `\\\\d` in the file is `\\d` in the pattern.""",
        wrong="""\
hdsl 1

harness count(message: text[1]) -> text[1] {
  answer:  text[1] = llm(message, task="How many are there?")
  checked: text[1] = until_match(answer, pattern="^\\d+$")
  return checked
}
""",
        right="""\
hdsl 1

harness count(message: text[1]) -> text[1] {
  answer:  text[1] = llm(message, task="How many are there?")
  checked: text[1] = until_match(answer, pattern="^\\\\d+$")
  return checked
}
""",
    ),
    Rule(
        code="HG008",
        name="missing-return",
        severity="error",
        message="This harness does not return a node.",
        help="End it with `return` and the name of a node.",
        explanation="""\
A harness is asked for its result, and the result asks for all that it needs: without `return` there is nothing to \
ask for and no node would ever be evaluated. `return` is the last statement and names one node.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
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
        code="HG009",
        name="after-return",
        severity="error",
        message="Nothing may follow `return`; here is {what}.",
        help="Put the statement above `return`.",
        explanation="""\
`return` closes a harness. A statement below it could not be part of the result, because the result is a node above; \
so it is either in the wrong place or not needed.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
  return answer
  short: text[1] = first_line(answer)
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
  short:  text[1] = first_line(answer)
  return short
}
""",
    ),
    Rule(
        code="HG010",
        name="unexpected-character",
        severity="error",
        message="`{what}` is no character of the language here.",
        help="Texts stand in double quotes; comments begin with `#`.",
        explanation="""\
Outside of texts and comments the language is written with letters, digits, `_` and a few marks. This character is \
none of them. Often it is a quote of another kind: texts stand in double quotes, never in single or curly ones.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, task='Answer politely.')
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
        code="HG011",
        name="extra-bracket",
        severity="error",
        message="{what} closes nothing.",
        help="Take it away, or open what it should close.",
        explanation="""\
There is a closing bracket here for which no bracket is open. Either it is one too many, or the one it belongs to \
was lost further up.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message))
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
        code="HG012",
        name="not-a-declaration",
        severity="error",
        message="{what} begins no declaration.",
        explanation="""\
At the top of a file only declarations stand, and each begins with its keyword: `use`, `type`, `op`, `experience`, \
`harness`, `dim`, `test` or `train`. This word is none of them; nodes belong inside a harness.""",
        wrong="""\
hdsl 1

harnes reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
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
        code="HG013",
        name="no-operators",
        severity="error",
        message="There are no operators: `{what}` means nothing here.",
        help="Use an operation in a node of its own: `join(a, b)`, for instance.",
        explanation="""\
Everything that happens to a text is an operation with a name, so that a node is always one call, and its signature \
says what it does. Texts are put together by `join`, compared by a loss such as `exact_match`.""",
        wrong="""\
hdsl 1

harness greet(name: text[1], message: text[1]) -> text[1] {
  both: text[1] = name + message
  return both
}
""",
        right="""\
hdsl 1

harness greet(name: text[1], message: text[1]) -> text[1] {
  both: text[1] = join(name, message)
  return both
}
""",
    ),
    Rule(
        code="HG014",
        name="text-direction",
        severity="error",
        message="The character {character} turns the direction of what is shown behind it.",
        help="Remove it; where a text needs it, write it as an escape: `{escape}`.",
        explanation="""\
Characters that turn the direction of writing make a line look other than it is: what seems to stand in a comment may \
be part of the program, and the other way round. They may stand nowhere in a file as they are, not even in a comment \
or a text; an escape in a text gives the same character, and everybody sees it.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, task="Answer in \u202eHebrew.")
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, task="Answer in \\u202eHebrew.")
  return answer
}
""",
    ),
)
