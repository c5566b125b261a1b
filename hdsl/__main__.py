"""`python -m hdsl`."""

import sys

from hdsl.cli.main import main

sys.exit(main())
