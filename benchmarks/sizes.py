"""How large the work is that everybody does; read by peers' environments too, so nothing is imported here."""

VOCABULARY = 8_000  # with the four special ones
SPECIAL = 4
PIECES = 15  # of a sentence, end included
BATCH = 80  # sentences of an update
EMBEDDING = 256
ENCODER_HIDDEN = 256  # of each direction
HIDDEN = 512  # of the decoder; its attention too
DROPOUT = 0.2
