"""A report as files: HTML in one piece, Markdown, JSON, and the plots by themselves.

The HTML needs nothing but itself: styles and plots stand in it, there is no script, and what it would have
to fetch a browser is told to refuse. Every text is escaped where it is written, by the environment and not
by the template, so that no template can forget it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from seq2seq.evaluation.examples import RULE
from seq2seq.evaluation.figures import figures_of
from seq2seq.evaluation.report import Report
from seq2seq.evaluation.sections import Table, sections_of
from seq2seq.evaluation.tables import escaped, markdown_table
from seq2seq.plots.drawing import COLOURS, FAINT, INK, render
from seq2seq.preview.cells import harmless

NAMED = 0.05  # the weight from which a cell has a number


def renderings(report: Report) -> dict[str, str]:
    """The content of each file, by its name in the report's directory."""
    plots = {name: render(figure, "svg").decode() for name, figure in figures_of(report).items()}
    return {
        "report.html": html(report, plots),
        "report.md": markdown(report, plots),
        "report.json": json.dumps(report.to_json(), ensure_ascii=False) + "\n",
        **{f"figures/{name}.svg": plot for name, plot in plots.items()},
    }


def html(report: Report, plots: Mapping[str, str]) -> str:
    """One self-contained page."""
    environment = _environment(autoescape=True)
    environment.finalize = _harmless
    environment.filters |= {"inline": inline_svg, "weight": _weight}
    return _render(environment, "report.html.j2", report, plots)


def markdown(report: Report, plots: Mapping[str, str]) -> str:
    """The same sentences and tables, with the plots beside it."""
    environment = _environment(autoescape=False)  # what Markdown takes for signs is escaped instead
    environment.finalize = _escaped
    environment.filters |= {"table": _table, "marked": _marked, "code": _code}
    return _render(environment, "report.md.j2", report, plots)


def inline_svg(plot: str, name: str) -> Markup:
    """A plot as part of a page: without a header, with ids of its own, in the colours of the page."""
    body = plot[plot.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", body).replace("xlink:href", "href")
    body = re.sub(r'(\sid="|href="#|url\(#)', rf"\g<1>{name}-", body)
    # Not `currentColor`, which markers that are used again by reference would take from elsewhere.
    colours = {INK: "var(--ink)", FAINT: "var(--line)", "#ffffff": "var(--page)"}
    colours |= {colour: f"var(--series-{place})" for place, colour in enumerate(COLOURS)}
    for colour, variable in colours.items():
        body = re.sub(re.escape(colour) + r"\b", variable, body, flags=re.IGNORECASE)
    return Markup(body)  # noqa: S704 — made by Matplotlib, which escapes what it writes


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("seq2seq.evaluation"),
        autoescape=autoescape,  # noqa: S701 — Markdown has escapes of its own
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["signed"] = lambda value: f"{value:+.1f}"
    environment.filters["fixed"] = lambda value: f"{value:.1f}"
    return environment


def _render(environment: Environment, template: str, report: Report, plots: Mapping[str, str]) -> str:
    return environment.get_template(template).render(
        report=report, sections=sections_of(report), plots=plots, rule=RULE
    )


def _harmless(value: Any) -> Any:  # noqa: ANN401 — whatever a template writes
    return value if isinstance(value, Markup) else harmless(str(value))


def _escaped(value: Any) -> str:  # noqa: ANN401 — whatever a template writes
    return str(value) if isinstance(value, Markup) else escaped(harmless(str(value)))


def _table(table: Table) -> Markup:
    rows = [[harmless(cell) for cell in row] for row in table.rows]
    return Markup(markdown_table([harmless(cell) for cell in table.header], rows))  # noqa: S704 — escaped there


def _marked(part: str, text: str) -> Markup:
    """Words of an output: struck out what it misses, bold what it has alone."""
    sign, mark = {"missing": ("−", "~~"), "added": ("+", "**"), "same": ("", "")}[part]
    return Markup(f"{mark}{sign}{escaped(harmless(text))}{mark}")  # noqa: S704 — escaped here


def _code(text: str) -> Markup:
    """A line of a code block, in which no sign means anything."""
    return Markup(harmless(" ".join(text.split())))  # noqa: S704 — a code block shows it as it stands


def _weight(weight: float) -> str:
    """A share without its nought; nothing where there is next to nothing."""
    return f"{weight:.2f}".removeprefix("0") if weight >= NAMED else ""
