"""The built-in names: six languages that nobody speaks, each with a grammar of syllables, seeded, any size.

Because the grammars are known, so is how well anything could tell the languages apart: `oracle` says it.
"""
