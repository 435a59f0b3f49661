"""Write an export of each kind and format, of made-up rows: python -m benchmarks.export.make DIR"""

import sys
from pathlib import Path
from typing import get_args

from bot.learning.exporting.formats import FORMATS
from bot.learning.exporting.materials import Kind
from tests.learning.test_export_files import exported

for kind in get_args(Kind):
    for form in FORMATS:
        folder = Path(sys.argv[1]) / f"{form}-{kind}"
        print(exported(folder, kind, form))
