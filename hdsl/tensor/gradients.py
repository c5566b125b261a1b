"""Symbolic gradients on their way: autograd carries numbers alone, so texts wait here for their tensor.

Each consumer of a tensor adds what it wants changed; nothing is overwritten. The operation that made the tensor takes
all of it when its backward runs; what is meant for a leaf waits for whoever updates the leaf.
"""

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import torch

from hdsl.storage.store import Entry, Store
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.handing import Handed, current_capture
from hdsl.tensor.hunks import PatchRejected, parse_patch
from hdsl.tensor.make import filled_tensor
from hdsl.tensor.patch import is_no_patch
from hdsl.tensor.text_tensor import home_of, read_text, read_texts, store_of
from hdsl.tensor.three_way import Merged, Refused, TextGradient, merge_gradients

Gradients = dict[int, list[TextGradient]]
"""The gradients of a tensor's elements, by flat index."""

_REFUSALS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class RefusedGradient:
    """A gradient that a backward could not pass on: the tensor and element it was meant for, and why."""

    uid: str
    index: int
    refused: Refused


@dataclass(frozen=True, slots=True)
class GradientFor:
    """The gradients that a backward hands to one element, by its flat index."""

    uid: str
    index: int
    gradients: tuple[TextGradient, ...]

    def release(self) -> None:
        """Makes them wait for the element."""
        gradient_registry().add(self.uid, {self.index: self.gradients})

    def retract(self) -> None:
        """Takes them away again, if they still wait."""
        gradient_registry().withdraw(self.uid, self.index, self.gradients)


@dataclass(frozen=True, slots=True)
class RefusedFor:
    """What a backward could not pass on of what was wanted of an element, and why."""

    uid: str
    index: int
    refused: tuple[Refused, ...]

    def release(self) -> None:
        """Keeps it for the record of a step."""
        gradient_registry().refuse(self.uid, self.index, self.refused)

    def retract(self) -> None:
        """A refusal changes nothing, and stays."""


class GradientRegistry:
    """Gradients by the tensor's uid, and those that were refused. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gradients: dict[str, Gradients] = {}
        self._refused: deque[RefusedGradient] = deque(maxlen=_REFUSALS_KEPT)

    def add(self, uid: str, gradients: Mapping[int, Iterable[TextGradient]]) -> None:
        """Adds to what waits for a tensor; inside a backward that is captured, when it is released."""
        capture = current_capture()
        if capture is not None:
            capture.handed += [GradientFor(uid, index, tuple(each)) for index, each in gradients.items()]
            return
        with self._lock:
            waiting = self._gradients.setdefault(uid, {})
            for index, wanted in gradients.items():
                waiting.setdefault(index, []).extend(wanted)

    def peek(self, uid: str) -> Gradients:
        """What waits for a tensor."""
        with self._lock:
            return {index: list(wanted) for index, wanted in self._gradients.get(uid, {}).items() if wanted}

    def take(self, uid: str) -> Gradients:
        """What waits for a tensor, which then waits no more."""
        with self._lock:
            taken = self._gradients.pop(uid, {})
        capture = current_capture()
        for each in () if capture is None else capture.take(lambda each: _is_gradient_for(each, uid)):
            assert isinstance(each, GradientFor)
            taken.setdefault(each.index, []).extend(each.gradients)
        return {index: wanted for index, wanted in taken.items() if wanted}

    def withdraw(self, uid: str, index: int, gradients: Iterable[TextGradient]) -> None:
        """Takes away gradients that were added, those that still wait."""
        gone = {id(gradient) for gradient in gradients}
        with self._lock:
            waiting = self._gradients.get(uid, {})
            if index in waiting:
                waiting[index] = [gradient for gradient in waiting[index] if id(gradient) not in gone]

    def refuse(self, uid: str, index: int, refused: Iterable[Refused]) -> None:
        """Keeps what could not be passed on."""
        capture = current_capture()
        if capture is not None:
            kept = tuple(refused)
            capture.handed += [RefusedFor(uid, index, kept)] if kept else []
            return
        with self._lock:
            self._refused.extend(RefusedGradient(uid, index, one) for one in refused)

    def take_refused(self) -> list[RefusedGradient]:
        """The gradients refused since this was last asked, for the record of a step."""
        with self._lock:
            refused = list(self._refused)
            self._refused.clear()
        return refused


def _is_gradient_for(handed: Handed, uid: str) -> bool:
    return isinstance(handed, GradientFor) and handed.uid == uid


@cache
def gradient_registry() -> GradientRegistry:
    """The registry of this process."""
    return GradientRegistry()


def text_gradient(actual: str, better: str) -> list[TextGradient]:
    """The gradient from what is to what should be; none where they are equal."""
    return [TextGradient(unified_diff(actual, better), better)] if actual != better else []


def confirmation(actual: str) -> list[TextGradient]:
    """The gradient of a text that was judged and found right: it says that nothing is to change."""
    return [TextGradient("", actual)]


def pass_gradients(result: str, source: str, positions: Sequence[int | None]) -> None:
    """Hands the gradients of a result to the tensor its elements were taken from; None: from nowhere."""
    pass_to_many(result, [source], [None if position is None else (0, position) for position in positions])


def pass_to_many(result: str, sources: Sequence[str], origins: Sequence[tuple[int, int] | None]) -> None:
    """Hands the gradients of a result to the tensors its elements were taken from: which one, and its flat index."""
    registry = gradient_registry()
    for index, wanted in registry.take(result).items():
        origin = origins[index]
        if origin is not None:
            registry.add(sources[origin[0]], {origin[1]: wanted})


def take_better_texts(store: Store) -> dict[int, str]:
    """The texts a result should have, for the elements that should change; what is refused on the way is kept."""
    return {index: merged.text for index, merged in take_merged(store).items()}


def take_merged(store: Store) -> dict[int, Merged]:
    """The gradients of a result, merged; elements that do not change are left out."""
    registry = gradient_registry()
    changed = {}
    for index, wanted in registry.take(store.uid).items():
        text = store.read(index) or ""
        merged = merge_gradients(text, wanted)
        registry.refuse(store.uid, index, merged.refused)
        if merged.text != text:
            changed[index] = merged
    return changed


def take_advice(store: Store) -> dict[int, str]:
    """The gradients of a result that are not diffs but words on what is wrong; they wait no more."""
    registry = gradient_registry()
    advice = {}
    for index, wanted in registry.take(store.uid).items():
        words = [gradient.patch for gradient in wanted if _is_advice(gradient)]
        registry.add(store.uid, {index: [gradient for gradient in wanted if not _is_advice(gradient)]})
        if words:
            advice[index] = "\n".join(dict.fromkeys(words))
    return advice


def _is_advice(gradient: TextGradient) -> bool:
    if gradient.better is not None or is_no_patch(gradient.patch):
        return False
    try:
        parse_patch(gradient.patch)
    except PatchRejected:
        return True
    return False


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of a text after backward: what it should be, or that it is right, by how many consumers."""

    text: str
    better: str
    count: int

    @property
    def is_right(self) -> bool:
        """Whether it should stay as it is."""
        return self.better == self.text


