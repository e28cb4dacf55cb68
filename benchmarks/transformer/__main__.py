"""Train it, and score it: see `benchmarks.transformer.run`."""

from benchmarks.transformer.run import main

main()
