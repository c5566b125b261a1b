"""The faults in a LangGraph graph, up to `compile()`."""

from typing import Literal, TypedDict

import kinds
from building import report
from langgraph.graph import END, START, StateGraph


class State(TypedDict):
    """What the nodes share."""

    question: str
    mood: str
    answer: str


class Other(TypedDict):
    """What no node gives."""

    number: int


def mood(state: State) -> dict[str, str]:
    return {"mood": "glad"}


def thanks(state: State) -> dict[str, str]:
    return {"answer": "Thank you."}


def sorry(state: State) -> dict[str, str]:
    return {"answer": "Sorry."}


def route(state: State) -> Literal["glad", "angry"]:
    return "glad"


def graph() -> StateGraph:
    built = StateGraph(State)
    built.add_node("mood", mood)
    built.add_node("thanks", thanks)
    built.add_node("sorry", sorry)
    built.add_edge(START, "mood")
    return built


def ended(built: StateGraph, *ends: str) -> object:
    for end in ends or ("thanks", "sorry"):
        built.add_edge(end, END)
    return built.compile()


def branched() -> StateGraph:
    built = graph()
    built.add_conditional_edges("mood", route, {"glad": "thanks", "angry": "sorry"})
    return built


def unknown_step() -> object:
    built = graph()
    built.add_conditional_edges("mood", route, {"glad": "thanks", "angry": "sory"})
    return ended(built)


def twice() -> object:
    built = branched()
    built.add_node("thanks", sorry)
    return ended(built)


def unreached() -> object:
    built = branched()
    built.add_node("spare", thanks)
    return ended(built)


def no_result() -> object:
    return branched().compile()


def cycle() -> object:
    built = graph()
    built.add_edge("mood", "thanks")
    built.add_edge("thanks", "sorry")
    built.add_edge("sorry", "mood")
    return built.compile()


def wrong_type() -> object:
    def needs_number(state: Other) -> dict[str, str]:
        return {"answer": str(state["number"] + 1)}

    built = branched()
    built.add_node("count", needs_number)
    built.add_edge("thanks", "count")
    return ended(built, "count", "sorry")


def missing_input() -> object:
    def needs_more(state: State, tone: str) -> dict[str, str]:
        return {"answer": tone}

    built = branched()
    built.add_node("tone", needs_more)
    built.add_edge("thanks", "tone")
    return ended(built, "tone", "sorry")


def unknown_input() -> object:
    def reads_message(state: State) -> dict[str, str]:
        return {"answer": state["message"]}  # type: ignore[typeddict-item]

    built = branched()
    built.add_node("read", reads_message)
    built.add_edge("thanks", "read")
    return ended(built, "read", "sorry")


def unknown_option() -> object:
    built = branched()
    built.add_node("more", thanks, prompt="Say sorry.")
    built.add_edge("thanks", "more")
    return ended(built, "more", "sorry")


def wrong_option() -> object:
    built = branched()
    built.add_node("more", thanks, retry_policy=3)
    built.add_edge("thanks", "more")
    return ended(built, "more", "sorry")


def unknown_label() -> object:
    built = graph()
    built.add_conditional_edges("mood", route, {"glad": "thanks", "angry": "sorry", "angr": "sorry"})
    return ended(built)


def missing_branch() -> object:
    built = graph()
    built.add_conditional_edges("mood", route, {"glad": "thanks"})
    built.add_edge("thanks", "sorry")
    return ended(built, "sorry")


def unordered() -> object:
    built = graph()
    built.add_edge("mood", "thanks")
    built.add_edge("mood", "sorry")
    return ended(built)


report(
    lambda: ended(branched()),
    {
        kinds.UNKNOWN_STEP: unknown_step,
        kinds.TWICE: twice,
        kinds.UNREACHED: unreached,
        kinds.NO_RESULT: no_result,
        kinds.CYCLE: cycle,
        kinds.WRONG_TYPE: wrong_type,
        kinds.MISSING_INPUT: missing_input,
        kinds.UNKNOWN_INPUT: unknown_input,
        kinds.UNKNOWN_OPTION: unknown_option,
        kinds.WRONG_OPTION: wrong_option,
        kinds.UNKNOWN_LABEL: unknown_label,
        kinds.MISSING_BRANCH: missing_branch,
        kinds.UNORDERED: unordered,
    },
)
