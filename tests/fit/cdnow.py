"""The CDNOW sample, on which BG/NBD and Gamma-Gamma were published."""

import csv
from pathlib import Path

import numpy as np

from streams.fit.likelihood import Floats, Histories

FILE = Path(__file__).parents[1] / "data" / "cdnow_summary.csv"


def cdnow() -> tuple[Histories, Floats]:
    """Histories of 2,357 customers, and the mean values of their repeat purchases."""
    with FILE.open(newline="") as file:
        rows = [
            [float(row[name]) for name in ("x", "t_x", "T", "zbar")] for row in csv.DictReader(file)
        ]
    x, last, age, mean = np.array(rows).T
    return Histories(x, last, age), mean
