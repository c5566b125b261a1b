"""TextGrad: system prompts as variables, a string-based loss, and textual gradient descent, as in its tutorial.

Variant "validated": a step after which fewer answers over the data are right is taken back, as the tutorial does.
"""

import textgrad
from textgrad.autograd import StringBasedFunction
from textgrad.engine.openai import ChatOpenAI

from benchmarks.lab.lessons import lessons_in
from benchmarks.lab.peers.common import MODEL, ask_chain, batches, run_adapter, start_texts
from benchmarks.lab.tasks import EPOCHS, Task
from benchmarks.lab.teacher import Teacher
from benchmarks.lab.watch import Watch

BATCH = 3
"""The tutorial's."""


def train(task: Task, variant: str) -> Watch:
    """Trains the prompts of all nodes."""
    teacher = Teacher(task)
    textgrad.set_backward_engine(ChatOpenAI(MODEL), override=True)
    prompts = [
        textgrad.Variable(text, requires_grad=True, role_description=f"system prompt of language model {number}")
        for number, text in enumerate(start_texts(task), 1)
    ]
    models = [textgrad.BlackboxLLM(ChatOpenAI(MODEL), prompt) for prompt in prompts]
    optimizer = textgrad.TextualGradientDescent(parameters=prompts)
    watch = Watch(task, lambda keys, model: ask_chain([prompt.value for prompt in prompts], keys, model))
    watch.look(_rows(prompts))
    best = _validated(task, teacher, models) if variant == "validated" else 0
    for keys in batches(task, EPOCHS, BATCH):
        optimizer.zero_grad()
        textgrad.sum([_loss(teacher, models, key) for key in keys]).backward()
        before = [prompt.value for prompt in prompts]
        optimizer.step()
        if variant == "validated":
            right = _validated(task, teacher, models)
            if right < best:
                for prompt, text in zip(prompts, before, strict=True):
                    prompt.set_value(text)
            best = max(best, right)
        watch.look(_rows(prompts))
    return watch


def _answer(models: list[textgrad.BlackboxLLM], key: str) -> textgrad.Variable:
    value = textgrad.Variable(key, requires_grad=False, role_description="query to the language model")
    for model in models:
        value = model(value)
    return value


def _loss(teacher: Teacher, models: list[textgrad.BlackboxLLM], key: str) -> textgrad.Variable:
    judge = StringBasedFunction(
        lambda prediction: str(teacher.visit(key, prediction.value)), "Says whether the answer of the models is right."
    )
    return judge({"prediction": _answer(models, key)}, response_role_description="judgement of the answer")


def _validated(task: Task, teacher: Teacher, models: list[textgrad.BlackboxLLM]) -> int:
    return sum(teacher.is_right(key, _answer(models, key).value) for key in task.keys)


def _rows(prompts: list[textgrad.Variable]) -> list[dict[str, str]]:
    return [lessons_in(prompt.value) for prompt in prompts]


if __name__ == "__main__":
    run_adapter(train)
