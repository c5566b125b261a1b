"""Names: what is not defined, defined twice, or never used."""

from hdsl.check.catalogue.rule import Rule

RULES = (
    Rule(
        code="HG101",
        name="unknown-name",
        severity="error",
        message="`{name}` is not defined here.",
        explanation="""\
A name stands for one value: an input of the harness, a node above this line, or an experience. No such value has \
this name. If it is only misspelt, the help says which name comes closest.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(mesage)
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
        code="HG102",
        name="defined-twice",
        severity="error",
        message="`{name}` is defined twice.",
        help="Give one of them another name: a name is one value.",
        explanation="""\
A name is one value and keeps it: nothing is assigned anew. With two definitions a reader could not say which of \
them a use means, so each step gets a name of its own.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
  answer: text[1] = first_line(answer)
  return answer
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
        code="HG103",
        name="used-before-definition",
        severity="error",
        message="`{name}` is used before it is defined.",
        help="Move its definition above this line.",
        explanation="""\
A body is read from top to bottom, and a node may use only what stands above it. That keeps every harness free of \
circles and lets a reader follow the data in one direction. The definition exists, it only comes too late.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  short:  text[1] = first_line(answer)
  answer: text[1] = llm(message)
  return short
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
        code="HG104",
        name="unused-node",
        severity="warning",
        message="`{name}` is never used.",
        help="Take it away, or let the result depend on it.",
        explanation="""\
Nodes are evaluated when the result needs them. Nothing needs this one, so it never is: it costs nothing and does \
nothing. Usually another node should have used it. A name that begins with `_` says that this is meant.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  short:  text[1] = first_line(message)
  answer: text[1] = llm(message)
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
        code="HG105",
        name="unused-input",
        severity="warning",
        message="The parameter `{name}` is never used.",
        help="Take it out of the signature, or use it.",
        explanation="""\
Whoever calls the harness must think about this parameter, and it changes nothing. An expert sees its own input, its \
rows and its task, so another input of the harness reaches it only if a node joins it in.""",
        wrong="""\
hdsl 1

harness reply(message: text[1], tone: text[1]) -> text[1] {
  answer: text[1] = llm(message)
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1], tone: text[1]) -> text[1] {
  both:   text[1] = join(tone, message)
  answer: text[1] = llm(both)
  return answer
}
""",
    ),
    Rule(
        code="HG106",
        name="unknown-module",
        severity="error",
        message="There is no module `{name}`.",
        explanation="""\
`use std.NAME` brings in a module of the standard library, and this is none. A file of your own is used by its path \
and gets a name: `use "lib/rows.hg" as rows`.""",
        wrong="""\
hdsl 1

use std.terminl

harness look(shell: session[1]) -> text[1] {
  screen: text[1] = terminl.capture(shell)
  return screen
}
""",
        right="""\
hdsl 1

use std.terminal

harness look(shell: session[1]) -> text[1] {
  screen: text[1] = terminal.capture(shell)
  return screen
}
""",
    ),
    Rule(
        code="HG107",
        name="option-name-taken",
        severity="error",
        message="`{name}` is an option of `hdsl run` itself, so no input can be called so.",
        help="Give the input another name.",
        explanation="""\
`hdsl run` makes an option of every parameter of a harness: `message` becomes `--message`. The names of its own \
options (`--harness`, `--kernel`, `--resume`, `--json`, `--help`) are taken already.""",
        wrong="""\
hdsl 1

harness reply(kernel: text[1]) -> text[1] {
  answer: text[1] = llm(kernel)
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
        code="HG108",
        name="unused-use",
        severity="warning",
        message="Nothing of `{name}` is used.",
        help="Take the `use` away.",
        explanation="""\
The file brings in a module and uses none of its names. A reader would look for where it touches a terminal, for \
instance, and look in vain.""",
        wrong="""\
hdsl 1

use std.terminal

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
        code="HG109",
        name="unknown-operation",
        severity="error",
        message="There is no operation or harness `{name}`.",
        explanation="""\
What is called is an operation of the prelude, one of a module in use (`terminal.capture`), one that this file \
declares with `op`, or a harness. None of them has this name. `hdsl card` lists the operations that are always \
there.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = first_lines(message)
  return answer
}
""",
        right="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = first_line(message)
  return answer
}
""",
    ),
    Rule(
        code="HG110",
        name="unknown-type",
        severity="error",
        message="There is no type `{name}`.",
        explanation="""\
A node holds `text`, `session`, `mask` or `score`, or texts with labels of a type that is declared with `type`. A \
type of a module in use is written with the module's name: `agents.Action`.""",
        wrong="""\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: string[1] = llm(message)
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
        code="HG111",
        name="module-cycle",
        severity="error",
        message="These files use each other in a circle: {cycle}.",
        help="Move what both need into a third file.",
        explanation="""\
A file is checked after the files it uses, which is not possible when they use each other. What both of them need \
can stand in a third file that uses neither.""",
        wrong="""\
hdsl 1

use "greetings.hg" as greetings

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = greetings.greet(message)
  return answer
}
""",
        right="""\
hdsl 1

use "greetings.hg" as greetings

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = greetings.greet(message)
  return answer
}
""",
        files=(
            (
                "greetings.hg",
                """\
hdsl 1

use "example.hg" as example

