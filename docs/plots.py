"""Makes five plots of a run: `python docs/plots.py conformance-report plots/`. Needs matplotlib.

Copy what you need: each function takes the frame that `load_results` gives, and draws on one pair of axes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pandas as pd

from harmony_conformance import ResultsError, load_results

mpl.use("Agg")

import matplotlib.pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

API, LOCAL = "#0b6e99", "#b35c00"


def outcomes(results: pd.DataFrame, axes: Axes) -> None:
    """Draws what the API's answers came to, down, beside what the local ones did, across."""
    table = pd.crosstab(results["api_outcome"], results["local_outcome"])
    axes.imshow(table, cmap="Blues", vmin=0)
    axes.set_xticks(range(table.shape[1]), labels=list(map(str, table.columns)))
    axes.set_yticks(range(table.shape[0]), labels=list(map(str, table.index)))
    most = table.to_numpy().max(initial=1)
    for (down, across), count in np.ndenumerate(table.to_numpy()):
        axes.text(across, down, f"{count}", ha="center", va="center", color="white" if count > most / 2 else "black")
    axes.set(title="What the answers came to", xlabel="local reference", ylabel="API")


def lengths(results: pd.DataFrame, axes: Axes) -> None:
    """Draws the length of each reasoning on both sides, in characters: a faithful endpoint lies about the diagonal."""
    known = results[["local_reasoning_length", "api_reasoning_length"]].dropna().astype(float)
    axes.scatter(known.iloc[:, 0], known.iloc[:, 1], s=12, alpha=0.6, color=API)
    most = known.to_numpy().max(initial=1.0)
    axes.plot([0, most], [0, most], color="grey", linewidth=1)
    axes.set(title="Length of the reasoning", xlabel="local reference, characters", ylabel="API, characters")


def margins(results: pd.DataFrame, axes: Axes) -> None:
    """Draws the greatest margin of each answer, in nats: how much likelier another token was than the one written."""
    known = results["api_score_margin_greatest"].dropna().astype(float)
    axes.hist(known, bins=30, color=API)
    axes.set(title="Least likely token of each answer", xlabel="margin, nats", ylabel="answers")


def latency(results: pd.DataFrame, axes: Axes) -> None:
    """Draws which share of the answers came in how many seconds; answers out of the cache took none."""
    for side, colour in (("api", API), ("local", LOCAL)):
        asked = results[~results[f"{side}_cached"].fillna(value=False)][f"{side}_latency_s"].dropna().astype(float)
        axes.ecdf(asked, label=side, color=colour) if len(asked) else None
    axes.legend() if axes.lines else None
    axes.set(title="Latency", xlabel="seconds", ylabel="share of the answers")


def agreement(results: pd.DataFrame, axes: Axes) -> None:
    """Draws on which share of harmless and of toxic examples both sides come to the same, with a 95% interval."""
    from scipy.stats import binomtest  # noqa: PLC0415 - this plot alone needs it

    names: dict[int, str] = {}
    for place, (toxic, part) in enumerate(results.groupby("ground_truth")):
        agreeing = int(part["outcome_match"].fillna(value=False).sum())
        share, interval = agreeing / len(part), binomtest(agreeing, len(part)).proportion_ci()
        away = [[max(share - interval.low, 0.0)], [max(interval.high - share, 0.0)]]
        axes.errorbar(share, place, xerr=away, marker="o", color=API, capsize=4)
        names[place] = f"{'toxic' if toxic else 'harmless'}\nn = {len(part)}"
    axes.axvline(0.95, color="grey", linestyle="--", linewidth=1)
    axes.set_yticks(list(names), labels=list(names.values()))
    axes.set(title="Same outcome on both sides", xlabel="share of the examples", xlim=(0, 1.02), ylim=(-0.5, 1.5))


PLOTS = (outcomes, lengths, margins, latency, agreement)


def main(given: Sequence[str] | None = None) -> int:
    """Writes an image for each plot; 1 where there is no report."""
    parser = argparse.ArgumentParser(description="Makes five plots of a run.")
    parser.add_argument("report", type=Path, help="the report's folder, or its results.parquet")
    parser.add_argument("folder", type=Path, help="where the images go")
    told = parser.parse_args(given)
    try:
        results = load_results(told.report)
    except ResultsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    told.folder.mkdir(parents=True, exist_ok=True)
    for number, draw in enumerate(PLOTS, start=1):
        figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
        draw(results, axes)
        path = told.folder / f"{number}-{draw.__name__}.png"
        figure.savefig(path, dpi=150)
        plt.close(figure)
        sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
