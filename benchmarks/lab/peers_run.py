"""Running a peer's adapter: the scripted model on loopback, the adapter under its own interpreter, their scores."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.lab.model import ScriptedModel
from benchmarks.lab.scoring import Score, score
from benchmarks.lab.tasks import Task
from benchmarks.lab.watch import EVALUATION
from tests.servers.scripted_openai import ScriptedServer

ROOT = Path(__file__).parents[2]
TIMEOUT = 600


@dataclass(frozen=True, slots=True)
class Peer:
    """A framework in one manner of use."""

    title: str
    module: str
    variant: str


PEERS = (
    Peer("TextGrad", "textgrad_peer", "plain"),
    Peer("Trace (OptoPrime)", "trace_peer", "plain"),
    Peer("DSPy BootstrapFewShot", "dspy_peer", "fewshot"),
    Peer("TextGrad, validated", "textgrad_peer", "validated"),
    Peer("DSPy + GEPA (validates)", "dspy_peer", "gepa"),
    Peer("DSPy + GEPA (validates), minibatch 12", "dspy_peer", "gepa-12"),
)


class PeerFailed(Exception):  # noqa: N818 - says what happened
    """An adapter ended without a result."""


def run_peer(peer: Peer, task: Task, python: str) -> Score:
    """Trains the peer on the task; raises PeerFailed with the end of what it said."""
    model = ScriptedModel(task.dropped_rows, task.seed)
    with ScriptedServer(lambda body: model.reply(body["messages"])) as server, TemporaryDirectory() as home:
        command = [python, "-m", f"benchmarks.lab.peers.{peer.module}", task.name, str(task.seed), peer.variant]
        environment = _environment(server.url, home)
        try:
            ran = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired as error:
            raise PeerFailed(f"not done after {TIMEOUT} s") from error
        if ran.returncode:
            raise PeerFailed(ran.stderr[-2000:])
        return scored(json.loads(ran.stdout.splitlines()[-1]), server.requests)


def scored(seen: Mapping[str, Any], requests: Sequence[Mapping[str, Any]]) -> Score:
    """The score of what an adapter saw, by the requests that the server got in the meantime."""
    calls, before = 0, dict[str, int]()
    for request in requests:
        if request["model"].startswith(EVALUATION):
            before.setdefault(request["model"], calls)
        else:
            calls += 1
    counted = [before[f"{EVALUATION}-{number}"] for number in range(len(seen["accuracies"]))]
    return score(seen["accuracies"], counted, calls, seen["edits"], seen["innocent_rows"])


def _environment(url: str, home: str) -> dict[str, str]:
    """Nothing of ours: no key, no cache, no configuration that stands somewhere on the machine."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": home,
        "TMPDIR": home,
        "PYTHONPATH": str(ROOT),
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": url,
        "OPENAI_API_BASE": url,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "PYTHONHASHSEED": "0",
    }
