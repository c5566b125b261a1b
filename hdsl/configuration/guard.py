"""The policy of the settings as the gate of terminals that a script opens, where no run has given them one."""

import functools

from hdsl.configuration.settings import load_settings
from hdsl.policy.guard import Guard


class SettingsGuard:
    """The guard of the settings of the working folder, which are read when it is first asked."""

    @functools.cached_property
    def _guard(self) -> Guard:
        return Guard(load_settings().policy)

    async def refusal(self, text: str, program: str, earlier: tuple[str, ...], expands_history: bool) -> str | None:
        """As that of `Guard`."""
        return await self._guard.refusal(text, program, earlier, expands_history)
