"""`python -m seq2seq`: the same as the program."""

from seq2seq.cli.main import main

main()
