"""Where spans go: to the configured OTLP endpoint, in the background; what goes wrong there is told at the end."""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from hdsl.configuration.settings import Settings
from hdsl.telemetry.spans import CommandSpans, Manner

CLOSING, TIMEOUT = 3.0, 2.0
"""Seconds that a command waits at its end for spans to be sent; that one request may take."""

ENDPOINT, TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
HEADERS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")


@contextmanager
def command_spans(
    settings: Settings, command: str, redact: Callable[[str], str], tell: Callable[[str], None]
) -> Iterator[CommandSpans | None]:
    """The spans of a command, sent while it runs; at its end it waits a bounded time for the last ones.

    None where the endpoint is one that no spans may be sent to. What goes wrong is told, and changes nothing else.
    """
    address = _address(settings, os.environ)
    if address is None:
        tell(f"telemetry: nothing is sent: {HEADERS[0]} goes only to the server that {ENDPOINT} names")
        yield None
        return
    logging.getLogger("opentelemetry").addHandler(logging.NullHandler())  # else a warning would stand in the output
    exporter = _Counted(OTLPSpanExporter(address or None, timeout=TIMEOUT))
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    manner = Manner(settings, settings.otel_content, redact)
    with _spans(provider, command, manner) as spans:
        yield spans
    if not _closed(provider):
        tell(f"telemetry: not all spans could be sent in {CLOSING:g} s; the command is not affected")
    elif exporter.failed:
        tell(f"telemetry: {exporter.failed} spans could not be sent; the command is not affected")


@contextmanager
def _spans(provider: TracerProvider, command: str, manner: Manner) -> Iterator[CommandSpans]:
    parent = TraceContextTextMapPropagator().extract(
        {name.lower(): os.environ[name] for name in ("TRACEPARENT", "TRACESTATE") if name in os.environ}
    )
    spans = CommandSpans(provider.get_tracer("hdsl", version("hdsl")), command, manner, parent)
    try:
        yield spans
    except BaseException as error:
        spans.end(type(error).__name__)
        raise
    spans.end()


def _address(settings: Settings, environment: Mapping[str, str]) -> str | None:
    """Where traces go; empty: where the variables of OpenTelemetry say; None: nowhere.

    A key in the headers of the environment goes to no server that only a file names.
    """
    if environment.get(TRACES_ENDPOINT) or environment.get(ENDPOINT):
        return ""
    if any(environment.get(name) for name in HEADERS):
        return None
    return settings.otel_endpoint.rstrip("/") + "/v1/traces"


def _resource() -> Resource:
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "hdsl"}
    return Resource.create({**named, "service.version": version("hdsl")})


def _closed(provider: TracerProvider) -> bool:
    """Whether all could be sent in time."""
    closing = threading.Thread(target=provider.shutdown, name="hdsl-telemetry", daemon=True)
    closing.start()
    closing.join(CLOSING)
    return not closing.is_alive()


class _Counted(SpanExporter):
    """Counts the spans that could not be sent; an exporter that raises has not sent them."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.failed = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Sends spans."""
        try:
            result = self._exporter.export(spans)
        except Exception:
            result = SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            self.failed += len(spans)
        return result

    def shutdown(self) -> None:
        """Closes the exporter."""
        self._exporter.shutdown()
