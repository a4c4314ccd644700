"""One command of the command line per file: `add` declares it, the rest runs it."""
