"""The expectations of a test: the program that they need, and which of them its run did not meet."""

from hdsl.graph.cost import reached
from hdsl.graph.inline import inline
from hdsl.graph.program import Program
from hdsl.graph.typed import Module, TypedHarness
from hdsl.run.runner import Outcome


def program_of_test(module: Module, test: TypedHarness) -> Program:
    """The program of a test without what nothing needs, as what only a node needs that is given."""
    program = inline(module, test)
    return program.with_nodes(reached(program, test.expectations))


def asks_a_model(program: Program) -> bool:
    """Whether a program asks one, as far as its operations say."""
    return any(effect.name == "llm" for node in program.nodes.values() for effect in node.effects)


def unmet(outcome: Outcome) -> list[str]:
    """Why a test failed: each expectation whose score is not 0, or that could not be scored."""
    if not outcome.elements:
        return [outcome.reason]
    reasons: list[str] = []
    for element in outcome.elements:
        if element.status.failed:
            reasons.append(f"{element.node} {list(element.coordinates)} failed: {element.status.cause}")
        elif element.status.is_absent:
            reasons.append(f"{element.node} {list(element.coordinates)} is absent")
        elif float(element.text) != 0.0:
            reasons.append(f"{element.node} {list(element.coordinates)} is {element.text}, not 0")
    return reasons
