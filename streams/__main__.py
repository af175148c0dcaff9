"""`python -m streams`: the same as the `streams` command."""

import sys

from streams.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
