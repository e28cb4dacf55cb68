"""seq2seq: a GRU encoder-decoder with optional Bahdanau attention, trained, served and looked at."""
