"""Where the decoder looked: one document, drawn in the terminal or saved."""
