"""`python -m facelab` is `facelab`."""

import sys

from facelab.cli import main

if __name__ == "__main__":
    sys.exit(main())
