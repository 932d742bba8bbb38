"""What an endpoint was asked, as a line: requests, how many were answered at once and in the end, and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def spending_lines(spent: Mapping[str, Any] | None) -> Iterator[str]:
    """Yields the line; nothing where nobody was asked.

    Args:
        spent: what `pytest_conformance_spent` tells.
    """
    if spent:
        yield f"spent    {spent_in_words(spent)}"


def spent_in_words(spent: Mapping[str, Any]) -> str:
    """Returns what an endpoint was asked, in a sentence's part."""
    asked, tokens = spent["requests"], spent["tokens"]
    sent = f"{asked['made']} requests in {asked['attempts']} attempts"
    rates = f"{asked['first_attempt_success_rate']:.3f} answered at the first, {asked['success_rate']:.3f} in the end"
    cached = f" ({tokens['cached']:,} cached)" if tokens["cached"] else ""
    told = f"tokens {tokens['prompt']:,} prompt{cached} and {tokens['completion']:,} completion"
    untold = asked["answered"] - tokens["replies_that_tell"]
    silent = f", {untold} replies tell none" if untold > 0 else ""
    cost = "" if spent.get("cost_usd") is None else f"; {spent['cost_usd']:.4f} USD"
    return f"{sent}: {rates}; {told}{silent}{cost}"
