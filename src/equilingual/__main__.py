"""The command as a module: ``python -m equilingual``."""

import sys

from equilingual.command import main

if __name__ == "__main__":
    sys.exit(main())
