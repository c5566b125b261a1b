"""What can go wrong with a pool."""

from hdsl.ground.errors import DOES_NOT_CHECK, HdslError


class PoolError(HdslError):
    """A pool cannot be used, or refuses something; the message says why, and the fix."""


class PoolRefused(PoolError):  # noqa: N818 - a state
    """Rows or segments were refused for what they are: secrets, denied commands, sizes, signatures."""

    exit_code = DOES_NOT_CHECK


class StoreShowsLess(PoolRefused):
    """A store hides segments that were there before, or that others name as there."""


def needs_package(error: ModuleNotFoundError) -> PoolError:
    """The error for a package of the extra that is missing."""
    return PoolError(f"pools need the package `{error.name}`: pip install 'hdsl[pool]'")
