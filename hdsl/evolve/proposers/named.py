"""Proposers by the names that `--proposer` takes."""

from pathlib import Path

from hdsl.configuration.settings import Settings
from hdsl.evolve.proposals import Proposer
from hdsl.evolve.proposers.agent import AgentProposer
from hdsl.evolve.proposers.chance import RandomProposer
from hdsl.evolve.proposers.harness import HarnessProposer
from hdsl.evolve.proposers.model import ModelProposer
from hdsl.evolve.proposers.rules import RulesProposer
from hdsl.ground.errors import HdslError
from hdsl.ground.resources import resource_folder
from hdsl.ground.spelling import did_you_mean

NAMES = ("rules", "random", "kernel", "agent", "meta")


class UnknownProposer(HdslError):  # noqa: N818 - says what it is
    """There is no proposer of this name, or it cannot be used; the message says why."""


def proposer_named(name: str, settings: Settings) -> Proposer:
    """The proposer of this name, or of a `.hg` file. UnknownProposer; SettingsError where no agent can be asked."""
    if name == "rules":
        return RulesProposer()
    if name == "random":
        return RandomProposer()
    if name == "kernel":
        return ModelProposer()
    if name == "agent":
        return AgentProposer(settings)
    path = resource_folder("stdlib") / "meta" / "meta.hg" if name == "meta" else Path(name)
    if path.suffix == ".hg" and path.is_file():
        return HarnessProposer(path, settings)
    known = "It is one of rules, random, kernel, agent, meta, or a .hg file."
    raise UnknownProposer(f"unknown proposer `{name}`. {did_you_mean(name, NAMES, known)}")
