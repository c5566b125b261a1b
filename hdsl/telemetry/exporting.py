"""Where spans go: to the configured OTLP endpoint, in the background; what goes wrong there is told at the end."""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_BSP_MAX_QUEUE_SIZE
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from hdsl.configuration.settings import Settings
from hdsl.ground.display import one_line
from hdsl.telemetry.spans import CommandSpans, Manner

CLOSING, TIMEOUT = 3.0, 2.0
"""Seconds that a command waits at its end for spans to be sent; that one request may take."""

QUEUE = 32_768
"""Spans that wait at most, where the environment says nothing. The oldest beyond it are lost, and told."""

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
    try:
        account = _Account(OTLPSpanExporter(address or None, timeout=TIMEOUT))
        provider = _provider(account)
    except Exception as error:  # the SDK refuses a variable of its own in many ways
        tell(f"telemetry: nothing is sent: {one_line(str(error)) or type(error).__name__}")
        yield None
        return
    try:
        with _spans(provider, command, Manner(settings, redact)) as spans:
            yield spans
    finally:  # a command that fails has spans too
        in_time = "" if _closed(provider) else f" within {CLOSING:g} s"
        if account.lost:
            counted = f"{account.lost:,} of {account.ended:,} spans were not sent{in_time}"
            tell(f"telemetry: {counted}; the command is not affected")


def _provider(account: "_Account") -> TracerProvider:
    queue = None if os.environ.get(OTEL_BSP_MAX_QUEUE_SIZE) else QUEUE
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(account.processor)
    provider.add_span_processor(BatchSpanProcessor(account.exporter, max_queue_size=queue))
    return provider


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


class _Account:
    """Counts spans that have ended and those that were sent: the SDK drops what its queue has no room for."""

    def __init__(self, exporter: SpanExporter) -> None:
        self.processor = _Ended()
        self.exporter = _Sent(exporter)

    @property
    def ended(self) -> int:
        """How many spans were to be sent."""
        return self.processor.count

    @property
    def lost(self) -> int:
        """How many of them were not sent."""
        return self.ended - self.exporter.count


class _Ended(SpanProcessor):
    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def on_end(self, span: ReadableSpan) -> None:
        """Counts a span that the sampler of the environment has not left out."""
        if span.context is not None and span.context.trace_flags.sampled:
            with self._lock:
                self.count += 1


class _Sent(SpanExporter):
    """Sends spans, and counts them where the server has taken them; an exporter that raises has not sent them."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.count = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Sends spans."""
        try:
            result = self._exporter.export(spans)
        except Exception:
            result = SpanExportResult.FAILURE
        if result is SpanExportResult.SUCCESS:
            self.count += len(spans)
        return result

    def shutdown(self) -> None:
        """Closes the exporter."""
        self._exporter.shutdown()
