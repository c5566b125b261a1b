"""The scripted model as a kernel: it reads the rows and corrections of requests as it reads the peers' prompts."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.lab.lessons import better_input, recalled
from benchmarks.lab.model import ScriptedModel
from hdsl.kernel.request import Answer, Correction, Request, Row
from hdsl.retrieval.tokens import token_list


class ScriptedKernel:
    """Answers requests from what they show, and counts them."""

    name = "scripted"

    def __init__(self, model: ScriptedModel) -> None:
        self.calls = 0
        self._model = model

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """What is asked meanwhile is not counted."""
        before = self.calls
        yield
        self.calls = before

    async def answer(self, request: Request) -> Answer:
        """The answer of the row that knows the input or of one like it; of a correction the better text."""
        self.calls += 1
        if request.correction is not None:
            return Answer(self._corrected(request, request.correction))
        if request.kind == "keywords":
            return Answer("\n".join(token_list(request.input)))
        return Answer(recalled(_known(request.rows), request.input.strip()))

    async def close(self) -> None:
        """Holds nothing."""

    def _corrected(self, request: Request, correction: Correction) -> str:
        """What the text should be, or the text as it is where it is not to blame."""
        came_in, known = request.input.strip(), _known(request.rows)
        if not correction.expected:
            return correction.text
        expected = correction.expected[0]
        match correction.role:
            case "input":
                better = better_input(known, came_in, expected) or correction.text
            case "key":
                better = correction.text if correction.text in known else came_in
            case "value":
                better = expected if _may_answer(request.rows, correction.text, came_in) else correction.text
            case _:
                better = expected
        return self._written(correction.text, better, str(request))

    def _written(self, text: str, better: str, prompt: str) -> str:
        """The better text as this model writes it: where it has several rows, some of the old ones may be lost."""
        old, drops = text.splitlines(), self._model.drops(prompt)
        if len(old) < 2:
            return better
        return "\n".join(line for line in better.splitlines() if line not in old or not drops(line))


def _known(rows: tuple[Row, ...]) -> dict[str, str]:
    return {row.key.strip() or row.query.strip(): row.value for row in rows}


def _may_answer(rows: tuple[Row, ...], value: str, came_in: str) -> bool:
    """Whether a value is that of a row for this input, or of none yet; another input's answer is not to blame."""
    owners = [row.key.strip() or row.query.strip() for row in rows if row.value == value]
    return not value or not owners or came_in in owners
