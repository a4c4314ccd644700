"""`python -m privacy` is the command line."""

from privacy.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
