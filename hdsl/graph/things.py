"""What an effect is on: a session, found through `expand` and indexing, or the file system."""

from hdsl.graph.program import Node, NodeArgument, Program

FILES = ""
"""The file system, for operations that take no session."""


def things_of(program: Program, node: Node) -> tuple[str, ...]:
    """The sessions an effectful node works on, by the path of the node that opens them; FILES where it takes none."""
    found = tuple(
        origin(program, argument.path)
        for argument, is_session in zip(node.arguments, node.sessions, strict=False)
        if is_session and isinstance(argument, NodeArgument)
    )
    return found or (FILES,)


def origin(program: Program, path: str) -> str:
    """The node that opens the session which a node hands on."""
    node = program.nodes[path]
    while node.operation in ("expand", "index", "stack") and node.input_paths:
        node = program.nodes[node.input_paths[0]]
    return node.path


def shared_session(program: Program, node: Node, turns: frozenset[tuple[str, int]]) -> str | None:
    """The `expand` that gives one session to several elements of an effectful node at once, if there is one.

    `turns`: the axes of nodes that are turns of a loop; along them elements follow each other.
    """
    for argument, is_session in zip(node.arguments, node.sessions, strict=False):
        if not is_session or not isinstance(argument, NodeArgument):
            continue
        current = program.nodes[argument.path]
        while current.operation in ("expand", "index") and current.input_paths:
            source = program.nodes[current.input_paths[0]]
            if current.operation == "expand":
                for axis, size in enumerate(current.shape):
                    repeated = axis >= len(source.shape) or (source.shape[axis] == 1 and size != 1)
                    if repeated and size != 1 and (node.path, axis) not in turns:
                        return current.path
            current = source
    return None
