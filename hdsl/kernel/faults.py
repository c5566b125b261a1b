"""What goes wrong with a model server: worth asking again, a refusal of this one request, or the end of asking."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from json import JSONDecodeError

import openai

from hdsl.kernel.retry import TransientFailure

_LONGEST_REASON = 200
_ASK_AGAIN = frozenset({408, 409, 425, 429})
_OVERFLOW_CODES = frozenset({"context_length_exceeded", "string_above_max_length"})
_OVERFLOW_WORDS = ("context length", "context window", "context size", "maximum context", "too many tokens")
_POLICY_CODES = frozenset({"content_filter", "content_policy_violation", "invalid_prompt"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server will not answer this one request; others may go well."""

    reason: str
    overflowed: bool = False


@dataclass(frozen=True, slots=True)
class Final:
    """Asking again would not help. `mend` is what the user can do."""

    reason: str
    mend: str


Fault = TransientFailure | Refusal | Final


def fault_of(error: Exception, timeout: float) -> Fault:
    """What an exception of the openai package (or a TimeoutError) means; any other is raised again."""
    match error:
        case openai.APITimeoutError() | TimeoutError():
            return TransientFailure(f"no answer within {timeout:g} seconds (HDSL_TIMEOUT)")
        case openai.APIConnectionError():
            return TransientFailure(f"the connection failed ({_one_line(str(error.__cause__ or error))})")
        case JSONDecodeError() | openai.APIResponseValidationError():
            return TransientFailure("the answer was cut short or is no JSON")
        case openai.APIStatusError():
            return _status_fault(error)
    raise error


def refuses_parameter(error: Exception, parameter: str) -> bool:
    """Whether the server objects to a parameter of the request as such."""
    if not isinstance(error, openai.APIStatusError) or error.status_code not in (400, 422):
        return False
    return error.param == parameter or f"'{parameter}'" in str(error.body) or f'"{parameter}"' in str(error.body)


def _status_fault(error: openai.APIStatusError) -> Fault:
    status = error.status_code
    reason = f"HTTP {status}: {_one_line(_message(error))}"
    if error.code == "insufficient_quota":
        return Final(reason, "the account behind OPENAI_API_KEY has no quota left")
    if status in _ASK_AGAIN or status >= 500:
        return TransientFailure(reason, _retry_after(error.response.headers))
    if status == 413 or (status in (400, 422) and _overflows(error)):
        return Refusal(reason, overflowed=True)
    if status == 400 and error.code in _POLICY_CODES:
        return Refusal(reason)
    return Final(reason, _MENDS.get(status, "check HDSL_MODEL and OPENAI_BASE_URL"))


_MENDS = {
    401: "set OPENAI_API_KEY to a key of this server",
    403: "set OPENAI_API_KEY to a key that may use this model",
    404: "check that HDSL_MODEL is a model of this server, and that OPENAI_BASE_URL ends as it should (often in /v1)",
}


def _overflows(error: openai.APIStatusError) -> bool:
    message = _message(error).lower()
    return error.code in _OVERFLOW_CODES or any(words in message for words in _OVERFLOW_WORDS)


def _message(error: openai.APIStatusError) -> str:
    """The server's own words, where it sent any in a form we know."""
    body = error.body
    if isinstance(body, Mapping):
        for part in (body.get("error"), body):
            words = part.get("message") if isinstance(part, Mapping) else part
            if isinstance(words, str):
                return words
    return error.message


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 1]}…"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asked us to wait: `Retry-After-Ms`, or `Retry-After` in seconds or as a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers.get(name, "")) * unit)
        except ValueError:
            continue
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    except ValueError:
        return None
