"""Proposers by the names that `--proposer` takes."""

from hdsl.configuration.settings import Settings
from hdsl.evolve.proposals import Proposer
from hdsl.evolve.proposers.chance import RandomProposer
from hdsl.evolve.proposers.rules import RulesProposer
from hdsl.ground.errors import HdslError
from hdsl.ground.spelling import did_you_mean
from hdsl.run.asked import Asking

NAMES = ("rules", "random", "kernel")


class UnknownProposer(HdslError):  # noqa: N818 - says what it is
    """There is no proposer of this name, or it cannot be used; the message says why."""


def proposer_named(name: str, settings: Settings, asking: Asking) -> Proposer:
    """The proposer of this name, or of a `.hg` file. UnknownProposer."""
    if name == "rules":
        return RulesProposer()
    if name == "random":
        return RandomProposer()
    del settings, asking
    raise UnknownProposer(
        f"there is no proposer `{name}`. {did_you_mean(name, NAMES, 'It is rules, random or kernel.')}"
    )
