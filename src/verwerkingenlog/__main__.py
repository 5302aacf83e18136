"""`python -m verwerkingenlog`: the same as the console script."""

import sys

from verwerkingenlog.cli import main

if __name__ == "__main__":
    sys.exit(main())
