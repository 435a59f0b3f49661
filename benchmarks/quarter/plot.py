"""Plots the quarter: repeated handoffs, and the share of correct answers."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from benchmarks.quarter.weeks import Week
from bot.evaluation.charts import Plot

STYLE = (
    "<style>svg{background:#fff;font:12px system-ui,sans-serif}text{fill:#5d6879}"
    ".label,.beside{fill:#1c2330}.grid{stroke:#dfe3ea;fill:none}"
    ".line{stroke:#2456c8;stroke-width:2;fill:none}"
    ".ideal{stroke:#1b7f4b;stroke-width:2;stroke-dasharray:6 4;fill:none}"
    ".before{stroke:#8a5a00;stroke-width:2;fill:none}</style>"
)


def drawn(plain: Sequence[Week], learning: Sequence[Week]) -> str:
    """Return the plot of a quarter without saved replies and of one with them, as SVG."""
    last = len(learning)
    plot = Plot(
        "a simulated quarter of use",
        "week",
        "share",
        x_range=(1, last),
        x_ticks=[(week, str(week)) for week in range(1, last + 1)],
    )
    lines: Mapping[str, tuple[str, Sequence[float]]] = {
        "handed over again, nothing saved": ("before", [week.again for week in plain]),
        "handed over again, replies saved": ("line", [week.again for week in learning]),
        "answers right so far, replies saved": ("ideal", _so_far(learning)),
    }
    for place, (name, (style, shares)) in enumerate(lines.items()):
        plot.line(list(enumerate(shares, 1)), style)
        top = 120 + 18 * place
        plot.marks.append(
            f'<path class="{style}" d="M330 {top}H360"/>'
            f'<text class="beside" x="368" y="{top + 4}">{name}</text>'
        )
    svg = plot.svg().replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return svg.replace(">", f">{STYLE}", 1) + "\n"


def _so_far(found: Sequence[Week]) -> list[float]:
    """Return the share of correct answers from the start up to each week."""
    shown = list(accumulate(round(week.answered * week.asked) for week in found))
    right = list(accumulate(week.precision * week.answered * week.asked for week in found))
    return [part / whole if whole else 0.0 for part, whole in zip(right, shown, strict=True)]
