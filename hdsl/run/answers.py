"""The answers of a run, kept as they come, and given again to the same requests when the run is resumed."""

import hashlib
import json
from collections import deque
from dataclasses import asdict
from pathlib import Path

from hdsl.kernel.request import Answer, Kernel, Request, Usage


def request_key(request: Request) -> str:
    """A request by its content: the same key for the same request in another process."""
    content = json.dumps(asdict(request), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


class AnswerLog:
    """A kernel that writes down what another answers, and first gives what was written down before."""

    def __init__(self, kernel: Kernel, path: Path, earlier: Path | None = None) -> None:
        self.name = kernel.name
        self._kernel = kernel
        self._path = path
        self._earlier = _read(earlier) if earlier is not None else {}
        self.replayed = 0

    async def answer(self, request: Request) -> Answer:
        """The recorded answer to this very request, else the kernel's."""
        key = request_key(request)
        recorded = self._earlier.get(key)
        if recorded:
            answer = recorded.popleft()
            self.replayed += 1
        else:
            answer = await self._kernel.answer(request)
        line = {"request": key, "text": answer.text, "refused": answer.refused, "overflowed": answer.overflowed}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return answer

    async def close(self) -> None:
        """Closes the kernel."""
        await self._kernel.close()


def _read(path: Path) -> dict[str, deque[Answer]]:
    found: dict[str, deque[Answer]] = {}
    if not path.is_file():
        return found
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            value = json.loads(line)
        except json.JSONDecodeError:
            continue  # the line that a killed process was writing
        answer = Answer(value["text"], value["refused"], usage=Usage(), overflowed=value["overflowed"])
        found.setdefault(value["request"], deque()).append(answer)
    return found
