"""Sentence patterns: one module a topic, one function a pattern."""
