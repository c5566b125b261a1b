"""Sessions of every format are written as ATIF that its own models accept, and ATIF comes back as it was."""

import json

import pytest

from hdsl.sessions.reading import read_recording
from hdsl.sessions.write_atif import as_atif
from tests.sessions.recordings import WORK, WRITERS, claude

IMAGE = {"type": "image", "source": {"media_type": "image/png", "path": "a.png"}}
FULL = {
    "schema_version": "ATIF-v1.7",
    "session_id": "run-1",
    "trajectory_id": "t-1",
    "agent": {
        "name": "a",
        "version": "2",
        "model_name": "m",
        "tool_definitions": [{"type": "function", "function": {"name": "Bash"}}],
        "extra": {"x": 1},
    },
    "notes": "some notes",
    "final_metrics": {"total_prompt_tokens": 5, "extra": {"y": 2}},
    "extra": {"mine": [1, None, {"deep": True}]},
    "steps": [
        {"step_id": 1, "source": "system", "message": "be kind", "is_copied_context": True},
        {"step_id": 2, "source": "user", "message": [{"type": "text", "text": "look at this"}, IMAGE]},
        {
            "step_id": 3,
            "source": "agent",
            "message": "",
            "timestamp": "2026-01-01T00:00:00Z",
            "model_name": "m",
            "reasoning_effort": "high",
            "reasoning_content": "I look",
            "metrics": {"prompt_tokens": 3, "completion_tokens": 2, "cost_usd": 0.5},
            "llm_call_count": 1,
            "tool_calls": [
                {"tool_call_id": "c1", "function_name": "Bash", "arguments": {"command": "ls"}, "extra": {"z": 1}},
                {"tool_call_id": "c2", "function_name": "Read", "arguments": {}},
            ],
            "observation": {
                "results": [
                    {"source_call_id": "c1", "content": "a.png", "extra": {"exit_code": 0}},
                    {"source_call_id": "c2", "content": [IMAGE]},
                    {"source_call_id": None, "content": "an event"},
                ]
            },
            "extra": {"w": 1},
        },
    ],
    "subagent_trajectories": [
        {
            "schema_version": "ATIF-v1.7",
            "session_id": "run-1",
            "trajectory_id": "t-2",
            "agent": {"name": "b", "version": "1"},
            "steps": [{"step_id": 1, "source": "user", "message": "help"}],
        }
    ],
}


def test_atif_comes_back_as_it_was(tmp_path):
    path = tmp_path / "full.json"
    path.write_text(json.dumps(FULL))
    sessions = read_recording(path).sessions
    assert as_atif(sessions[0], sessions) == FULL


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_becomes_atif_that_says_the_same_again(name, tmp_path):
    (session,) = read_recording(WRITERS[name](tmp_path)).sessions
    path = tmp_path / "again.json"
    path.write_text(json.dumps(as_atif(session)))
    (again,) = read_recording(path).sessions

    def facts(session):
        outcomes = [(call.command, call.outcome.text, call.outcome.exit_status) for _, call in session.calls()]
        steps = [(step.source, step.text, step.thought, step.is_injected, step.is_copied) for step in session.steps]
        return session.id, session.goal, session.folder, session.agent, outcomes, steps

    assert facts(again) == facts(session)
    assert as_atif(again) == json.loads(path.read_text())


@pytest.mark.parametrize("name", WRITERS)
def test_the_models_of_the_format_accept_what_is_written(name, tmp_path):
    atif = pytest.importorskip("atif", reason="the package `atif`, the format's own models, is not installed")
    (session,) = read_recording(WRITERS[name](tmp_path)).sessions
    document = as_atif(session)
    assert len(atif.Trajectory.model_validate(document).steps) == len(document["steps"]) >= len(WORK)


def test_a_subagent_of_a_subagent_is_embedded_once(tmp_path):
    from dataclasses import replace

    (top,) = read_recording(claude(tmp_path)).sessions
    child, grandchild = replace(top, id="child", parent=top.id), replace(top, id="grandchild", parent="child")
    loop = replace(top, parent="grandchild")
    document = as_atif(loop, (loop, child, grandchild))
    (first,) = document["subagent_trajectories"]
    (second,) = first["subagent_trajectories"]
    assert (first["trajectory_id"], second["trajectory_id"]) == ("child", "grandchild")
    assert "subagent_trajectories" not in second