def take_judged(store: Store) -> dict[int, Judged]:
    """What consumers found of the elements of a result, their gradients merged; what nobody judged is left out.

    Where some want a change and more find the text right, it is right.
    """
    registry = gradient_registry()
    judged = {}
    for index, wanted in sorted(registry.take(store.uid).items()):
        merged, found = _judged(store.read(index) or "", wanted)
        registry.refuse(store.uid, index, merged.refused)
        if found is not None:
            judged[index] = found
    return judged


def peek_judged(store: Store) -> dict[int, Judged]:
    """`take_judged` without taking it."""
    found = {}
    for index, wanted in sorted(gradient_registry().peek(store.uid).items()):
        _, judged = _judged(store.read(index) or "", wanted)
        if judged is not None:
            found[index] = judged
    return found


def _judged(text: str, wanted: Sequence[TextGradient]) -> tuple[Merged, Judged | None]:
    right = sum(1 for gradient in wanted if not gradient.patch and gradient.better == text)
    merged = merge_gradients(text, wanted)
    if merged.text != text and merged.applied >= right:
        return merged, Judged(text, merged.text, merged.applied)
    return merged, Judged(text, text, right) if right else None


def judgement(actual: str, better: str, count: int = 1) -> list[TextGradient]:
    """What consumers found of a text, as their gradients: what it should be, or that it is right."""
    return (text_gradient(actual, better) or confirmation(actual)) * count


def get_gradient_tensor(tensor: torch.Tensor) -> torch.Tensor:
    """What waits for a tensor as a new text tensor of diffs, the gradients of each element merged; for looking at."""
    entries = {}
    for index, wanted in gradient_registry().peek(store_of(tensor).uid).items():
        text = read_text(tensor, index) or ""
        merged = merge_gradients(text, wanted).text
        if merged != text:
            entries[index] = Entry(unified_diff(text, merged))
    return filled_tensor(tensor.shape, home_of(tensor), entries)


def gradients_of(tensor: torch.Tensor) -> Gradients:
    """The texts of a tensor as gradients, where its numbers are not 0."""
    numbers = tensor.detach().reshape(-1).tolist()
    return {
        index: [TextGradient(text)]
        for index, (text, number) in enumerate(zip(read_texts(tensor), numbers, strict=True))
        if text and number
    }


def take_gradients(tensor: torch.Tensor) -> Gradients:
    """What waits for a tensor, by flat index; it waits no more."""
    return gradient_registry().take(store_of(tensor).uid)
