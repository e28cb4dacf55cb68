"""One torch thread (a busy two-core machine is 16 times slower with two), and no clock in Hypothesis.

Where CI is set, Hypothesis draws the same examples every time: new ones are looked for at a desk.
A browser for the tests that need one.
"""

import os
from collections.abc import Iterator

import hypothesis
import pytest
import torch
from playwright.sync_api import Browser, sync_playwright

from browsing import CHROMIUM, FLAGS

torch.set_num_threads(1)
hypothesis.settings.register_profile(
    "seq2seq", deadline=None, max_examples=30, derandomize="CI" in os.environ, print_blob=True
)
hypothesis.settings.load_profile("seq2seq")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one browser for the file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
