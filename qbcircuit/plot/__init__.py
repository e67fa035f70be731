"""Figures of a result document; matplotlib is loaded when the first one is drawn."""

from qbcircuit.plot.by_order import advantage_figure, cost_figure
from qbcircuit.plot.curves import power_figure, trace_axes, work_figure
from qbcircuit.plot.device_map import map_figure
from qbcircuit.plot.files import write_figures

__all__ = [
    "advantage_figure",
    "cost_figure",
    "map_figure",
    "power_figure",
    "trace_axes",
    "work_figure",
    "write_figures",
]
