"""All kinds of edits by name, and edits as plain data read back."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from hdsl.evolve.edits.add_input import AddInput
from hdsl.evolve.edits.add_label import AddLabel
from hdsl.evolve.edits.change_option import ChangeOption
from hdsl.evolve.edits.change_room import ChangeRoom
from hdsl.evolve.edits.change_turns import ChangeTurns
from hdsl.evolve.edits.edit import Edit
from hdsl.evolve.edits.insert_expert import InsertExpertAfter, InsertExpertBefore
from hdsl.evolve.edits.remove_node import RemoveNode
from hdsl.evolve.edits.split_expert import SplitExpert
from hdsl.evolve.edits.swap_inputs import SwapInputs
from hdsl.evolve.edits.swap_steps import SwapSteps
from hdsl.evolve.edits.validator import AddValidator, TightenValidator
from hdsl.evolve.edits.wrap_fallback import WrapFallback
from hdsl.evolve.edits.wrap_loop import WrapLoop
from hdsl.evolve.edits.wrap_vote import WrapVote

KINDS: Mapping[str, type[Edit]] = {
    kind.kind: kind
    for kind in (
        InsertExpertBefore,
        InsertExpertAfter,
        SplitExpert,
        AddInput,
        AddLabel,
        AddValidator,
        TightenValidator,
        WrapLoop,
        WrapFallback,
        WrapVote,
        RemoveNode,
        SwapSteps,
        SwapInputs,
        ChangeOption,
        ChangeTurns,
        ChangeRoom,
    )
}


def edit_from_json(value: Any) -> Edit:
    """An edit of plain data. ValueError, which says why, for what is none."""
    if not isinstance(value, dict) or value.get("kind") not in KINDS:
        raise ValueError(f"an edit has one of the kinds {', '.join(KINDS)}")
    kind = KINDS[value["kind"]]
    wanted = {each.name: str(each.type) for each in fields(kind)}
    given = {name: each for name, each in value.items() if name != "kind"}
    if unknown := sorted(given.keys() - wanted.keys()):
        raise ValueError(f"`{kind.kind}` has no {unknown[0]!r}; it has {', '.join(wanted)}")
    for name, each in given.items():
        if not isinstance(each, str | int | float) or isinstance(each, bool):
            raise ValueError(f"{name!r} of `{kind.kind}` is a text or a number")
        if wanted[name] in ("<class 'str'>", "str") and not isinstance(each, str):
            raise ValueError(f"{name!r} of `{kind.kind}` is a text")
        if wanted[name] in ("<class 'int'>", "int") and not isinstance(each, int):
            raise ValueError(f"{name!r} of `{kind.kind}` is a whole number")
    try:
        return kind(**given)
    except TypeError as error:
        raise ValueError(f"`{kind.kind}`: {error}") from None
