"""Contracts: annotations, budgets, tests and training against what is declared."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG701",
        name="bad-budget",
        severity="error",
        message="`{name}` of a budget takes {wanted}.",
        help="For instance: `budget(llm_calls=30, seconds=300)`.",
        explanation="""\
A budget is compared with the cost that the checker counts, so it must be written as plain numbers: `llm_calls` and \
`seconds`, and `per` with the dimensions that the cost grows with.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  budget(llm_calls="few")
  answer: text[1] = llm(message)
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  budget(llm_calls=1)
  answer: text[1] = llm(message)
  return answer
}
""",
    ),
    Rule(
        code="HG702",
        name="annotation-disagrees",
        severity="error",
        message="`{name}` is written as {written}, and it is {inferred}.",
        help="Correct the annotation, or the expression behind it.",
        explanation="""\
The type and shape behind a name say what is meant; the expression says what it is. They differ, so one of them is \
not what was meant. If the expression is right, the fix writes its type and shape into the annotation.""",
        wrong="""\
hdsl 1

harness whole(pages: text[1, 3]) -> text[1] {
  together: text[1, 3] = merge(pages)
  answer:   text[1]    = llm(together, task="Sum it up.")
  return answer
}
""",
        right="""\
hdsl 1

harness whole(pages: text[1, 3]) -> text[1] {
  together: text[1] = merge(pages)
  answer:   text[1] = llm(together, task="Sum it up.")
  return answer
}
""",
    ),
    Rule(
        code="HG703",
        name="unknown-version",
        severity="error",
        message="This file is of version {number} of the language; this checker knows version {known}.",
        help="Write `hdsl {known}`, or use a newer hdsl.",
        explanation="""\
The file says that it is written in a version of the language that this checker does not know. What it says might \
mean something else there, so it is better to know than to guess.""",
        wrong="""\
hdsl 2

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
        code="HG704",
        name="missing-annotation",
        severity="warning",
        message="`{name}` does not say its type and shape.",
        help="Write `: {inferred}` behind the name.",
        explanation="""\
Every node says its type and shape. The checker works them out anyway; written down, they state what the author \
means, tell a reader what flows, and lead a fault to the right line. `hdsl check --fix` writes them in.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer = llm(message)
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
        code="HG705",
        name="result-disagrees",
        severity="error",
        message="`{name}` is {given}, and the harness gives {wanted}.",
        help="Return another node, or change the declared result.",
        explanation="""\
The signature promises a result of one type and shape to all who call the harness, and the returned node is another. \
Either another node was meant, or the promise should be changed.""",
        wrong="""\
hdsl 1

harness drafts(message: text[1]) -> text[1] {
  copies: text[1, 3] = expand(message, to=[1, 3])
  texts:  text[1, 3] = llm(copies, task="Write a draft.")
  return texts
}
""",
        right="""\
hdsl 1

harness drafts(message: text[1]) -> text[1, 3] {
  copies: text[1, 3] = expand(message, to=[1, 3])
  texts:  text[1, 3] = llm(copies, task="Write a draft.")
  return texts
}
""",
    ),
    Rule(
        code="HG706",
        name="unknown-harness",
        severity="error",
        message="There is no harness `{name}` in this file.",
        explanation="""\
A `train` block trains a harness of its own file, with all experience that it reaches, also that of other modules. \
No harness here has this name.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
  return answer
}

train replay {
  data = load("pairs.jsonl")
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
  return answer
}

train reply {
  data = load("pairs.jsonl")
}
""",
        files=(("pairs.jsonl", '{"message": "hello", "expected": "Good morning!"}\n'),),
    ),
    Rule(
        code="HG707",
        name="test-without-expect",
        severity="error",
        message='The test "{name}" expects nothing, so it cannot fail.',
        help='Add `expect contains(out, "…")`.',
        explanation="""\
A test passes when all its scores are 0. Without an `expect` it has no score and would pass whatever the harness \
answers, and nodes that nothing expects anything of are not even evaluated.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
  return answer
}

test "greets" {
  out: text[1] = reply("hello")
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
        code="HG710",
        name="over-budget",
        severity="error",
        message="{whose} is {limit} {what}, and it can come to {bound}.",
        explanation="""\
The most that a harness can cost is known before it runs: every node at all its coordinates, all turns of its loops, \
the dearest branch of each switch. A budget below that would stop a run which did nothing wrong. A dimension with a \
default counts at its default; where the cost grows with another, the budget says per what.""",
        wrong="""\
hdsl 1

harness answer(question: text[B]) -> text[B] {
  budget(llm_calls=2)

  draft: text[B] = llm(question, task="Answer.")
  final: text[B] = llm(draft, task="Shorten it.")
  return final
}
""",
        right="""\
hdsl 1

harness answer(question: text[B]) -> text[B] {
  budget(llm_calls=2, per=[B])

  draft: text[B] = llm(question, task="Answer.")
  final: text[B] = llm(draft, task="Shorten it.")
  return final
}
""",
    ),
    Rule(
        code="HG720",
        name="allow-without-reason",
        severity="error",
        message="What is allowed here has no reason.",
        help="Write why: `# hdsl: allow HG104 because …`.",
        explanation="""\
A comment that allows what the checker finds is read by whoever changes the line next. The reason tells them whether \
it still holds.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  short:  text[1] = first_line(message)  # hdsl: allow HG104
  answer: text[1] = llm(message)
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  short:  text[1] = first_line(message)  # hdsl: allow HG104 because the next step will use it
  answer: text[1] = llm(message)
  return answer
}
""",
    ),
    Rule(
        code="HG721",
        name="allow-unused",
        severity="warning",
        message="There is no {code_named} here to be allowed.",
        help="Remove it: what it allowed is gone.",
        explanation="""\
A comment allows a code on its own line, or alone on a line on the one below. Nothing of that code is found there, so \
the comment says what is no longer true, and would hide a fault that comes later.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  # hdsl: allow HG104 because the next step will use it
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
        code="HG722",
        name="cannot-be-allowed",
        severity="error",
        message="`{code_named}` cannot be allowed: {reason}.",
        help="Mend what it says.",
        explanation="""\
Warnings can be allowed, and what is said of effects and budgets of a program that is whole. With any other error \
there is no program: nothing could run that is allowed to have it.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)  # hdsl: allow HG702 because it will be two
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
)
