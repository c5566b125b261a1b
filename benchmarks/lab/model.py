"""The scripted model: a competent reader without memory, which knows nothing but the messages of one request.

Asked as a step of a program it answers from the lessons and examples it is shown. Asked to improve a text it puts in
what the feedback shows, and blames who is to blame as far as what it is shown lets it see. Its one defect is that it
may lose rows of a text that it writes anew. The dice for that are thrown by the prompt, so that equal requests get
equal answers and it needs no memory for them either.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.lab import dspy_prompts, gepa_prompts, textgrad_prompts, trace_prompts
from benchmarks.lab.lessons import lessons_in, recalled

Message = Mapping[str, str]
Drops = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class ScriptedModel:
    """The model behind every framework of the lab."""

    dropped_rows: float = 0.0
    seed: int = 0

    def reply(self, messages: Sequence[Message]) -> str:
        """The reply to the messages of a chat."""
        system = "\n".join(message["content"] for message in messages if message["role"] == "system")
        user = messages[-1]["content"]
        drops = self.drops(system + user)
        if textgrad_prompts.is_backward(system):
            return textgrad_prompts.feedback(user)
        if textgrad_prompts.is_optimizer(system):
            return textgrad_prompts.improved(user, drops)
        if trace_prompts.is_optimizer(system):
            return trace_prompts.suggestion(user, drops)
        if gepa_prompts.is_proposal(system):
            return gepa_prompts.proposal(user, drops)
        if dspy_prompts.is_prediction(system):
            return dspy_prompts.prediction(system, messages)
        return recalled(lessons_in(system), user.strip())

    def drops(self, prompt: str) -> Drops:
        """Which rows are lost in writing a text anew, as this prompt would have it."""
        source = Random(f"drops {self.seed} {prompt}")
        return lambda row: source.random() < self.dropped_rows
