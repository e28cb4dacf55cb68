"""Bilingual text on its way to batches: read, clean, cut into pieces, keep on disk, sample."""
