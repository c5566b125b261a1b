"""The expectations of a test: which of them its run did not meet."""

from hdsl.run.runner import Outcome


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
