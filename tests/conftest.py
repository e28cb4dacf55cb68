"""One torch thread (a busy two-core machine is 16 times slower with two), and no clock in Hypothesis."""

import hypothesis
import torch

torch.set_num_threads(1)
hypothesis.settings.register_profile("seq2seq", deadline=None, max_examples=30)
hypothesis.settings.load_profile("seq2seq")
