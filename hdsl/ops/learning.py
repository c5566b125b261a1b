"""What the inputs of an element function learn from what its result should be."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from hdsl.future.context import RunContext
from hdsl.future.node import Coordinates, Node
from hdsl.kernel.request import Correction, Request
from hdsl.ops.better import ask_for_better
from hdsl.ops.passing import Place, element_of, give, has_failed, judged_elements, refuse
from hdsl.ops.site import Site
from hdsl.storage.layout import all_coordinates
from hdsl.tensor.gradients import Judged, judgement

Function = TypeVar("Function", bound=Callable[..., Any])

Better = Callable[..., Sequence[str | None]]
"""Of an element's result and inputs (texts) and the options: the text each input should be, None to say nothing."""

Inverse = Callable[..., Sequence[str | None]]
"""Of a result as it is and as it should be, the inputs and the options: the text each input should be, None to say
nothing. ValueError where none would give that result."""

_BETTER = "hdsl_better"
_INVERSE = "hdsl_inverse"


def learns_by(better: Better) -> Callable[[Function], Function]:
    """Makes an element function a loss: in backward each input learns what `better` says it should be."""
    return _marked(_BETTER, better)


def inverted_by(inverse: Inverse) -> Callable[[Function], Function]:
    """Says how a better result of an element function follows from better inputs.

    A function that does not say it passes gradients on where its result is one of its inputs; else the kernel is asked
    for the input that would have given the better result.
    """
    return _marked(_INVERSE, inverse)


def is_loss(function: object) -> bool:
    """Whether a function is marked as a loss."""
    return hasattr(function, _BETTER)


def _marked(mark: str, value: object) -> Callable[[Function], Function]:
    def mark_function(function: Function) -> Function:
        setattr(function, mark, value)
        return function

    return mark_function


@dataclass(frozen=True, slots=True)
class Lesson:
    """One application of an element function, from which its inputs learn."""

    function: Callable[..., Any]
    options: Mapping[str, Any]
    site: Site
    inputs: Sequence[Node | None]
    result: Node
    input_coordinates: Callable[[Node, Coordinates], Coordinates]
    context: RunContext

    def teach(self, wanted: Sequence[bool]) -> None:
        """Adds gradients to the inputs that want one."""
        better: Better | None = getattr(self.function, _BETTER, None)
        if any(wanted):
            if better is None:
                self._pass_back(wanted)
            else:
                self._score(better, wanted)

    def _score(self, better: Better, wanted: Sequence[bool]) -> None:
        """As a loss: every element that was computed and did not fail says what its inputs should be."""
        for coordinates in all_coordinates(self.result.shape):
            entry = element_of((self.result, coordinates))
            if entry is None or entry.coefficient < 0:
                continue
            places = self._places(coordinates)
            texts = [_text(place) for place in places]
            should = better(entry.text, *texts, **self.options)
            _hand_out(places, texts, should, wanted)

    def _pass_back(self, wanted: Sequence[bool]) -> None:
        """As a step: what is wanted of the result is wanted, in its way, of the inputs."""
        inverse: Inverse | None = getattr(self.function, _INVERSE, None)
        asked: dict[tuple[Coordinates, int], Request] = {}
        for coordinates, judged in judged_elements(self.result):
            places = self._places(coordinates)
            texts = [_text(place) for place in places]
            source = self._same_text(places, texts, judged, wanted)
            if source is not None:
                give(source, judgement(judged.text, judged.better, judged.count))
            elif inverse is not None:
                try:
                    should = inverse(judged.text, judged.better, *texts, **self.options)
                except ValueError as error:
                    refuse(self.result, coordinates, judged, str(error))
                else:
                    _hand_out(places, texts, should, wanted)
            elif judged.is_right:
                _hand_out(places, texts, texts, wanted)
            else:
                asked.update(
                    ((coordinates, number), request)
                    for number, request in self._requests(places, texts, judged, wanted)
                )
        self._ask(asked)

    def _same_text(
        self, places: Sequence[Place | None], texts: Sequence[str | None], judged: Judged, wanted: Sequence[bool]
    ) -> Place | None:
        """The input that the result is: the first that failed, by which the element did, else one of the same text."""
        failed = next((place for place in places if place is not None and has_failed(place)), None)
        if failed is not None:
            return failed
        pairs = zip(places, texts, wanted, strict=True)
        return next(
            (place for place, text, wants in pairs if wants and place is not None and text == judged.text), None
        )

    def _requests(
        self, places: Sequence[Place | None], texts: Sequence[str | None], judged: Judged, wanted: Sequence[bool]
    ) -> Iterator[tuple[int, Request]]:
        task = self.options.get("task", "")
        for number, (text, wants) in enumerate(zip(texts, wanted, strict=True)):
            if wants and text is not None and not self._is_session(number) and not _is_given(places[number]):
                correction = Correction("input", text, judged.text, (judged.better,))
                said = task if isinstance(task, str) else ""
                form = self.site.input_form(number)  # a better record is a record
                yield number, Request("gradient", text, said, correction=correction, form=form)

    def _ask(self, asked: Mapping[tuple[Coordinates, int], Request]) -> None:
        for (coordinates, number), (text, status) in ask_for_better(asked, self.context, self.site.name).items():
            place = self._places(coordinates)[number]
            was = _text(place)
            assert place is not None and was is not None
            if status.failed:
                refuse(place[0], place[1], Judged(was, text, 1), status.cause)
            else:
                give(place, judgement(was, text))

    def _is_session(self, number: int) -> bool:
        return number < len(self.site.sessions) and self.site.sessions[number]

    def _places(self, coordinates: Coordinates) -> list[Place | None]:
        return [None if node is None else (node, self.input_coordinates(node, coordinates)) for node in self.inputs]


def _is_given(place: Place | None) -> bool:
    """Whether an element's text is right whatever comes of it, so that no better one is asked for."""
    return place is not None and place[1] in place[0].given


def _text(place: Place | None) -> str | None:
    entry = None if place is None else element_of(place)
    return None if place is None else "" if entry is None else entry.text


def _hand_out(
    places: Sequence[Place | None],
    texts: Sequence[str | None],
    should: Sequence[str | None],
    wanted: Sequence[bool],
) -> None:
    for place, text, better, wants in zip(places, texts, should, wanted, strict=True):
        if wants and place is not None and better is not None:
            give(place, judgement(text or "", better))
