"""What an edit is: plain data that knows how it is drawn into a text, or says why it does not apply."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from hdsl.evolve.edits.draft import Draft


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a graph. Each kind is a frozen dataclass of texts and numbers, in a file of its own."""

    kind: ClassVar[str] = ""

    def draw(self, draft: Draft) -> None:
        """Writes the change into the draft. Raises DoesNotApply."""
        raise NotImplementedError

    def describe(self) -> str:
        """What it does, as a short clause."""
        raise NotImplementedError

    def target(self) -> tuple[str, str]:
        """The harness and the node that it is about; the node is empty where it is about none."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """The edit as plain data."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class NodeEdit(Edit):
    """An edit of one node of a harness."""

    harness: str
    node: str

    def target(self) -> tuple[str, str]:
        return self.harness, self.node
