"""Who may come in at the door of a served pool: programs with the token, and the person's own browser.

The server listens on this machine alone, which keeps strangers out, but not what a web page makes a browser send. So
the name in `Host` must be one of this machine (a page whose name was made to point here has another one), an `Origin`
must be the server's own, and whatever changes something needs the token in a header, which no foreign page can know.
"""

import re
from collections.abc import Callable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from hdsl.ground.display import one_line
from hdsl.pool.tokens import is_same, page_token

COOKIE = "hdsl_pool"
"""Holds what a browser is given for the token of the first visit. It opens the page and nothing else."""
_PAGE = "/"
_THIS_MACHINE = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
_READING = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def refusal(status: int, reason: str, headers: dict[str, str] | None = None) -> web.Response:
    """A refusal in one line of text."""
    return web.Response(status=status, text=f"{one_line(reason, 1000)}\n", headers=headers)


def door(token: str, note: Callable[[], None]) -> Middleware:
    """The middleware that lets in who may come in. `note`: called for each of those."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = _refused(request, token)
        if response is None:
            note()
            try:
                response = await handler(request)
            except web.HTTPException as error:
                response = refusal(error.status, error.reason or "refused")
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return guarded


def _refused(request: web.Request, token: str) -> web.StreamResponse | None:
    """What is wrong with a request, before any of its body is read."""
    host = request.headers.get(hdrs.HOST, "")
    if not _THIS_MACHINE.fullmatch(host):
        return refusal(403, "this server answers to the names of this machine only: use http://127.0.0.1")
    if any(origin != f"http://{host}" for origin in request.headers.getall(hdrs.ORIGIN, ())):
        return refusal(403, "requests of other sites are refused")
    if hdrs.CONTENT_ENCODING in request.headers:
        return refusal(415, "compressed bodies are refused: send the segment as it is")
    if not _is_known(request, token):
        return refusal(
            401,
            "a token is needed: the file pool.token of whoever runs the server has it",
            {"WWW-Authenticate": "Bearer"},
        )
    return None


def _is_known(request: web.Request, token: str) -> bool:
    """Whether a request has the token, or the cookie where that is enough. A stale cookie keeps out no right token."""
    given = request.headers.get(hdrs.AUTHORIZATION, "")
    if given or request.method not in _READING:
        return is_same(given.removeprefix("Bearer "), token)
    if is_same(request.query.get("token", ""), token):
        return True
    return request.path == _PAGE and is_same(request.cookies.get(COOKIE, ""), page_token(token))
