"""The faults in a `.hg` file, and the codes by which `hdsl check` tells them."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.peers_checking import kinds
from hdsl.check.session import check_file

VALID = """\
hdsl 1

type Mood { "glad", "angry" }

experience moods: text -> Mood = [("thanks", "Thank you!", "glad")]

harness reply(question: text[1]) -> text[1] {
  budget(llm_calls=3)
  mood:   Mood[1] = expert(question, moods)
  thanks: text[1] = llm(question, task="Thank the writer.")
  sorry:  text[1] = llm(question, task="Say sorry.")
  answer: text[1] = switch mood { "glad" => thanks, "angry" => sorry }
  return answer
}
"""
LOOP = (
    "  turns:  text[1, 3] = expand(answer, to=[1, 3])\n  last:   text[1] = recurrent(turns, question)\n  return last\n"
)
WRITES = (
    '  one:    text[1] = write_file("out.txt", thanks)\n  other:  text[1] = write_file("out.txt", sorry)\n'
    "  answer: text[1] = join(one, other)\n"
)

FAULTS = {
    kinds.UNKNOWN_STEP: ('"angry" => sorry', '"angry" => sory'),
    kinds.TWICE: ("  sorry:  text", "  thanks: text"),
    kinds.UNREACHED: ("  answer:", '  spare:  text[1] = llm(question, task="Shorten it.")\n  answer:'),
    kinds.NO_RESULT: ("  return answer\n", ""),
    kinds.CYCLE: ("  return answer\n", LOOP),
    kinds.WRONG_TYPE: ("expert(question, moods)", "expert(moods, question)"),
    kinds.MISSING_INPUT: ("expert(question, moods)", "expert(question)"),
    kinds.UNKNOWN_INPUT: ('llm(question, task="Say', 'llm(message, task="Say'),
    kinds.UNKNOWN_OPTION: ('task="Say sorry."', 'prompt="Say sorry."'),
    kinds.WRONG_OPTION: ('task="Say sorry."', "task=3"),
    kinds.UNKNOWN_LABEL: ('"angry" => sorry', '"angr" => sorry'),
    kinds.MISSING_BRANCH: (', "angry" => sorry', ""),
    kinds.WRONG_EXAMPLE: ('"Thank you!", "glad"', '"Thank you!", "happy"'),
    kinds.UNORDERED: ('  answer: text[1] = switch mood { "glad" => thanks, "angry" => sorry }\n', WRITES),
    kinds.OVER_BUDGET: ("llm_calls=3", "llm_calls=1"),
    kinds.BROKEN: ("experience moods: text -> Mood", "experience moods: text Mood"),
}


def measured() -> dict[str, str | None]:
    """The codes found of each fault."""
    told: dict[str, str | None] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "reply.hg"
        path.write_text(VALID)
        assert not check_file(path).diagnostics
        for kind, (right, wrong) in FAULTS.items():
            assert right in VALID
            path.write_text(VALID.replace(right, wrong, 1))
            told[kind] = ", ".join(sorted({each.code for each in check_file(path).diagnostics}))
    return told
