"""`python -m ringfence` is the command `ringfence`."""

import sys

from ringfence.cli.main import main

sys.exit(main())
