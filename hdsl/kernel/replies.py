"""What a reply says: an answer of the model, a complaint of its server, or that it is of no use."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from hdsl.kernel.body import NotJson, text_of, values_of
from hdsl.kernel.complaints import Complaint, complaint_of
from hdsl.kernel.faults import Fault, Final, Refusal
from hdsl.kernel.limits import longest_text
from hdsl.kernel.reading import Reading, read
from hdsl.kernel.retry import TransientFailure
from hdsl.kernel.server import KnownServer
from hdsl.kernel.transport import Reply


@dataclass(frozen=True, slots=True)
class Complained:
    """A reply that says what is wrong."""

    status: int
    complaint: Complaint
    reply: Reply


def read_reply(
    reply: Reply, limit: int, server: KnownServer, shown: Callable[[str], str]
) -> Reading | Complained | Fault:
    """Reads a reply to a question whose answer may have `limit` tokens; the server is looked at too.

    `shown`: makes a server's words safe to show.
    """
    text = text_of(reply.body, reply.headers.get("Content-Type", ""))
    if not 200 <= reply.status < 300:
        return Complained(reply.status, _complaint(text), reply)
    try:
        values = values_of(text)
    except NotJson as error:
        return _not_json(text, reply, error, shown)
    server.notice(reply.headers, values.values)
    reading = read(values)
    if reading.complaint is not None:
        return Complained(reading.complaint.status or reply.status, reading.complaint, reply)
    if reading.end == "error":
        return TransientFailure("the server ended the answer with an error", answered=True)
    if reply.stopped:
        return replace(_shortened(reading, limit), end="cut", tokens=(reading.tokens[0], limit))
    if not reading.ended:
        return TransientFailure("the answer was cut short")
    if not (reading.text or reading.completed or reading.refusal or reading.end):
        return TransientFailure(reading.missing, answered=True)
    if reading.tokens[1] > limit or len(reading.text) > longest_text(limit):
        return replace(_shortened(reading, limit), end="cut")
    return reading


def _not_json(text: str, reply: Reply, error: NotJson, shown: Callable[[str], str]) -> Fault:
    if error.deep:
        return Refusal("the server sent JSON that is nested too deeply")
    if reply.cut or error.cut or not text.strip():
        what = "the answer was cut short or is not JSON" if reply.cut or text.strip() else "the answer is empty"
        return TransientFailure(f"{what}{'' if reply.status == 200 else f' (HTTP {reply.status})'}")
    said = shown(complaint_of(text).message)
    return Final(
        f"it did not answer in JSON, but {said!r}" if said else "it did not answer in JSON",
        "check OPENAI_BASE_URL (it often ends in /v1)",
    )


def _complaint(text: str) -> Complaint:
    """The complaint in a body, JSON or not."""
    try:
        return complaint_of(values_of(text).values[0])
    except NotJson:
        return complaint_of(text)


def _shortened(reading: Reading, limit: int) -> Reading:
    return replace(reading, text=reading.text[: longest_text(limit)])
