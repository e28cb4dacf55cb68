import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from comparisons import QUICK, full_report, run
from seq2seq.evaluation.compare import compare
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.rendering import renderings
from seq2seq.evaluation.report import Report, report_of
from seq2seq.evaluation.system import system_of
from seq2seq.preview.grid import Grid, Unit

VOID = {"meta", "br", "img", "hr", "link", "input"}
HOSTILE = "<script>alert(1)</script> & \"x\" 'y' </style> <img src=x onerror=y> `c` $a_b$ *d* \x1b[31m |"


class Page(HTMLParser):
    """Reads a page strictly: what is opened is closed in its order, ids come once, links have their aims."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.aims: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.cells: list[list[str]] = []  # the rows of all tables
        self.texts: list[str] = []
        self.feed(content)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [str(value) for name, value in attrs if name == "id"]
        self.aims += [str(value) for name, value in attrs if name == "href"]
        self.aims += [f"#{aim}" for _, value in attrs for aim in re.findall(r"url\(#([^)]*)\)", value or "")]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.cells.append([])
        if tag in {"td", "th"}:
            self.cells[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Parts of a plot that end themselves."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """It closes what was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Texts, and those of cells."""
        self.texts.append(data)
        if {"td", "th"} & set(self.open):
            self.cells[-1][-1] += data


@pytest.fixture(scope="module")
def report() -> Report:
    """Three seeds a side, all sections."""
    return full_report()


@pytest.fixture(scope="module")
def files(report: Report) -> dict[str, str]:
    """All that is written."""
    return renderings(report)


@pytest.fixture(scope="module")
def page(files: dict[str, str]) -> Page:
    """The HTML, read."""
    return Page(files["report.html"])


def markdown_rows(content: str) -> Iterator[list[str]]:
    """The cells of all tables in Markdown."""
    for line in content.splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield [re.sub(r"\\(.)", r"\1", cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def margin(found: dict[str, Any]) -> str:
    """A score and half its interval over sentences and seeds."""
    return f"{found['value']:.1f} ± {(found['over_both']['high'] - found['over_both']['low']) / 2:.1f}"


def numbers(document: dict[str, Any]) -> list[list[str]]:
    """What the tables of scores, differences and lengths must say, worked out of the JSON alone."""
    rows = []
    for system in document["systems"]:
        row = [system["name"], str(len(system["runs"]))]
        for found in (system["bleu"], system["chrf"]):
            row += [f"{found['value']:.2f}", f"{found['deviation']:.2f}"]
            row += [
                f"[{found[over]['low']:.2f}, {found[over]['high']:.2f}]"
                for over in ("over_sentences", "over_both")
            ]
        rows.append(row)
        rows.append([system["name"], *(margin(found["bleu"]) for found in system["by_length"])])
    for pairing in document["pairings"]:
        for found in (pairing["bleu"], pairing["chrf"]):
            row = [pairing["system"], found["metric"], f"{found['delta']:+.2f}"]
            row += [
                f"[{found[over]['low']:+.2f}, {found[over]['high']:+.2f}]"
                for over in ("over_sentences", "over_both")
            ]
            row += [f"{found[p]:.4f}" for p in ("p_bootstrap", "p_randomisation", "p_both")]
            rows.append([*row, "yes" if found["is_shown"] else "no"])
    for place, system in enumerate(document["systems"]):
        spreads = [stretch["bleu"][place] for stretch in document["stretches"]]
        rows.append([system["name"], *map(margin, spreads)])
    return rows


def test_all_files_carry_the_same_numbers(files: dict[str, str], page: Page) -> None:
    """Scores, intervals, p-values, lengths and stretches of the JSON stand in both documents."""
    in_markdown = list(markdown_rows(files["report.md"]))

    for row in numbers(json.loads(files["report.json"])):
        assert row in page.cells
        assert row in in_markdown


def test_all_files_say_the_same_sentences(report: Report, files: dict[str, str], page: Page) -> None:
    """The answer, what it covers, cautions and how to do it again."""
    document = json.loads(files["report.json"])
    words = "".join(page.texts)
    plain = re.sub(r"\\(.)", r"\1", files["report.md"])

    for sentence in [
        *document["answer"],
        document["scope"],
        *document["comparability"]["verdict"],
        *document["reproduction"]["signatures"],
        *document["reproduction"]["training"],
        document["reproduction"]["command"],
        *(digest["sha256"] for digest in document["reproduction"]["digests"]),
    ]:
        assert sentence in words
        assert sentence in plain
    assert document["answer"] == list(report.comparison.answer)
    assert words.index(document["answer"][0]) < words.index("Are they comparable?")


def test_examples_are_the_same_everywhere(files: dict[str, str], page: Page) -> None:
    """Lines, texts and word differences, and a picture where there is attention."""
    document = json.loads(files["report.json"])
    examples = [one for group in document["pairings"][0]["examples"].values() for one in group]

    assert len(examples) == 20
    words = "".join(page.texts)
    for example in examples:
        head = (
            f"{example['baseline']['chrf']:.1f} → {example['system']['chrf']:.1f} ({example['change']:+.1f})"
        )
        assert f"Line {example['line']} {head}" in words
        assert f"Line {example['line']}, {head}" in files["report.md"]
        assert example["source"] in words
        assert example["baseline"]["attention"] is None
        assert all(
            sum(row) == pytest.approx(1.0, abs=1e-3) for row in example["system"]["attention"]["weights"]
        )
    assert page.tags.count("details") == len(examples)
    expected = sum(
        part["part"] == "added"
        for one in examples
        for side in ("baseline", "system")
        for part in one[side]["words"]
    )
    assert page.tags.count("ins") == expected + 1  # the one that explains the sign


def test_the_page_needs_nothing_else(files: dict[str, str], page: Page) -> None:
    """No address, no script, nothing loaded, and a policy that forbids it."""
    content = files["report.html"]

    assert not re.search(r"https?:|//\w|@import|<script|\bon\w+=", content)
    assert {aim[0] for aim in page.aims} == {"#"}
    assert not {"script", "link", "iframe", "object", "img"} & set(page.tags)
    assert (
        "content",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    ) in page.attributes
    assert page.tags.count("svg") == 3


def test_the_page_is_well_formed(page: Page) -> None:
    """Ids come once, and what is pointed at is there; headings do not skip a level; tables are named."""
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]

    assert len(page.ids) == len(set(page.ids))
    assert {aim[1:] for aim in page.aims} <= set(page.ids)
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert ("lang", "en") in page.attributes
    assert page.tags.count("figure") == [name for name, _ in page.attributes].count(
        "role"
    ) - page.attributes.count(("role", "region")) - page.attributes.count(("role", "note"))


def test_the_page_is_light_and_dark_and_printed(files: dict[str, str]) -> None:
    """Plots have the page's colours, so that they follow."""
    content = files["report.html"]

    assert "prefers-color-scheme: dark" in content
    assert "@media print" in content
    assert "forced-colors" in content
    assert "var(--series-0)" in content
    assert "#222222" not in content
    assert "#ffffff" not in content.split("</style>", 1)[1]


