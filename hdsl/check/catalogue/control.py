"""Control: switches that cover their labels, and no recursion."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG601",
        name="missing-case",
        severity="error",
        message="The switch does not cover everything: {what}.",
        explanation="""\
A switch has a branch for each label of its condition, or an `else` for those it does not name. That way it is \
settled before anything runs that every answer leads somewhere. A condition that is plain `text` always needs an \
`else`.""",
        wrong="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience moods: text -> Mood = []

harness reply(message: text[1]) -> text[1] {
  mood:   Mood[1] = expert(message, moods)
  thanks: text[1] = llm(message, task="Thank the writer.")
  answer: text[1] = switch mood { "glad" => thanks }
  return answer
}
""",
        right="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience moods: text -> Mood = []

harness reply(message: text[1]) -> text[1] {
  mood:   Mood[1] = expert(message, moods)
  thanks: text[1] = llm(message, task="Thank the writer.")
  sorry:  text[1] = llm(message, task="Say sorry.")
  answer: text[1] = switch mood { "glad" => thanks, "angry" => sorry }
  return answer
}
""",
    ),
    Rule(
        code="HG602",
        name="unreachable-case",
        severity="error",
        message="This case is never reached.",
        help="Take it away.",
        explanation="""\
The cases above leave nothing for this one: `else` takes all that has no case of its own, and where every label has \
one, nothing is left for `else`.""",
        wrong="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience moods: text -> Mood = []

harness reply(message: text[1]) -> text[1] {
  mood:   Mood[1] = expert(message, moods)
  thanks: text[1] = llm(message, task="Thank the writer.")
  sorry:  text[1] = llm(message, task="Say sorry.")
  answer: text[1] = switch mood { else => thanks, "angry" => sorry }
  return answer
}
""",
        right="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience moods: text -> Mood = []

harness reply(message: text[1]) -> text[1] {
  mood:   Mood[1] = expert(message, moods)
  thanks: text[1] = llm(message, task="Thank the writer.")
  sorry:  text[1] = llm(message, task="Say sorry.")
  answer: text[1] = switch mood { "angry" => sorry, else => thanks }
  return answer
}
""",
    ),
    Rule(
        code="HG603",
        name="duplicate-case",
        severity="error",
        message='"{label}" has a case already.',
        help="Take one of them away.",
        explanation="""\
A label leads to one branch. With two cases for it the second would never be taken; often one of them was meant for \
another label.""",
        wrong="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience moods: text -> Mood = []

harness reply(message: text[1]) -> text[1] {
  mood:   Mood[1] = expert(message, moods)
  thanks: text[1] = llm(message, task="Thank the writer.")
  sorry:  text[1] = llm(message, task="Say sorry.")
  answer: text[1] = switch mood { "glad" => thanks, "angry" => sorry, "glad" => sorry }
  return answer
}
""",
        right="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience moods: text -> Mood = []

harness reply(message: text[1]) -> text[1] {
  mood:   Mood[1] = expert(message, moods)
  thanks: text[1] = llm(message, task="Thank the writer.")
  sorry:  text[1] = llm(message, task="Say sorry.")
  answer: text[1] = switch mood { "glad" => thanks, "angry" => sorry }
  return answer
}
""",
    ),
    Rule(
        code="HG604",
        name="recursion",
        severity="error",
        message="These harnesses call each other in a circle: {cycle}.",
        help="A program is one flat graph: loop with `recurrent`.",
        explanation="""\
A call is replaced by the nodes of the harness it calls, so that a program is one flat graph whose cost can be \
counted before it runs. Harnesses that call each other would never end being replaced. What should be repeated is \
the body of a `recurrent`.""",
        wrong="""\
hdsl 1

harness write(message: text[1]) -> text[1] {
  draft: text[1] = llm(message, task="Write a draft.")
  final: text[1] = improve(draft)
  return final
}

harness improve(draft: text[1]) -> text[1] {
  better: text[1] = llm(draft, task="Improve it.")
  final:  text[1] = write(better)
  return final
}
""",
        right="""\
hdsl 1

harness write(message: text[1]) -> text[1] {
  draft: text[1] = llm(message, task="Write a draft.")
  final: text[1] = improve(draft)
  return final
}

harness improve(draft: text[1]) -> text[1] {
  better: text[1] = llm(draft, task="Improve it.")
  return better
}
""",
    ),
    Rule(
        code="HG605",
        name="case-not-a-label",
        severity="error",
        message='"{label}" is no label of `{type}`.',
        explanation="""\
The condition can only be one of the labels of its type, so this case could never be chosen. Labels are compared \
exactly, with their colon if they have one.""",
        wrong="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience moods: text -> Mood = []

harness reply(message: text[1]) -> text[1] {
  mood:   Mood[1] = expert(message, moods)
  thanks: text[1] = llm(message, task="Thank the writer.")
  sorry:  text[1] = llm(message, task="Say sorry.")
  answer: text[1] = switch mood { "glad" => thanks, "angri" => sorry }
  return answer
}
""",
        right="""\
hdsl 1

type Mood {
  "glad": "the writer is pleased",
  "angry": "the writer complains",
}

experience moods: text -> Mood = []

harness reply(message: text[1]) -> text[1] {
  mood:   Mood[1] = expert(message, moods)
  thanks: text[1] = llm(message, task="Thank the writer.")
  sorry:  text[1] = llm(message, task="Say sorry.")
  answer: text[1] = switch mood { "glad" => thanks, "angry" => sorry }
  return answer
}
""",
    ),
)
