"""The lab's scripted model knows what stands in its messages and nothing else, in the form of each framework."""

import ast
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.lab.lessons import lessons_in, recalled, rewritten, text_of
from benchmarks.lab.model import ScriptedModel

WORDS = st.text("abcxyz ", min_size=1).map(str.strip).filter(bool)
WRONG = 'The answer "unknown" is wrong; it should be "mopi".'
TEXT = text_of("Answer with one word.", {"kavu": "dole"})


def reply(system: str, *turns: str, model: ScriptedModel | None = None) -> str:
    roles = ("user", "assistant") * len(turns)
    messages = [{"role": "system", "content": system}]
    messages += [{"role": role, "content": turn} for role, turn in zip(roles, turns, strict=False)]
    return (model or ScriptedModel()).reply(messages)


def learned(improved: str) -> dict[str, str]:
    assert improved.startswith("<IMPROVED_VARIABLE>") and improved.endswith("</IMPROVED_VARIABLE>")
    return lessons_in(improved.removesuffix("</IMPROVED_VARIABLE>"))


def test_it_answers_from_the_lessons_it_is_shown_and_knows_nothing_else():
    assert reply(TEXT, "kavu") == "dole"
    assert reply(TEXT, "rune") == "unknown"
    assert reply("Answer with one word.", "kavu") == "unknown"


def test_of_a_key_it_does_not_know_it_guesses_by_one_that_shares_most_words():
    lessons = {"one two three four": "near", "five six": "far"}
    assert recalled(lessons, "one two three six") == "near"
    assert recalled(lessons, "one seven eight nine") == "unknown"


def test_what_is_hidden_is_no_part_of_the_modules_that_it_is_made_of():
    folder = Path(__file__).parents[2] / "benchmarks" / "lab"
    seen, open_modules = set(), {"model", "kernel"}
    while open_modules:
        module = open_modules.pop()
        seen.add(module)
        for found in ast.walk(ast.parse((folder / f"{module}.py").read_text())):
            if isinstance(found, ast.ImportFrom) and (found.module or "").startswith("benchmarks.lab"):
                names = (
                    [found.module or ""] if found.module != "benchmarks.lab" else [each.name for each in found.names]
                )
                open_modules |= {name.rpartition(".")[2] for name in names} - seen
    assert not seen & {"tasks", "teacher", "words", "watch"}


@given(st.dictionaries(WORDS, WORDS), st.dictionaries(WORDS, WORDS))
def test_lessons_are_read_as_they_were_written_and_rewriting_keeps_them(known, new):
    text = text_of("Answer.", known)
    assert lessons_in(text) == known
    assert lessons_in(rewritten(text, new, lambda _: False)) == {**known, **new}


def test_an_editor_with_the_defect_drops_rows_the_same_ones_each_time_and_never_what_it_learns():
    known = {f"key {number}": f"value {number}" for number in range(200)}
    prompt = improvement(text_of("Answer.", known), 'To "new" the answer should be "mopi".')
    model = ScriptedModel(dropped_rows=0.05)
    left = learned(reply(OPTIMIZER, prompt, model=model))
    assert 170 < len(left) < 200
    assert left["new"] == "mopi"
    assert learned(reply(OPTIMIZER, prompt, model=model)) == left
    assert learned(reply(OPTIMIZER, prompt)) == {**known, "new": "mopi"}


OPTIMIZER = "You MUST give your response by sending the improved variable between tags."
BACKWARD = "You are the gradient (feedback) engine."


def improvement(text: str, feedback: str) -> str:
    return f"<VARIABLE> {text} </VARIABLE> <CONTEXT><FEEDBACK>{feedback}</FEEDBACK></CONTEXT> in <FEEDBACK> tags."


def criticism(variable: str, system: str, came_in: str) -> str:
    return (
        f"<LM_SYSTEM_PROMPT> {system} </LM_SYSTEM_PROMPT>\n<LM_INPUT> {came_in} </LM_INPUT>\n"
        f"<OBJECTIVE_FUNCTION>Address the feedback: {WRONG} </OBJECTIVE_FUNCTION>\n<VARIABLE> {variable} </VARIABLE>"
    )


