"""How good a translation is, and which of two systems is better."""
