"""Trace: instructions as trainable nodes of a traced program, and OptoPrime after each answer that is wrong."""

from opto.optimizers import OptoPrime
from opto.trace import bundle, node
from opto.utils.llm import LiteLLM

from benchmarks.lab.lessons import lessons_in
from benchmarks.lab.peers.common import MODEL, ask_chain, batches, run_adapter, start_texts
from benchmarks.lab.tasks import EPOCHS, Task
from benchmarks.lab.teacher import Teacher
from benchmarks.lab.watch import Watch


@bundle()
def ask(instruction: str, question: str) -> str:
    """[ask] Asks the language model the question, with the instruction as its system prompt."""
    return ask_chain([instruction], [question], MODEL)[0]


def train(task: Task, variant: str) -> Watch:
    """Trains the instructions of all nodes, an example at a time."""
    teacher = Teacher(task)
    instructions = [
        node(text, name=f"instruction{number}", trainable=True) for number, text in enumerate(start_texts(task))
    ]
    optimizer = OptoPrime(instructions, llm=LiteLLM(f"openai/{MODEL}"))
    watch = Watch(task, lambda keys, model: ask_chain([each.data for each in instructions], keys, model))
    watch.look([lessons_in(each.data) for each in instructions])
    for (key,) in batches(task, EPOCHS, 1):
        answer = node(key, name="question")
        for instruction in instructions:
            answer = ask(instruction, answer)
        said = teacher.visit(key, answer.data)
        if said.is_right:
            continue
        optimizer.zero_feedback()
        optimizer.backward(answer, str(said))
        optimizer.step()
        watch.look([lessons_in(each.data) for each in instructions])
    return watch


if __name__ == "__main__":
    run_adapter(train)
