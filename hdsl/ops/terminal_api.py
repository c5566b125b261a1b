"""The terminal functions by the names of the framework whose scripts run here: sessions are named by texts.

What looks at the terminal is live (each pull looks again); what acts on it acts once at each coordinate.
"""

import asyncio
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops import terminal
from hdsl.ops.element import lift
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Pull, Site
from hdsl.ops.speculate import BLANK_LINE, speculate
from hdsl.tensor.text_tensor import home_of
from hdsl.terminal.errors import SessionGone

_SESSION = Site(sessions=(True,))
_TEXT_AND_SESSION = Site(sessions=(False, True))


def ft_tmux_create_session(session_id: FutureTensor) -> FutureTensor:
    """Opens a session for each name; one that is open stays as it is. The texts are handles, as good as the names."""
    return lift(_find_or_open, [session_id])


def ft_tmux_capture_pane(session_id: FutureTensor) -> FutureTensor:
    """The visible screens."""
    return _live(lift(terminal.capture, [session_id], site=_SESSION))


def ft_tmux_send_text(text: FutureTensor, session_id: FutureTensor) -> FutureTensor:
    """Types the texts as they are; they are the result too."""
    return lift(terminal.send_text, [text, session_id], site=_TEXT_AND_SESSION)


def ft_tmux_send_ctrl(key: FutureTensor, session_id: FutureTensor) -> FutureTensor:
    """Presses the keys, which are the result too; an unknown name fails its element."""
    return lift(terminal.send_key, [key, session_id], site=_TEXT_AND_SESSION)


def ft_tmux_send_keys(keys: FutureTensor, session_id: FutureTensor) -> FutureTensor:
    """`T …` types, `C …` presses, anything else is typed."""
    return lift(terminal.send_keys, [keys, session_id], site=_TEXT_AND_SESSION)


def ft_terminal_idle_gate(keys: FutureTensor, session_id: FutureTensor) -> FutureTensor:
    """The keys, but an empty text for text where the prompt is not empty."""
    return _live(lift(terminal.idle_gate, [keys, session_id], site=_TEXT_AND_SESSION))


def ft_ps1_shows_up(ps1_pattern_ft: FutureTensor | str, capture_ft: FutureTensor) -> FutureTensor:
    """`true` where a line of the screen matches the pattern, one for all or one each, else `false`."""
    if isinstance(ps1_pattern_ft, str):
        return _live(lift(terminal.prompt_shown, [capture_ft], {"pattern": ps1_pattern_ft}))
    return _live(lift(_prompt_shown, [capture_ft, ps1_pattern_ft]))


def ft_tmux_speculative_complete(
    bunch_ft: FutureTensor, screen_ft: FutureTensor, sep: str = BLANK_LINE
) -> FutureTensor:
    """One action a turn of those that one answer holds, each confirmed on the screen before the next."""
    return speculate(bunch_ft, screen_ft, site=Site(), separator=sep)


def ft_sleep(input: FutureTensor, seconds: float) -> FutureTensor:
    """An empty text for each element of `input`, later; `input` is not pulled."""
    return Sleep.future(seconds, input)


class Sleep(PassThrough):
    """A pause; the numeric gradient passes through."""

    operation = "sleep"

    @staticmethod
    def forward(ctx: Any, seconds: float, given: FutureTensor) -> FutureTensor:
        """The scalar of the shape of `given`."""

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            await asyncio.sleep(seconds)
            return "", Status.confidence(1.0)

        return make_future(generate, given.ft_node.shape, place=home_of(given.ft_node.static))


def _prompt_shown(screen: str, pattern: str) -> Any:
    return terminal.prompt_shown(screen, pattern=pattern)


def _live(future: FutureTensor) -> FutureTensor:
    future.ft_node.live = True
    return future


async def _find_or_open(name: str, *, pull: Pull) -> str:
    if pull.context.terminal is not None:
        try:
            found = pull.context.terminal.session(name)
        except SessionGone:
            pass
        else:
            if not found.ended:
                return found.handle
    return await terminal.open_session(name, pull=pull)
