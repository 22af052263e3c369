"""Which renderer shows hook traffic in which format."""

from __future__ import annotations

from wcsdiag.report.interface import TrafficFormat, TrafficRenderer
from wcsdiag.report.page import Look


def traffic_renderer(kind: TrafficFormat, look: Look) -> TrafficRenderer:
    """The renderer of that format; `look` is that of the stream it goes to."""
    if kind is TrafficFormat.JSON:
        from wcsdiag.report.traffic_json import TrafficJsonRenderer

        return TrafficJsonRenderer()
    if kind is TrafficFormat.HTML:
        from wcsdiag.report.traffic_html import TrafficHtmlRenderer

        return TrafficHtmlRenderer()
    if kind is TrafficFormat.MERMAID:
        from wcsdiag.report.traffic_mermaid import TrafficMermaidRenderer

        return TrafficMermaidRenderer()
    from wcsdiag.report.traffic_text import TrafficTextRenderer

    return TrafficTextRenderer(look)
