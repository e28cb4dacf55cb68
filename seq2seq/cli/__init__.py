"""The command line: one file a command, each a screenful over one library call."""
