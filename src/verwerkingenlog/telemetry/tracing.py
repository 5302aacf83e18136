"""Traces for OpenTelemetry, when a setting names where they go; spans hold nothing of persons (rule M7).

The spans are made here rather than by the library's own middleware, which records each URL with its query: a
span gets what it may hold, and nothing is taken out of it afterwards. Of what a caller sends only
`traceparent` is read: `tracestate` and `baggage` may hold any text.
"""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from verwerkingenlog import __version__
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.telemetry.observation import ASGIApp, Receive, Scope, Send, observation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_SERVER_ERROR = 500


class Traced:
    """A layer inside `Observed` that makes a span of each request, named after method and route."""

    def __init__(self, app: ASGIApp, provider: "TracerProvider") -> None:
        self._app = app
        self._start = _starter(provider)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on inside its span; anything but HTTP passes untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._start(scope) as span:
            try:
                await self._app(scope, receive, send)
            finally:
                _complete(span, scope)


def provider_to(endpoint: str) -> "TracerProvider":
    """Make a provider that sends its spans, from a thread of its own, to an OTLP address over HTTP.

    `shutdown` on it sends what is left. Raises `ConfigurationError` where the extra is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigurationError(
            "VERWERKINGENLOG_TRACES: voor traces ontbreekt een pakket."
            " Installeer het met: pip install 'verwerkingenlog[otel]', of laat deze instelling leeg."
        ) from error
    resource = Resource.create({"service.name": "verwerkingenlog", "service.version": __version__})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider


def _starter(provider: "TracerProvider") -> "Callable[[Scope], AbstractContextManager[Span]]":
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 - an extra
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 - an extra
        TraceContextTextMapPropagator,
    )

    tracer = provider.get_tracer("verwerkingenlog", __version__)
    propagator = TraceContextTextMapPropagator()

    @contextmanager
    def start(scope: Scope) -> "Iterator[Span]":
        parents = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
        carrier = {"traceparent": parents[0]} if len(parents) == 1 else {}
        with tracer.start_as_current_span(
            "-",
            context=propagator.extract(carrier),
            kind=SpanKind.SERVER,
            record_exception=False,  # its text may hold a row
            set_status_on_exception=False,
        ) as span:
            yield span

    return start


def _complete(span: "Span", scope: Scope) -> None:
    """Name the span once the route is known."""
    from opentelemetry.trace import StatusCode  # noqa: PLC0415 - an extra

    observation = observation_of(scope)
    route = observation.route or "-"
    span.update_name(f"{observation.method} {route}")
    span.set_attributes(
        {
            "http.request.method": observation.method,
            "http.route": route,
            "http.response.status_code": observation.status,
            "verwerkingenlog.request_id": observation.request_id,
        }
    )
    if not observation.status or observation.status >= _SERVER_ERROR:
        span.set_status(StatusCode.ERROR)
