"""Which renderer shows hook traffic in which format."""

from __future__ import annotations

from wcsdiag.hooks.traffic import Flow
from wcsdiag.report.interface import TrafficFormat, TrafficRenderer
from wcsdiag.report.page import Look


def traffic_renderer(kind: TrafficFormat, look: Look, flow: Flow | None = None) -> TrafficRenderer:
    """The renderer of that format; `look` is that of the stream it goes to.

    `flow` is the verdict where more than the traffic was judged; JSON and text take none: what
    gives it stands beside them.
    """
    if kind is TrafficFormat.JSON:
        from wcsdiag.report.traffic_json import TrafficJsonRenderer

        return TrafficJsonRenderer()
    if kind is TrafficFormat.HTML:
        from wcsdiag.report.traffic_html import TrafficHtmlRenderer

        return TrafficHtmlRenderer(flow)
    if kind is TrafficFormat.MERMAID:
        from wcsdiag.report.traffic_mermaid import TrafficMermaidRenderer

        return TrafficMermaidRenderer(flow)
    from wcsdiag.report.traffic_text import TrafficTextRenderer

    return TrafficTextRenderer(look)
