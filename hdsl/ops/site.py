"""Where an operation stands in a graph, and what one evaluation of it is given."""

from dataclasses import dataclass, field

from hdsl.future.context import RunContext
from hdsl.future.node import Spending
from hdsl.future.stopping import PATIENCE
from hdsl.future.trajectory import Trajectory
from hdsl.kernel.request import Label
from hdsl.structure.structures import Structure


@dataclass(frozen=True, slots=True)
class Site:
    """One node of a lowered graph. The defaults are those of an operation used by hand."""

    name: str = ""
    """The node's path."""
    shape: tuple[int, ...] | None = None
    """The result's shape; None where it follows from the inputs."""
    labels: tuple[Label, ...] = ()
    """The labels of the result's type; empty: any text."""
    input_labels: tuple[tuple[str, ...], ...] = ()
    """The labels of each input's type."""
    sessions: tuple[bool, ...] = ()
    """Which inputs are sessions."""
    effects: frozenset[str] | None = None
    """The effects that its operation declares, by name; None where none are declared, and any are allowed."""
    retries: int | None = None
    """How often an answer outside the type is asked for again; None where the node does not say."""
    alone: bool = False
    """Whether it is asked without the goal and the turns of its loops."""
    temperature: float | None = None
    max_tokens: int | None = None
    model: str = ""
    """The named kernel that answers; empty: the default one."""
    purpose: str = ""
    """What the comments above the harness and the node say."""
    form: Structure | None = None
    """Of a result that is a record, or a label behind which a record may stand; its `labels` are those of the form."""
    input_forms: tuple[Structure | None, ...] = ()
    """The same of each input, and of lists."""
    owed_seconds: float = PATIENCE
    """How long what it owes may take once the run is ended."""
    checked: Structure | None = None
    """What an operation's own result is made of, which it is read by as an answer is; None if it need not be."""
    operation: str = ""
    """The name of its operation, as it is declared."""
    declared_in: str = ""
    """The file that declares its operation."""

    def input_form(self, number: int) -> Structure | None:
        """The form of an input; None if any text may stand there, or only labels."""
        return self.input_forms[number] if number < len(self.input_forms) else None


@dataclass(frozen=True, slots=True)
class Pull:
    """Where one element is asked, for element functions that declare a keyword-only parameter `pull`."""

    site: Site
    coordinates: tuple[int, ...]
    trajectory: Trajectory
    context: RunContext
    spending: Spending = field(default_factory=Spending, compare=False)
    """Where the usage of kernel calls made inside this evaluation is counted: `pull.spending.add(answer.usage)`."""
