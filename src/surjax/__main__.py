"""`python -m surjax` is the command `surjax`."""

import sys

from surjax.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
