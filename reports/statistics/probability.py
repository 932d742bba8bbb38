"""A probability as reports tell it."""

from __future__ import annotations

_LEAST_TOLD = 0.001


def told_p(p: float) -> str:
    """Returns a p-value with three decimals, as in `p = 0.012`; below what they can tell, `p < 0.001`."""
    return f"p < {_LEAST_TOLD}" if p < _LEAST_TOLD else f"p = {p:.3f}"
