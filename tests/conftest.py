"""One torch thread (a busy two-core machine is 16 times slower with two), and no clock in Hypothesis.

Where CI is set, Hypothesis draws the same examples every time: new ones are looked for at a desk.
"""

import os

import hypothesis
import torch

torch.set_num_threads(1)
hypothesis.settings.register_profile(
    "seq2seq", deadline=None, max_examples=30, derandomize="CI" in os.environ, print_blob=True
)
hypothesis.settings.load_profile("seq2seq")
