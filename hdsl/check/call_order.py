"""The order in which harnesses are checked: each after those it calls, and which call each other in a circle."""

from __future__ import annotations

from collections.abc import Iterable

from hdsl.syntax import tree


def called(harness: tree.Harness) -> list[str]:
    """The operations that a harness calls or passes on, by name; other names that it passes on among them."""
    names: list[str] = []
    own = {parameter.name.text for parameter in harness.parameters}
    for statement in harness.body:
        if isinstance(statement, tree.Node) and isinstance(statement.value, tree.Call):
            names.append(statement.value.operation.text)
            for argument in statement.value.arguments:
                if isinstance(argument, tree.Option):
                    value = argument.value
                    if isinstance(value, tree.BoundOperation):
                        names.append(value.operation.text)
                    elif isinstance(value, tree.Name) and value.text not in own:
                        names.append(value.text)
    return names


def call_in(harness: tree.Harness, callee: str) -> tree.Span:
    """The node of a harness that calls another."""
    return next(
        statement.span
        for statement in harness.body
        if isinstance(statement, tree.Node) and callee in called(harness._replace(body=(statement,)))
    )


def callees_first(calls: dict[str, list[str]]) -> list[str]:
    """Each name after those it calls; cycles are cut where they close. Without recursion: files may be long."""
    order: list[str] = []
    state: dict[str, int] = {}
    for root in calls:
        stack = [(root, iter(calls[root]))] if root not in state else []
        state.setdefault(root, 1)
        while stack:
            name, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                order.append(name)
                stack.pop()
            elif following not in state:
                state[following] = 1
                stack.append((following, iter(calls[following])))
    return order


def cycles(calls: dict[str, list[str]]) -> Iterable[list[str]]:
    """One cycle for each group of harnesses that call each other."""
    seen: set[str] = set()
    for root in calls:
        if root in seen:
            continue
        path: list[str] = []
        stack = [(root, iter(calls[root]))]
        on_path = {root: 0}
        path.append(root)
        seen.add(root)
        while stack:
            following = next(stack[-1][1], None)
            if following is None:
                stack.pop()
                on_path.pop(path.pop())
            elif following in on_path:
                yield path[on_path[following] :]
            elif following not in seen:
                seen.add(following)
                on_path[following] = len(path)
                path.append(following)
                stack.append((following, iter(calls[following])))
