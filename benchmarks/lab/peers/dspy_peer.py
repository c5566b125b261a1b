"""DSPy: a program of one `Predict` a node, compiled by GEPA with textual feedback, or by BootstrapFewShot.

Variants: "gepa" with its default minibatch of 3, "gepa-12" with one of 12, "fewshot" with all labels as demonstrations.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

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


class Follower:
    """Watches the best program so far, as GEPA finds it."""

    def __init__(self, task: Task, program: Program) -> None:
        self._program = program
        self.watch = Watch(task, self._evaluated)
        self.look(program)

    def look(self, program: Program) -> None:
        """This is the best program now."""
        self._program = program
        self.watch.look([_rows(node) for node in program.nodes])

    def on_valset_evaluated(self, event: Mapping[str, Any]) -> None:
        """Called by GEPA for each candidate that it keeps; their texts come by the names of the nodes."""
        if event["is_best_program"]:
            best = self._program.deepcopy()
            for name, node in best.named_predictors():
                node.signature = node.signature.with_instructions(event["candidate"][name])
            self.look(best)

    def _evaluated(self, keys: Sequence[str], model: str) -> list[str]:
        with dspy.context(lm=_lm(model)):
            return [self._program(question=key).answer for key in keys]


def train(task: Task, variant: str) -> Watch:
    """Compiles the program by the optimizer of the variant."""
    dspy.configure(lm=_lm(MODEL))
    teacher, program = Teacher(task), Program(task)
    follower = Follower(task, program)
    if variant == "fewshot":
        follower.look(_few_shot(task, teacher, program))
    else:
        minibatch = 12 if variant == "gepa-12" else 3
        follower.look(_gepa(task, teacher, program, follower, minibatch))
    return follower.watch


def _gepa(task: Task, teacher: Teacher, program: Program, follower: Follower, minibatch: int) -> Program:
    examples = [_example(key, teacher.label(key)) for key in task.keys]
    optimizer = dspy.GEPA(
        metric=_metric(teacher),
        max_metric_calls=METRIC_CALLS,
        reflection_minibatch_size=minibatch,
        reflection_lm=dspy.settings.lm,
        num_threads=1,
        seed=task.seed,
        gepa_kwargs={"callbacks": [follower]},
    )
    return optimizer.compile(program, trainset=examples, valset=examples)


def _metric(teacher: Teacher) -> Callable[..., Any]:
    def metric(gold, pred, trace=None, pred_name=None, pred_trace=None):
        if pred_name is None:
            return float(teacher.is_right(gold.question, pred.answer))
        said = teacher.visit(gold.question, pred.answer)
        return dspy.Prediction(score=float(said.is_right), feedback=str(said))

    return metric


def _few_shot(task: Task, teacher: Teacher, program: Program) -> Program:
    """What the teacher says of no answer is all that is known of a label."""
    examples = [_example(key, teacher.visit(key, "").expected) for key in task.keys]
    optimizer = BootstrapFewShot(metric=lambda gold, pred, trace=None: gold.answer == pred.answer, max_labeled_demos=24)
    return optimizer.compile(program, trainset=examples)


def _example(question: str, answer: str) -> dspy.Example:
    return dspy.Example(question=question, answer=answer).with_inputs("question")


def _lm(model: str) -> dspy.LM:
    return dspy.LM(f"openai/{model}", api_base=base_url(), cache=False)


def _rows(node: dspy.Predict) -> dict[str, str]:
    """What a node is shown: the lessons of its instruction and its demonstrations."""
    (came_in,), (comes_out,) = node.signature.input_fields, node.signature.output_fields
    whole = [demo for demo in node.demos if came_in in demo and comes_out in demo]
    return lessons_in(node.signature.instructions) | {demo[came_in]: demo[comes_out] for demo in whole}


if __name__ == "__main__":
    run_adapter(train)
