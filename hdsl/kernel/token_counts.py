"""How many tokens a response says it took, under any of the names and in any of the shapes that servers use."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_PROMPT = ("prompt_tokens", "input_tokens", "promptTokenCount", "inputTokens", "prompt_eval_count", "input", "prompt")
_COMPLETION = (
    *("completion_tokens", "output_tokens", "candidatesTokenCount", "outputTokens", "eval_count"),
    *("generated_tokens", "output", "completion"),
)
_AT_TOP = ("prompt_eval_count", "eval_count", "prompt_tokens", "completion_tokens", "input_tokens", "output_tokens")
_HOLDERS = ("usage", "usageMetadata", "usage_metadata", "meta", "tokens", "billed_units", "x_groq")
_WRAPPERS = ("result", "response", "data", "message")
_MOST = 10**12
_DEEPEST = 4

Counts = tuple[int, int]


def token_counts(response: Any) -> Counts:
    """The tokens of the prompt and of the completion; 0 for what a response does not say or says in no number."""
    prompt = completion = 0
    for holder in _holders(response, 0):
        prompt = prompt or _first(holder, _PROMPT)
        completion = completion or _first(holder, _COMPLETION)
        if prompt and completion:
            break
    return prompt, completion


def counts_reasoning(response: Any) -> bool:
    """Whether a response says that some of its tokens were reasoning."""
    for holder in _holders(response, 0):
        details = _object(holder.get("completion_tokens_details") or holder.get("output_tokens_details"))
        if details is not None and _count(details.get("reasoning_tokens")):
            return True
    return False


def _holders(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The objects that may hold counts, the most likely first."""
    if not isinstance(value, dict) or depth > _DEEPEST:
        return
    for name in _HOLDERS:
        held = _object(value.get(name))
        if held is not None:
            yield held
            yield from _holders(held, depth + 1)
    if depth == 0:
        yield {name: value[name] for name in _AT_TOP if name in value}
    for name in _WRAPPERS:
        yield from _holders(value.get(name), depth + 1)


def _object(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def _first(holder: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return next((count for name in names if (count := _count(holder.get(name)))), 0)


def _count(value: Any) -> int:
    """A count as a number, or as a text of digits; 0 for anything else."""
    if isinstance(value, dict):
        return _count(value.get("total"))
    if isinstance(value, str) and len(value) < 20:
        try:
            value = float(value)
        except ValueError:
            return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 < value < _MOST else 0