def test_texts_from_outside_have_no_power() -> None:
    """Names, sources, references and translations full of signs: in HTML, in Markdown and in plots."""
    count = 6
    units = (Unit(HOSTILE, 0), Unit("", 1, is_end=True))
    grids = [Grid(units, units, np.eye(2))] * count
    runs = [
        evaluate(
            f"{name}{HOSTILE}",
            [HOSTILE] * count,
            [[f"{HOSTILE} r"] * count],
            [f"{HOSTILE} {name}"] * count,
            scoring=Scoring(bootstrap=20),
            grids=grids,
        )
        for name in "ab"
    ]

    files = renderings(report_of(compare([system_of(one) for one in runs], QUICK), (), f"seq2seq {HOSTILE}"))

    page = Page(files["report.html"])
    assert not {"script", "img"} & set(page.tags)
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert "".join(page.texts).count("<script>alert(1)</script>") > 3 * count
    assert page.tags.count("style") == 1 + page.tags.count("svg")
    for content in files.values():
        assert "\x1b" not in content
    quoted = "\n".join(line for line in files["report.md"].splitlines() if not line.startswith("    "))
    assert not re.search(r"(?<!\\)<(script|img)|(?<!\\)`", quoted)


def test_what_is_not_known_is_not_shown() -> None:
    """One run of each, from files: no seeds, no attention, no training, no stretched sets."""
    found = report_of(compare([system_of(run("a", 0.3)), system_of(run("b", 0.1))], QUICK))

    files = renderings(found)

    assert set(files) == {"report.html", "report.md", "report.json", "figures/by-length.svg"}
    assert "s.d. of seeds" not in files["report.md"]
    assert "## Attention" not in files["report.md"]
    assert "One seed only of a and b" in files["report.md"]
    Page(files["report.html"])


def test_the_same_report_is_written_in_the_same_bytes(report: Report, files: dict[str, str]) -> None:
    """So that two of them can be compared."""
    assert renderings(report) == files