def test_textgrad_feedback_becomes_advice_on_the_prompt_and_the_advice_a_lesson():
    advice = reply(BACKWARD, criticism(TEXT, TEXT, "rune"))
    assert advice == 'To "rune" the answer should be "mopi".'
    assert learned(reply(OPTIMIZER, improvement(TEXT, advice))) == {"kavu": "dole", "rune": "mopi"}


def test_textgrad_a_long_variable_that_is_abbreviated_is_read_in_its_conversation():
    whole = text_of("Answer.", {f"key{number}": "dole" for number in range(20)})
    prompt = improvement(f"{whole[:20]} (...) {whole[-20:]}", 'To "new" the answer should be "mopi".')
    shown = f"<LM_SYSTEM_PROMPT> {whole} </LM_SYSTEM_PROMPT>{prompt}"
    assert len(learned(reply(OPTIMIZER, shown))) == 21


def test_textgrad_an_input_that_slipped_is_to_blame_and_not_the_prompt():
    knowing = text_of("Answer.", {"stage rune": "mopi"})
    assert reply(BACKWARD, criticism("stage rone", knowing, "stage rone")) == (
        'The answer "stage rone" is wrong; it should be "stage rune".'
    )
    assert reply(BACKWARD, criticism(knowing, knowing, "stage rone")) == "Nothing is to be changed."


TRACE = 'You\'re tasked to solve a coding/algorithm problem. Output "suggestion".'


def problem(first: str, second: str, middle: str, feedback: str = WRONG) -> str:
    return (
        "#Instruction\nChange the variables.\n\n#Code\nask0 = ask(instruction=first0, question=question0)\n"
        "ask1 = ask(instruction=second0, question=ask0)\n\n#Documentation\n[ask] Asks.\n\n"
        f"#Variables\n(str) first0={first}\n(str) second0={second}\n\n#Constraints\n\n\n#Inputs\n"
        f"(str) question0=kavu\n\n#Others\n(str) ask0={middle}\n\n#Outputs\n(str) ask1=unknown\n\n"
        f"#Feedback\n{feedback}\n"
    )


def test_trace_the_one_node_to_blame_is_changed_as_json():
    first = text_of("Answer.", {"kavu": "stage rone"})
    knowing = text_of("Answer.", {"stage rune": "mopi"})
    said = json.loads(reply(TRACE, problem(first, knowing, "stage rone")))["suggestion"]
    assert {name: lessons_in(text) for name, text in said.items()} == {"first0": {"kavu": "stage rune"}}
    said = json.loads(reply(TRACE, problem(first, "Answer.", "stage rone")))["suggestion"]
    assert {name: lessons_in(text) for name, text in said.items()} == {"second0": {"stage rone": "mopi"}}
    assert reply(TRACE, problem(first, knowing, "x", 'The answer "mopi" is right.')) == "TERMINATE"


DSPY = f"[[ ## completed ## ]]\nyour objective is: \n        {TEXT.replace(chr(10), chr(10) + ' ' * 8)}"
ASKED = "\n\nRespond with the corresponding output fields, starting with the field `[[ ## answer ## ]]`, and then"


def test_dspy_fields_are_read_from_instruction_and_demonstrations():
    def asked(key: str) -> str:
        return f"[[ ## question ## ]]\n{key}{ASKED}"

    assert reply(DSPY, asked("kavu")) == "[[ ## answer ## ]]\ndole\n\n[[ ## completed ## ]]"
    shown = (asked("rune"), "[[ ## answer ## ]]\nmopi\n\n[[ ## completed ## ]]\n")
    assert "\nmopi\n" in reply(DSPY, *shown, asked("rune"))


def test_gepa_examples_become_lessons_unless_the_feedback_is_on_another_answer():
    system = "[[ ## completed ## ]] Your task is to write a new instruction for the assistant."
    examples = [
        {"Inputs": {"question": key}, "Generated Outputs": {"answer": answer}, "Feedback": WRONG}
        for key, answer in (("rune", "unknown"), ("seno", "other"))
    ]
    asked = f"[[ ## current_instruction ## ]]\n{TEXT}\n\n[[ ## examples_with_feedback ## ]]\n{json.dumps(examples)}"
    proposed = json.loads(reply(system, f"{asked}\n\nRespond with a JSON object."))["new_instruction"]
    assert lessons_in(proposed) == {"kavu": "dole", "rune": "mopi"}
