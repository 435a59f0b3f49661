"""Writes an export of each kind and format from synthetic rows.

python -m benchmarks.export.make DIR
"""

import sys
from pathlib import Path
from typing import get_args

from bot.training_export.examples import ExampleKind
from bot.training_export.formats import FORMATS
from tests.training_export.test_folder import exported

for kind in get_args(ExampleKind):
    for form in FORMATS:
        folder = Path(sys.argv[1]) / f"{form}-{kind}"
        print(exported(folder, kind, form))
