"""Transformer-Tiny, trained by the same loop on the same batches: what the claims are measured against."""
