"""A drawing in GraphML, for yEd, Gephi and networkx.

Source: http://graphml.graphdrawing.org/specification.html.
"""

from xml.sax.saxutils import escape, quoteattr

from ringfence.model.declare import ReportFormat
from ringfence.model.report import Report
from ringfence.report.diagram.drawing import drawing
from ringfence.report.style import Style

REPORT = ReportFormat(slug="graphml")
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="label" for="all" attr.name="label" attr.type="string"/>
  <key id="kind" for="node" attr.name="kind" attr.type="string"/>
  <key id="doubtful" for="edge" attr.name="doubtful" attr.type="boolean"/>
"""


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this form
    """The report's drawing as a GraphML document."""
    made = drawing(report)
    parts = [HEAD, f'  <graph id={quoteattr(made.title)} edgedefault="directed">\n']
    for number, box in enumerate(made.boxes):
        data = f'<data key="label">{escape(box.label)}</data><data key="kind">{escape(box.kind)}</data>'
        parts.append(f'    <node id="n{number}">{data}</node>\n')
    for number, arrow in enumerate(made.arrows):
        ends = f'source="n{arrow.source}" target="n{arrow.target}"'
        data = f'<data key="label">{escape(arrow.label)}</data><data key="doubtful">{str(arrow.doubtful).lower()}</data>'
        parts.append(f'    <edge id="e{number}" {ends}>{data}</edge>\n')
    return "".join([*parts, "  </graph>\n</graphml>\n"])
