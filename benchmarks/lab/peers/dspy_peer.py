"""DSPy: a program of one `Predict` a node, compiled by GEPA with textual feedback, or by BootstrapFewShot.

Variants: "gepa" with its default minibatch of 3, "gepa-12" with one of 12, "fewshot" with all labels as demonstrations.
"""

from collections.abc import Sequence

import dspy
from dspy.teleprompt import BootstrapFewShot

from benchmarks.lab.lessons import lessons_in
from benchmarks.lab.peers.common import MODEL, base_url, run_adapter, start_texts
from benchmarks.lab.tasks import Task
from benchmarks.lab.teacher import Teacher
from benchmarks.lab.watch import Watch

METRIC_CALLS = 800


class Program(dspy.Module):
    """The nodes in a chain."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        fields = ["question", "middle", "answer"] if len(task.truth) == 2 else ["question", "answer"]
        steps = zip(fields, fields[1:], start_texts(task), strict=False)
        self.nodes = [dspy.Predict(dspy.Signature(f"{one} -> {other}", text)) for one, other, text in steps]

    def forward(self, question: str) -> dspy.Prediction:
        """The answer, by way of the middle text where there is one."""
        text = question
        for node in self.nodes:
            (came_in,), (comes_out,) = node.signature.input_fields, node.signature.output_fields
            text = node(**{came_in: text})[comes_out]
        return dspy.Prediction(answer=text)


def train(task: Task, variant: str) -> Watch:
    """Compiles the program by the optimizer of the variant."""
    teacher, lm = Teacher(task), _lm(MODEL)
    dspy.configure(lm=lm)
    program = Program(task)
    watch = Watch(task, lambda keys, model: _evaluated(watched[0], keys, model))
    watched = [program]
    watch.look(_rows(program))
    if variant == "fewshot":
        watched[0] = _few_shot(task, teacher, program)
        watch.look(_rows(watched[0]))
        return watch

    class Follower:
        def on_valset_evaluated(self, event: dict[str, object]) -> None:
            if event["is_best_program"]:
                for node, (_, text) in zip(watched[0].nodes, sorted(event["candidate"].items()), strict=True):
                    node.signature = node.signature.with_instructions(text)
                watch.look(_rows(watched[0]))

    watched[0] = program.deepcopy()
    examples = [dspy.Example(question=key, answer=teacher.label(key)).with_inputs("question") for key in task.keys]
    optimizer = dspy.GEPA(
        metric=_metric(teacher),
        max_metric_calls=METRIC_CALLS,
        reflection_minibatch_size=12 if variant == "gepa-12" else 3,
        reflection_lm=lm,
        num_threads=1,
        seed=task.seed,
        gepa_kwargs={"callbacks": [Follower()]},
    )
    watched[0] = optimizer.compile(program, trainset=examples, valset=examples)
    watch.look(_rows(watched[0]))
    return watch


def _metric(teacher: Teacher) -> object:
    def metric(gold, pred, trace=None, pred_name=None, pred_trace=None):
        if pred_name is None:
            return float(teacher.is_right(gold.question, pred.answer))
        said = teacher.visit(gold.question, pred.answer)
        return dspy.Prediction(score=float(said.is_right), feedback=str(said))

    return metric


def _few_shot(task: Task, teacher: Teacher, program: Program) -> Program:
    """What the teacher says to an answer that is unknown is all that is known of a label."""
    said = {key: teacher.visit(key, "").expected for key in task.keys}
    examples = [dspy.Example(question=key, answer=said[key]).with_inputs("question") for key in task.keys]
    optimizer = BootstrapFewShot(metric=lambda gold, pred, trace=None: gold.answer == pred.answer, max_labeled_demos=24)
    return optimizer.compile(program, trainset=examples)


def _lm(model: str) -> dspy.LM:
    return dspy.LM(f"openai/{model}", api_base=base_url(), cache=False)


def _evaluated(program: Program, keys: Sequence[str], model: str) -> list[str]:
    with dspy.context(lm=_lm(model)):
        return [program(question=key).answer for key in keys]


def _rows(program: Program) -> list[dict[str, str]]:
    found = []
    for node in program.nodes:
        (came_in,), (comes_out,) = node.signature.input_fields, node.signature.output_fields
        whole = [demo for demo in node.demos if came_in in demo and comes_out in demo]
        shown = {demo[came_in]: demo[comes_out] for demo in whole}
        found.append(lessons_in(node.signature.instructions) | shown)
    return found


if __name__ == "__main__":
    run_adapter(train)
