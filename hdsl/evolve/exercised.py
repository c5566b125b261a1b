"""What a smaller graph leaves out, and whether the data has exercised it: what was never asked cannot be missed.

An alternative (a branch of a switch, what a fallback tries next) that no example needs, and a check that nothing has
failed, can be taken out without any example turning wrong. That says nothing of whether they are needed.
"""

from hdsl.graph.cost import reached
from hdsl.graph.program import HarnessInput, Node, NodeArgument, Program, Switch
from hdsl.meaning.demand import After, Stage
from hdsl.reflect.summary import NodeReport, Summary


def unexercised(parent: Program, child: Program, summary: Summary) -> str:
    """What of the nodes that a child lacks was not exercised in the parent's trace, in words; nothing where all was."""
    reports = {each.path: each for each in summary.nodes}
    left = {node.path for node in reached(child)}
    for node in reached(parent):
        if node.path not in left and not isinstance(node.what, HarnessInput):
            reason = _why_not(parent, node, reports, summary)
            if reason:
                return f"`{node.path}` is taken out, and {reason} in {summary.examples} examples"
    return ""


def _why_not(program: Program, node: Node, reports: dict[str, NodeReport], summary: Summary) -> str:
    report = reports[node.path]
    if not report.ran:
        return "was never asked"
    if isinstance(node.what, Switch) and node.path in summary.unused_branches:
        return f"never took its branch {' or '.join(summary.unused_branches[node.path])}"
    if _refuses(node) and not report.failed:
        return "never failed"
    untried = _untried(program, node, reports)
    return f"never came to `{untried}`" if untried else ""


def _refuses(node: Node) -> bool:
    """Whether a node is there to let some texts not pass."""
    effects = {effect.name for effect in node.effects}
    return effects == {"fails"}


def _untried(program: Program, node: Node, reports: dict[str, NodeReport]) -> str:
    """The first alternative of a node that it did not come to, as nothing before it failed; empty for none."""
    before: list[str] = []
    for stage in program.demands.get(node.path, ()):
        taken = _taken(node, stage)
        if stage.after is After.FAILURE and not any(path in reports and reports[path].failed for path in before):
            return taken[0] if taken else "its next input"
        before = taken
    return ""


def _taken(node: Node, stage: Stage) -> list[str]:
    """The paths of what a stage of a node asks for."""
    arguments = [node.arguments[access.input] for access in stage.accesses]
    return [each.path for each in arguments if isinstance(each, NodeArgument)]
