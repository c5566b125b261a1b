"""The faults in a DSPy program: its signatures and modules are built, and nothing is called."""

from typing import Literal

import dspy
import kinds
from building import report

Mood = Literal["glad", "angry"]


class Judge(dspy.Signature):
    """How the writer feels."""

    question: str = dspy.InputField()
    mood: Mood = dspy.OutputField()


class Reply(dspy.Module):
    """Answers by the mood of the writer."""

    def __init__(self) -> None:
        super().__init__()
        self.judge = dspy.Predict(Judge, demos=[dspy.Example(question="Thank you!", mood="glad")])
        self.thanks = dspy.Predict("question -> answer")
        self.sorry = dspy.Predict("question -> answer")

    def forward(self, question: str) -> object:
        mood = self.judge(question=question).mood
        return self.thanks(question=question) if mood == "glad" else self.sorry(question=question)


class UnknownStep(Reply):
    def forward(self, question: str) -> object:
        return self.sory(question=question)


class Twice(Reply):
    def __init__(self) -> None:
        super().__init__()
        self.thanks = dspy.Predict("question -> answer")
        self.thanks = dspy.Predict("question -> shorter")


class Unreached(Reply):
    def __init__(self) -> None:
        super().__init__()
        self.spare = dspy.Predict("question -> answer")


class NoResult(Reply):
    def forward(self, question: str) -> None:
        self.thanks(question=question)


class Cycle(Reply):
    def forward(self, question: str) -> object:
        while True:
            question = self.thanks(question=question).answer


class WrongType(Reply):
    def __init__(self) -> None:
        super().__init__()
        self.count = dspy.Predict("number: int -> answer")

    def forward(self, question: str) -> object:
        return self.count(number=self.judge(question=question))


class MissingInput(Reply):
    def forward(self, question: str) -> object:
        return self.thanks()


class UnknownInput(Reply):
    def forward(self, question: str) -> object:
        return self.thanks(message=question)


class UnknownOption(Reply):
    def __init__(self) -> None:
        super().__init__()
        self.more = dspy.Predict("question -> answer", prompt="Say sorry.")


class WrongOption(Reply):
    def __init__(self) -> None:
        super().__init__()
        self.more = dspy.ChainOfThought("question -> answer", temperature="warm")


class UnknownLabel(Reply):
    def forward(self, question: str) -> object:
        mood = self.judge(question=question).mood
        return self.sorry(question=question) if mood == "angr" else self.thanks(question=question)


class MissingBranch(Reply):
    def forward(self, question: str) -> object:
        match self.judge(question=question).mood:
            case "glad":
                return self.thanks(question=question)


class WrongExample(Reply):
    def __init__(self) -> None:
        super().__init__()
        self.judge = dspy.Predict(Judge, demos=[dspy.Example(question="Thank you!", mood="happy")])


report(
    Reply,
    {
        kinds.UNKNOWN_STEP: UnknownStep,
        kinds.TWICE: Twice,
        kinds.UNREACHED: Unreached,
        kinds.NO_RESULT: NoResult,
        kinds.CYCLE: Cycle,
        kinds.WRONG_TYPE: WrongType,
        kinds.MISSING_INPUT: MissingInput,
        kinds.UNKNOWN_INPUT: UnknownInput,
        kinds.UNKNOWN_OPTION: UnknownOption,
        kinds.WRONG_OPTION: WrongOption,
        kinds.UNKNOWN_LABEL: UnknownLabel,
        kinds.MISSING_BRANCH: MissingBranch,
        kinds.WRONG_EXAMPLE: WrongExample,
        kinds.BROKEN: lambda: dspy.Predict("question answer"),
    },
)
