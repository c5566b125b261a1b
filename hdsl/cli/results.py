"""What a harness gave, as it is printed."""

from typing import TYPE_CHECKING

from hdsl.cli.output import show

if TYPE_CHECKING:
    from hdsl.run.runner import Outcome


def show_elements(outcome: "Outcome") -> None:
    """Each element of a batch has its place, failed ones too; alone, one that has no text is not shown."""
    for element in outcome.elements:
        if element.status.is_absent:
            show("null")
        elif element.text or not element.status.failed or len(outcome.elements) > 1:
            show(element.text)
