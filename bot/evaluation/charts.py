"""Draws charts as SVG without scripts or network; the page gives the colours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 640, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 18, 16, 48

_BAR = 0.6
"""Width of a bar, in data coordinates."""

Tick = tuple[float, str]
"""The position of a tick, in data coordinates, and its label."""


@dataclass
class Plot:
    """Axes with marks on them, in data coordinates.

    Args:
        title: For screen readers.
        x_label: Label of the x axis.
        y_label: Label of the y axis.
        x_range: Lowest and highest value.
        y_range: Lowest and highest value.
        x_percent: Whether x is a share, written in percent; otherwise dollars.
        plain: Whether both axes show plain numbers.
        x_ticks: Ticks of the x axis in place of regular ones.
        y_ticks: Ticks of the y axis in place of percent.
    """

    title: str
    x_label: str
    y_label: str
    x_range: tuple[float, float] = (0.0, 1.0)
    y_range: tuple[float, float] = (0.0, 1.0)
    x_percent: bool = True
    plain: bool = False
    x_ticks: Sequence[Tick] = ()
    y_ticks: Sequence[Tick] = ()
    marks: list[str] = field(default_factory=list)

    def band(self, points: Sequence[tuple[float, float, float]]) -> None:
        """Shade between two lines: x, lower y, upper y."""
        upper = [self._at(x, high) for x, _, high in points]
        lower = [self._at(x, low) for x, low, _ in reversed(points)]
        self.marks.append(f'<polygon class="band" points="{_joined([*upper, *lower])}"/>')

    def line(self, points: Sequence[tuple[float, float]], style: str = "line") -> None:
        """Draw a line through *points*."""
        path = _joined([self._at(x, y) for x, y in points])
        self.marks.append(f'<polyline class="{style}" points="{path}"/>')

    def broken_line(
        self, points: Sequence[tuple[float, float | None]], style: str = "line"
    ) -> None:
        """Draw a line through *points*, interrupted where there is no y."""
        part = list[tuple[float, float]]()
        for x, y in (*points, (0.0, None)):
            if y is not None:
                part.append((x, y))
            elif part:
                self.line(part, style)
                part = []

    def dot(self, x: float, y: float, label: str, *, beside: str = "") -> None:
        """Draw a dot; *label* is its tooltip, *beside* is always visible."""
        left, top = self._at(x, y)
        self.marks.append(
            f'<circle class="dot" cx="{left:.1f}" cy="{top:.1f}" r="4.5">'
            f"<title>{escape(label)}</title></circle>"
        )
        if beside:
            end = left > WIDTH * 0.7
            self.marks.append(
                f'<text class="beside" x="{left + (-9 if end else 9):.1f}" y="{top + 4:.1f}"'
                f' text-anchor="{"end" if end else "start"}">{escape(beside)}</text>'
            )

    def bar(self, x: float, y: tuple[float, float], style: str, label: str) -> None:
        """Draw a bar at *x*, from the lower to the upper value of *y*; *label* is its tooltip."""
        left, bottom = self._at(x - _BAR / 2, y[0])
        right, top = self._at(x + _BAR / 2, y[1])
        self.marks.append(
            f'<rect class="bar {style}" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}"'
            f' height="{bottom - top:.1f}"><title>{escape(label)}</title></rect>'
        )

    def whisker(self, x: float, low: float, high: float) -> None:
        """Draw an interval of y at *x*."""
        left, bottom = self._at(x, low)
        _, top = self._at(x, high)
        self.marks.append(
            f'<path class="whisker" d="M{left:.1f} {bottom:.1f}V{top:.1f}"/>',
        )

    def mark(self, x: float, label: str) -> None:
        """Draw an upright line with a label."""
        left, _ = self._at(x, 0)
        end = left > WIDTH * 0.6
        self.marks.append(
            f'<path class="mark" d="M{left:.1f} {_TOP}V{HEIGHT - _BOTTOM}"/>'
            f'<text class="beside" x="{left + (-6 if end else 6):.1f}" y="{_TOP + 12}"'
            f' text-anchor="{"end" if end else "start"}">{escape(label)}</text>'
        )

    def svg(self) -> str:
        """Return the drawing."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(self.title)}">'
            + "".join([*self._grid(), *self.marks])
            + f'<text class="label" x="{(_LEFT + WIDTH - _RIGHT) / 2:.0f}" y="{HEIGHT - 8}"'
            f' text-anchor="middle">{escape(self.x_label)}</text>'
            f'<text class="label" transform="translate(16 {(_TOP + HEIGHT - _BOTTOM) / 2:.0f})'
            f' rotate(-90)" text-anchor="middle">{escape(self.y_label)}</text></svg>'
        )

    def _grid(self) -> list[str]:
        across = self.x_ticks or [
            (x, self._written(x, percent=self.x_percent)) for x in _steps(*self.x_range)
        ]
        up = self.y_ticks or [(y, self._written(y, percent=True)) for y in _steps(*self.y_range)]
        lines = [
            f'<path class="grid" d="M{_LEFT} {top:.1f}H{WIDTH - _RIGHT}"/>'
            f'<text class="tick" x="{_LEFT - 8}" y="{top + 4:.1f}" text-anchor="end">'
            f"{escape(text)}</text>"
            for y, text in up
            for _, top in [self._at(self.x_range[0], y)]
        ]
        return lines + [
            f'<text class="tick" x="{left:.1f}" y="{HEIGHT - _BOTTOM + 18}"'
            f' text-anchor="middle">{escape(text)}</text>'
            for x, text in across
            for left, _ in [self._at(x, self.y_range[0])]
        ]

    def _written(self, value: float, *, percent: bool) -> str:
        if self.plain:
            return f"{value:g}"
        return f"{100 * value:.3g} %" if percent else f"${value:.3g}"

    def _at(self, x: float, y: float) -> tuple[float, float]:
        """Return the drawing coordinates of a point, kept inside the axes."""
        across = (x - self.x_range[0]) / (self.x_range[1] - self.x_range[0])
        up = (y - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        across, up = min(max(across, 0.0), 1.0), min(max(up, 0.0), 1.0)
        return (
            _LEFT + across * (WIDTH - _LEFT - _RIGHT),
            HEIGHT - _BOTTOM - up * (HEIGHT - _TOP - _BOTTOM),
        )


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def round_ticks(highest: float) -> list[float]:
    """Return four to seven round values from 0 to *highest* or a little more (steps of 1, 2, 5)."""
    if highest <= 0:
        return [0.0, 1.0]
    raw = highest / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if raw <= factor * power * (1 + 1e-9))
    count = math.ceil(highest / step - 1e-9)
    return [number * step for number in range(count + 1)]


def _steps(low: float, high: float) -> list[float]:
    return [low + step / 5 * (high - low) for step in range(6)]
