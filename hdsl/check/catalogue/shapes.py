"""Shapes: ranks, dimensions, indices and what expand allows."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG401",
        name="rank-mismatch",
        severity="error",
        message="`{name}` of `{operation}` takes {wanted}, and {given} is given.",
        help="Add the dimension with `expand` or `None`, or take one away with an index.",
        explanation="""\
The value has too few or too many dimensions for this place. Dimensions are never added or dropped on their own, \
because that would decide in silence how often a model is asked.""",
        wrong="""\
hdsl 1

harness summary(pages: text[1, P]) -> text[1] {
  whole:  text[1] = merge(pages)
  answer: text[1] = llm(whole, task="Sum it up.")
  return answer
}

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = summary(message)
  return answer
}
""",
        right="""\
hdsl 1

harness summary(pages: text[1, P]) -> text[1] {
  whole:  text[1] = merge(pages)
  answer: text[1] = llm(whole, task="Sum it up.")
  return answer
}

harness reply(message: text[1]) -> text[1] {
  page:   text[1, 1] = expand(message, to=[1, 1])
  answer: text[1]    = summary(page)
  return answer
}
""",
    ),
    Rule(
        code="HG402",
        name="dimension-mismatch",
        severity="error",
        message="`{name}` of `{operation}` must be {wanted} here, and {given} is given.",
        help="Nothing is repeated on its own: `expand` repeats an element.",
        explanation="""\
Two values that belong together, element by element, have different shapes; the notes show where each of them comes \
from. Texts are not repeated until they fit, except for constants written in the call: that would hide how many \
elements there really are.""",
        wrong="""\
hdsl 1

harness drafts(message: text[1]) -> text[1, 3] {
  copies: text[1, 3] = expand(message, to=[1, 3])
  texts:  text[1, 3] = llm(copies, task="Write a draft.")
  titled: text[1, 3] = join(texts, message)
  return titled
}
""",
        right="""\
hdsl 1

harness drafts(message: text[1]) -> text[1, 3] {
  copies: text[1, 3] = expand(message, to=[1, 3])
  texts:  text[1, 3] = llm(copies, task="Write a draft.")
  titled: text[1, 3] = join(texts, copies)
  return titled
}
""",
    ),
    Rule(
        code="HG403",
        name="index-out-of-range",
        severity="error",
        message="The index {index} is outside this dimension of {size}.",
        help="Count from 0, or from the end with -1.",
        explanation="""\
Elements are counted from 0, so the last of three is 2, or -1 when counted from the end. The index asks for an \
element that is not there.""",
        wrong="""\
hdsl 1

harness last(pages: text[3]) -> text[] {
  page: text[] = pages[3]
  return page
}
""",
        right="""\
hdsl 1

harness last(pages: text[3]) -> text[] {
  page: text[] = pages[-1]
  return page
}
""",
    ),
    Rule(
        code="HG404",
        name="cannot-expand",
        severity="error",
        message="{given} cannot be expanded to {target}.",
        help="`expand` adds dimensions behind the last, and repeats a dimension of 1.",
        explanation="""\
`expand` repeats elements in two ways: it adds dimensions behind those there are, and it makes n of a dimension of \
1. Any other dimension keeps its size, because it would not be clear which elements are repeated.""",
        wrong="""\
hdsl 1

harness drafts(questions: text[2]) -> text[4] {
  copies: text[4] = expand(questions, to=[4])
  texts:  text[4] = llm(copies, task="Write a draft.")
  return texts
}
""",
        right="""\
hdsl 1

harness drafts(questions: text[2]) -> text[2, 2] {
  copies: text[2, 2] = expand(questions, to=[2, 2])
  texts:  text[2, 2] = llm(copies, task="Write a draft.")
  return texts
}
""",
    ),
    Rule(
        code="HG405",
        name="loop-over-nothing",
        severity="error",
        message="`{operation}` has no turns: its last dimension is 0.",
        help="Give it at least one turn.",
        explanation="""\
`recurrent` evaluates its body turn by turn along the last dimension. With a dimension of 0 there is no turn, and so \
no result it could have.""",
        wrong="""\
hdsl 1

harness agree(message: text[1]) -> text[1] {
  asked:   text[1, 0] = expand(message, to=[1, 0])
  answer:  text[1, 0] = llm(asked, task="Answer yes or no.")
  checked: text[1, 0] = until_match(answer, pattern="^(yes|no)$")
  result:  text[1]    = recurrent(checked)
  return result
}
""",
        right="""\
hdsl 1

harness agree(message: text[1]) -> text[1] {
  asked:   text[1, 3] = expand(message, to=[1, 3])
  answer:  text[1, 3] = llm(asked, task="Answer yes or no.")
  checked: text[1, 3] = until_match(answer, pattern="^(yes|no)$")
  result:  text[1]    = recurrent(checked)
  return result
}
""",
    ),
    Rule(
        code="HG406",
        name="unbound-dimension",
        severity="error",
        message="Nothing says what the dimension {name} is.",
        explanation="""\
A name in a shape stands for a number that comes from somewhere: from the shape of an input, from an option of type \
`dim`, or from a constant (`dim K = 3`). This name has no such origin.""",
        wrong="""\
hdsl 1

harness drafts(message: text[1]) -> text[1, 3] {
  copies: text[1, N] = expand(message, to=[1, 3])
  texts:  text[1, 3] = llm(copies, task="Write a draft.")
  return texts
}
""",
        right="""\
hdsl 1

harness drafts(message: text[1], N: dim = 3) -> text[1, N] {
  copies: text[1, N] = expand(message, to=[1, N])
  texts:  text[1, N] = llm(copies, task="Write a draft.")
  return texts
}
""",
    ),
    Rule(
        code="HG407",
        name="missing-shape",
        severity="error",
        message="`{type}` has no shape here.",
        help="Write its dimensions: `{type}[1]`, or `{type}[]` for a single element.",
        explanation="""\
A tensor has a type and a shape, and both are written. Without the brackets it would not be clear whether one text \
is meant or many; `text[]` is a single one.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text = llm(message)
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
        code="HG408",
        name="bad-index",
        severity="error",
        message="This cannot be an index: {reason}.",
        help="Indices are numbers, ranges `a:b`, `...` and `None`.",
        explanation="""\
Indices are fixed when the file is written: a number takes one element, `a:b` a range, `...` stands for all \
dimensions that are not named, and `None` adds a dimension of 1. A choice that depends on a text is made with \
`switch`.""",
        wrong="""\
hdsl 1

harness first(pages: text[3]) -> text[] {
  page: text[] = pages[first]
  return page
}
""",
        right="""\
hdsl 1

harness first(pages: text[3]) -> text[] {
  page: text[] = pages[0]
  return page
}
""",
    ),
    Rule(
        code="HG409",
        name="negative-dimension",
        severity="error",
        message="A dimension counts elements, and {size} is less than none.",
        help="Write a number from 0.",
        explanation="""\
A dimension says how many elements there are along it: none, one or more. Counting from the end with negative numbers \
is for indices (`x[-1]`), where the dimension is known.""",
        wrong="""\
hdsl 1

harness drafts(message: text[1]) -> text[1, 3] {
  copies: text[1, 3] = expand(message, to=[1, -3])
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
)
