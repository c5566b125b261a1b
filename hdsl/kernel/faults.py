"""What goes wrong with a model server: worth asking again, a refusal of this one request, or the end of asking."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from hdsl.kernel import wordings
from hdsl.kernel.complaints import Complaint
from hdsl.kernel.retry import TransientFailure

_ASK_AGAIN = frozenset({408, 409, 425, 429, 499})
_NEVER = frozenset({501, 505})
_OF_THE_REQUEST = frozenset({400, 406, 415, 422, 424})
_FIXES = {
    401: "set OPENAI_API_KEY to a key of this server",
    402: "the account behind OPENAI_API_KEY has no credit left",
    403: "set OPENAI_API_KEY to a key that may use this model",
    404: "check that HDSL_MODEL is a model of this server, and that OPENAI_BASE_URL ends as it should (often in /v1)",
    405: "check that OPENAI_BASE_URL ends as it should (often in /v1)",
    407: "set the user and password of the proxy in its address",
}
_QUOTA_FIX = "the account behind OPENAI_API_KEY has no quota left"
_MODEL_FIX = "set HDSL_MODEL to a model of this server"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server will not answer this one request; others may go well."""

    reason: str
    overflowed: bool = False
    by_policy: bool = False
    """Whether its content is what the server will not have."""


@dataclass(frozen=True, slots=True)
class Final:
    """Asking again would not help. `fix` is what the user can do."""

    reason: str
    fix: str


Fault = TransientFailure | Refusal | Final


def fault_of(status: int, complaint: Complaint, reason: str, headers: Mapping[str, str]) -> Fault:
    """What a complaint means. `status`: HTTP's, or the one that the body names if HTTP's was fine.

    `reason`: the complaint as it is shown.
    """
    wait = _retry_after(headers)
    wait = complaint.wait if wait is None else wait
    if wordings.is_loading(complaint) and status not in (401, 403, 404):
        return TransientFailure(reason, wait, loading=True)
    if status == 413 or (status not in (401, 403) and wordings.overflows(complaint)):
        return Refusal(reason, overflowed=True)
    if status == 402 or wordings.spends_quota(complaint):
        return Final(reason, _QUOTA_FIX)
    if status in _ASK_AGAIN or (status < 500 and wordings.limits_rate(complaint)):
        return TransientFailure(reason, wait)
    if status < 500 and wordings.breaks_policy(complaint):
        return Refusal(reason, by_policy=True)
    if status < 500 and wordings.misses_model(complaint):
        return Final(reason, _MODEL_FIX)
    if status < 500 and status != 403 and wordings.refuses_key(complaint):
        return Final(reason, _FIXES[401])
    if status >= 500 and status not in _NEVER:
        return TransientFailure(reason, wait)
    if status in _OF_THE_REQUEST:
        return Refusal(reason)
    if status < 400:
        return TransientFailure(reason, wait, answered=True)
    return Final(reason, _FIXES.get(status, "check HDSL_MODEL and OPENAI_BASE_URL"))


def reason_phrase(status: int) -> str:
    """What HTTP calls a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asked us to wait: `Retry-After-Ms`, or `Retry-After` in seconds or as a date."""
    for name, unit in (("Retry-After-Ms", 0.001), ("Retry-After", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if 0.0 <= seconds < float("inf"):
            return seconds
    try:
        return max(0.0, parsedate_to_datetime(headers.get("Retry-After", "")).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
