"""Which jobs this program does: by their kind, and by the format of what they hold.

Programs of two versions share one queue during an update. A worker takes what it understands, and
leaves the rest to others.
"""

from collections.abc import Mapping
from typing import get_args

from bot.core.types import JobKind

JOB_FORMATS: Mapping[JobKind, int] = dict.fromkeys(get_args(JobKind), 1)
"""The latest format of each kind. Raise a kind's number when the program before would do its jobs
wrongly, and still do jobs of the format before. A field that may be ignored needs no new format."""