harness greet(message: text[1]) -> text[1] {
  answer: text[1] = example.reply(message)
  return answer
}
""",
            ),
        ),
        mended=(
            (
                "greetings.hg",
                """\
hdsl 1

harness greet(message: text[1]) -> text[1] {
  answer: text[1] = llm(message, task="Greet back.")
  return answer
}
""",
            ),
        ),
    ),
    Rule(
        code="HG112",
        name="unknown-effect",
        severity="error",
        message="There is no effect `!{name}`.",
        explanation="""\
The effects behind a signature say what an operation may do, and the checker knows six of them: `!llm`, `!read`, \
`!write`, `!open`, `!wait` and `!fails`. Anything that looks at the world is a `!read`, anything that changes it a \
`!write`.""",
        wrong="""\
hdsl 1

op fetch(address: text[*S]) -> text[*S] !network = "web:fetch"
""",
        right="""\
hdsl 1

op fetch(address: text[*S]) -> text[*S] !read = "web:fetch"
""",
    ),
    Rule(
        code="HG113",
        name="no-entry",
        severity="error",
        message="The operation `{name}` names no Python function.",
        help='Add its entry point: `= "module:function"`.',
        explanation="""\
An `op` declares what an operation takes and gives; what it does is a Python function, named behind the `=`. The \
function is looked for beside the file and in the project.""",
        wrong="""\
hdsl 1

op shout(x: text[*S]) -> text[*S]
""",
        right="""\
hdsl 1

op shout(x: text[*S]) -> text[*S] = "voices:shout"
""",
    ),
    Rule(
        code="HG114",
        name="bad-entry",
        severity="error",
        message="`{entry}` is no entry point.",
        help='An entry point is `"package.module:function"`.',
        explanation="""\
An entry point is the path of a Python module, a colon, and the name of a function in it. The colon tells where the \
module ends and the function begins.""",
        wrong="""\
hdsl 1

op shout(x: text[*S]) -> text[*S] = "voices.shout"
""",
        right="""\
hdsl 1

op shout(x: text[*S]) -> text[*S] = "voices:shout"
""",
    ),
    Rule(
        code="HG115",
        name="unavailable-operation",
        severity="error",
        message="`{name}` is not available in this version of hdsl.",
        help="Ask the model with `llm` or `expert`, or write an operation of your own.",
        explanation="""\
The operation is declared, so that its name is kept for it and files that use it are read as they will be, but it has \
no function yet. A file that calls it cannot run.""",
        wrong="""\
hdsl 1

harness tidy(request: text[1]) -> text[1] {
  done: text[1] = agent(request, folder="project")
  return done
}
""",
        right="""\
hdsl 1

harness tidy(request: text[1]) -> text[1] {
  plan: text[1] = llm(request, task="Say what is to be done.")
  return plan
}
""",
    ),
    Rule(
        code="HG118",
        name="unknown-kind",
        severity="error",
        message="There is no kind of operation `{name}`.",
        explanation="""\
What stands behind `as` says which elements of its inputs an operation asks for, and in which order. The checker \
proves the order of effects from it, so it must be one of the kinds it knows. An operation that names none is \
`elementwise`: each element is made of the elements at its own coordinates.""",
        wrong="""\
hdsl 1

op first_good(step: text[*S]...) -> text[*S] = "steps:first_good" as sequences
""",
        right="""\
hdsl 1

op first_good(step: text[*S]...) -> text[*S] = "steps:first_good" as sequence
""",
    ),
    Rule(
        code="HG119",
        name="kind-does-not-fit",
        severity="error",
        message="`{name}` cannot be `{kind}`: {reason}.",
        explanation="""\
A kind says which elements of its inputs an operation asks for, so it fixes how the dimensions of the inputs and of \
the result belong together: an `elementwise` operation and a `sequence` have inputs of the result's dimensions, a \
`loop` and a `gather` have one dimension more in their first input, a `stack` has one dimension more in its result.""",
        help="Say another kind with `as`, or give the result the dimensions that follow from the inputs.",
        wrong="""\
hdsl 1

op longest(x: text[*S, N]) -> text[*S] = "lengths:longest"
""",
        right="""\
hdsl 1

op longest(x: text[*S, N]) -> text[*S] = "lengths:longest" as reduce
""",
    ),
    Rule(
        code="HG120",
        name="entry-not-allowed",
        severity="error",
        message="`{entry}` may not be called: {reason}.",
        explanation="""\
An entry point names Python code that a run executes, so a file may name only code that its reader can see or has \
agreed to: a module beside the file, one in the project (the folder of `hdsl.toml` or of `pyproject.toml` with \
`[tool.hdsl]`), or what `[operations] allow` lists there, as `allow = ["text_tools:clean", "our_company.*"]`. Without \
this, `= "subprocess:getoutput"` would be an operation without effects that runs commands. Of hdsl itself it is what \
the standard library declares, with the same effects. The configuration that counts is the one above the file that is \
checked or run, not one beside a file that it uses. No module is imported to check this; one that is neither in the \
project nor installed is left to the run, which refuses it too.""",
        wrong="""\
hdsl 1

op output_of(command: text[*S]) -> text[*S] = "subprocess:getoutput"
""",
        right="""\
hdsl 1

op output_of(command: text[*S]) -> text[*S] = "commands:output_of"
""",
        mended=(("commands.py", 'def output_of(command):\n    return f"would run {command}"\n'),),
    ),
)
