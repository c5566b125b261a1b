"""The faults in a Haystack pipeline, up to `connect()` and `warm_up()`."""

import kinds
from building import report
from haystack import Pipeline, component
from haystack.components.routers import ConditionalRouter


@component
class Mood:
    """Says how the writer feels."""

    @component.output_types(mood=str)
    def run(self, question: str) -> dict[str, str]:
        return {"mood": "glad"}


@component
class Answer:
    """Answers in a tone."""

    def __init__(self, task: str = "") -> None:
        self.task = task

    @component.output_types(answer=str)
    def run(self, question: str) -> dict[str, str]:
        return {"answer": self.task + question}


@component
class Count:
    """Counts up."""

    @component.output_types(number=int)
    def run(self, number: int) -> dict[str, int]:
        return {"number": number + 1}


@component
class Toned:
    """Needs a tone besides the text."""

    @component.output_types(answer=str)
    def run(self, answer: str, tone: str) -> dict[str, str]:
        return {"answer": tone + answer}


def router() -> ConditionalRouter:
    return ConditionalRouter(
        [
            {"condition": "{{mood == 'glad'}}", "output": "{{mood}}", "output_name": "glad", "output_type": str},
            {"condition": "{{mood == 'angry'}}", "output": "{{mood}}", "output_name": "angry", "output_type": str},
        ]
    )


def pipeline() -> Pipeline:
    built = Pipeline()
    built.add_component("mood", Mood())
    built.add_component("route", router())
    built.add_component("thanks", Answer("Thank you. "))
    built.add_component("sorry", Answer("Sorry. "))
    built.connect("mood.mood", "route.mood")
    built.connect("route.glad", "thanks.question")
    return built


def warmed(built: Pipeline) -> Pipeline:
    built.warm_up()
    return built


def valid() -> Pipeline:
    built = pipeline()
    built.connect("route.angry", "sorry.question")
    return warmed(built)


def with_more(name: str, more: object, *connections: tuple[str, str]) -> Pipeline:
    built = pipeline()
    built.connect("route.angry", "sorry.question")
    built.add_component(name, more)
    for sender, receiver in connections:
        built.connect(sender, receiver)
    return warmed(built)


def unknown_step() -> Pipeline:
    built = pipeline()
    built.connect("route.angry", "sory.question")
    return warmed(built)


def cycle() -> Pipeline:
    built = Pipeline()
    built.add_component("one", Answer())
    built.add_component("other", Answer())
    built.connect("one.answer", "other.question")
    built.connect("other.answer", "one.question")
    return warmed(built)


def unknown_label() -> Pipeline:
    built = pipeline()
    built.connect("route.angr", "sorry.question")
    return warmed(built)


def broken() -> ConditionalRouter:
    route = {"condition": "{{mood == ", "output": "{{mood}}", "output_name": "glad", "output_type": str}
    return ConditionalRouter([route])


report(
    valid,
    {
        kinds.UNKNOWN_STEP: unknown_step,
        kinds.TWICE: lambda: with_more("thanks", Answer()),
        kinds.UNREACHED: lambda: with_more("spare", Answer()),
        kinds.CYCLE: cycle,
        kinds.WRONG_TYPE: lambda: with_more("count", Count(), ("thanks.answer", "count.number")),
        kinds.MISSING_INPUT: lambda: with_more("toned", Toned(), ("thanks.answer", "toned.answer")),
        kinds.UNKNOWN_INPUT: lambda: with_more("more", Answer(), ("thanks.answer", "more.message")),
        kinds.UNKNOWN_OPTION: lambda: with_more("more", Answer(prompt="Say sorry.")),  # type: ignore[call-arg]
        kinds.WRONG_OPTION: lambda: with_more("more", Answer(task=3), ("thanks.answer", "more.question")),  # type: ignore[arg-type]
        kinds.UNKNOWN_LABEL: unknown_label,
        kinds.MISSING_BRANCH: lambda: warmed(pipeline()),
        kinds.BROKEN: broken,
    },
)
