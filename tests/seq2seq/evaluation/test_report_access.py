"""The report of a comparison in a browser: for everyone, and in a narrow window. Skipped without Chromium."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from browsing import expect_accessible, with_chromium
from comparisons import full_report
from seq2seq.evaluation.rendering import renderings

pytestmark = with_chromium


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seeds a side, all sections."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(renderings(full_report())["report.html"], encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1100, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_as_wide_as_the_window(
    browser: Browser, file: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    """With all that folds away unfolded."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(file.as_uri())
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")

    expect_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
