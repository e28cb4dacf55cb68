"""A sentence from a picture: plain, and with attention over a grid of the picture."""
