"""`zwm` without pacing of token calls: `python -m benchmarks.unpaced queue work`.

For a fake Zuora without a limit on token calls. The pace is still consulted, but always permits the
call at once.
"""

from unittest.mock import patch

from workflow_mirror.cli.app import main
from workflow_mirror.customers.token_pace import TokenPace

if __name__ == "__main__":
    with patch.dict(TokenPace.__init__.__kwdefaults__, {"per_minute": 1e6}):
        main()
