"""Spans of commands: what they say, by the in-memory exporter of the SDK, and that an OTLP/HTTP receiver gets them."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs hdsl[otel]")
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from hdsl.configuration.settings import load_settings
from hdsl.future.context import AskRecord, PullRecord
from hdsl.future.status import Status
from hdsl.kernel.request import Answer, Request, Usage
from hdsl.run.asked import Asking
from hdsl.run.runner import Given, run_program
from hdsl.telemetry.spans import CommandSpans, Manner
from tests.commands import hdsl
from tests.programs import program_of

HARNESS = """hdsl 1

experience known: text -> text = [
  ("hello", "hello", "world"),
]

harness told(line: text[B]) -> text[B] {
  budget(llm_calls=1, per=[B])

  answer: text[B] = expert(line, known)
  return answer
}
"""
SECRET = "sk-secret-of-the-spans-123"


def spans_of(folder: Path, *, content: bool) -> tuple[ReadableSpan, ...]:
    """The spans of a run with an input that is known and one that is not."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    settings = load_settings(folder, runs=str(folder / "runs"), otel_content=content)
    manner = Manner(settings, lambda text: text.replace(SECRET, "[secret]"))
    spans = CommandSpans(provider.get_tracer("test"), "run", manner)
    given = Given({"B": 2}, {"line": ["hello", f"nothing \udcff {SECRET}"]}, {})
    outcome = run_program(program_of(folder, HARNESS, "told"), given, settings, asking=Asking(observer=spans))
    assert outcome.code == 3
    spans.end()
    return exporter.get_finished_spans()


def attributes(span: ReadableSpan) -> Mapping[str, Any]:
    return span.attributes or {}


def test_a_span_a_run_node_and_model_call_by_the_names_of_the_conventions(tmp_path: Path) -> None:
    spans = spans_of(tmp_path, content=False)
    (root,) = [span for span in spans if span.parent is None]
    assert root.name == "invoke_workflow told"
    assert attributes(root)["gen_ai.operation.name"] == "invoke_workflow"
    assert attributes(root)["gen_ai.agent.name"] == "told"
    assert attributes(root)["hdsl.model_calls"] == 2
    assert root.status.status_code is StatusCode.ERROR
    assert attributes(root)["error.type"] == "3"
    nodes = {tuple(attributes(span)["hdsl.coordinates"]): span for span in spans if span.name == "node answer"}
    assert set(nodes) == {(0,), (1,)}
    assert nodes[0,].status.status_code is StatusCode.UNSET
    assert nodes[1,].status.status_code is StatusCode.ERROR
    calls = [span for span in spans if span.name == "chat nearest"]
    assert {call.parent.span_id for call in calls if call.parent} == {node.context.span_id for node in nodes.values()}
    for call in calls:
        said = attributes(call)
        assert (said["gen_ai.operation.name"], said["gen_ai.provider.name"]) == ("chat", "hdsl.nearest")
        assert {"gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"} <= set(said)
        assert root.start_time <= call.start_time <= call.end_time <= root.end_time
    everything = json.dumps([dict(attributes(span)) for span in spans])
    assert "hello" not in everything and "world" not in everything


def test_texts_are_in_spans_only_where_they_are_asked_for_and_never_secrets(tmp_path: Path) -> None:
    spans = spans_of(tmp_path, content=True)
    known = next(span for span in spans if span.name == "chat nearest" and "world" in str(attributes(span)))
    (said,) = json.loads(attributes(known)["gen_ai.output.messages"])
    assert said == {"role": "assistant", "parts": [{"type": "text", "content": "world"}], "finish_reason": "stop"}
    asked = json.loads(attributes(known)["gen_ai.input.messages"])
    assert asked[-1]["role"] == "user" and "hello" in asked[-1]["parts"][0]["content"]
    everything = str([dict(attributes(span)) for span in spans])
    assert SECRET not in everything and "[secret]" in everything


def test_runs_side_by_side_have_their_own_questions_and_others_are_told_at_once(tmp_path: Path) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans = CommandSpans(provider.get_tracer("test"), "serve", Manner(load_settings(tmp_path)))
    runs = [spans.for_run() for _ in range(2)]
    for number, run in enumerate(runs):
        request = Request("llm", "what", name="answer", place="answer[0]", seed=number)
        run.on_asked(AskRecord(request, Answer("so"), 1, 1))
    assert not exporter.get_finished_spans()
    spans.on_asked(AskRecord(Request("llm", "what", name="alone", seed=7), Answer("so"), 1, 1))
    assert [attributes(span)["gen_ai.request.seed"] for span in exporter.get_finished_spans()] == [7]
    runs[1].on_pull(PullRecord("answer", (0,), 1, 1, "so", Status.confidence(1.0), Usage()))
    asked, node = exporter.get_finished_spans()[1:]
    assert attributes(asked)["gen_ai.request.seed"] == 1
    assert asked.parent is not None and node.context is not None and asked.parent.span_id == node.context.span_id
    runs[0].on_end("a-run", 130, "interrupted")  # its node has not ended
    assert attributes(exporter.get_finished_spans()[-1])["gen_ai.request.seed"] == 0
    spans.end()
    assert [attributes(span)["hdsl.model_calls"] for span in exporter.get_finished_spans()[-1:]] == [3]


class Receiver(BaseHTTPRequestHandler):
    """Takes what is sent to /v1/traces, or refuses it, or does not answer until the server is let go."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server: Any = self.server
        server.let_go.wait()
        server.taken.append((self.path, dict(self.headers), body))
        self.send_response(server.status)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


HANGS = 0


@contextmanager
def receiver(status: int = 200) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.taken, server.status, server.let_go = [], status, threading.Event()
    if status != HANGS:
        server.let_go.set()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


def received(*taken: tuple[str, Mapping[str, str], bytes]) -> list[Any]:
    """The spans of requests."""
    requests = [ExportTraceServiceRequest.FromString(body) for _, _, body in taken]
    scopes = [scope for sent in requests for each in sent.resource_spans for scope in each.scope_spans]
    return [span for scope in scopes for span in scope.spans]


@pytest.fixture
def told(tmp_path: Path) -> Path:
    (tmp_path / "told.hg").write_text(HARNESS, encoding="utf-8")
    return tmp_path


def test_spans_arrive_at_an_otlp_receiver_also_with_the_address_of_a_file(told: Path) -> None:
    with receiver() as server:
        address = f"http://127.0.0.1:{server.server_port}"
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=abc"}
        ended = hdsl("run", "told.hg", "--line", "hello", folder=told, environment=environment)
        assert (ended.code, "telemetry" in ended.err) == (0, False)
        (told / "hdsl.toml").write_text(f'otel_endpoint = "{address}/"\n', encoding="utf-8")
        assert hdsl("run", "told.hg", "--line", "hello", folder=told).code == 0
        first, second = server.taken
        refused = hdsl("run", "told.hg", "--line", "hello", folder=told, environment={
            "OTEL_EXPORTER_OTLP_HEADERS": "x-key=abc"})  # fmt: skip
        assert "nothing is sent" in refused.err and len(server.taken) == 2
    assert first[0] == second[0] == "/v1/traces"
    assert first[1]["x-key"] == "abc" and "x-key" not in second[1]
    sent = ExportTraceServiceRequest.FromString(first[2])
    spans = received(first)
    assert sorted(span.name for span in spans) == ["chat nearest", "invoke_workflow told", "node answer"]
    named = {each.key: each.value.string_value for each in sent.resource_spans[0].resource.attributes}
    assert named["service.name"] == "hdsl"


@pytest.mark.parametrize("status", [500, 400, HANGS, None])
def test_a_receiver_that_fails_hangs_or_is_not_there_changes_nothing_but_one_line(
    told: Path, status: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hdsl.telemetry.exporting.CLOSING", 0.5)
    with receiver(200 if status is None else status) as server:
        port = server.server_port
        if status is None:
            server.server_close()
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
        ended = hdsl("run", "told.hg", "--line", "hello", folder=told, environment=environment)
    assert (ended.code, ended.out) == (0, "world\n")
    (line,) = [line for line in ended.err.splitlines() if line.startswith("telemetry:")]
    assert line.startswith("telemetry: 3 of 3 spans were not sent")
    assert "Traceback" not in ended.err


def test_no_span_is_lost_without_being_counted(told: Path) -> None:
    """The queue has room for 8 spans, and the run makes 101 as fast as it can."""
    with receiver() as server:
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
            "OTEL_BSP_MAX_QUEUE_SIZE": "8",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "4",
        }
        lines = [part for _ in range(50) for part in ("--line", "hello")]
        ended = hdsl("run", "told.hg", *lines, folder=told, environment=environment)
        spans = received(*server.taken)
    assert ended.code == 0
    lost = re.search(r"telemetry: (\d+) of 101 spans were not sent", ended.err)
    assert len({span.span_id for span in spans}) + (int(lost[1]) if lost else 0) >= 101


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "1"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many"),
    ],
)
def test_a_variable_that_the_sdk_refuses_is_told_and_changes_nothing_else(told: Path, name: str, value: str) -> None:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", name: value}
    ended = hdsl("run", "told.hg", "--line", "hello", folder=told, environment=environment)
    assert (ended.code, ended.out) == (0, "world\n")
    assert "telemetry: nothing is sent: " in ended.err and "Traceback" not in ended.err


def test_commands_without_runs_tell_of_their_questions_too(told: Path) -> None:
    (told / "empty.jsonl").write_text("", encoding="utf-8")
    with receiver() as server:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}"}
        ended = hdsl("author", "greet", "--kernel", "replay:empty.jsonl", folder=told, environment=environment)
        assert ended.code == 5  # the recording is empty, so the command ends with an error
        assert sorted(span.name.split(" ")[0] for span in received(*server.taken)) == ["chat", "invoke_workflow"]
