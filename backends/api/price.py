"""What tokens cost at an endpoint, as its user or its list of models tells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.api.deadline import call_within
from backends.api.exchange import Exchange, capture_exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backends.api.endpoint import Endpoint

#: Prices are told for so many tokens.
MILLION = 1_000_000

#: Seconds that the list of models may take.
_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens.

    Attributes:
        prompt: of prompts.
        completion: of answers, reasoning included.
    """

    prompt: float
    completion: float

    def of(self, prompt_tokens: float, completion_tokens: float) -> float:
        """Returns what so many tokens cost, in US dollars; what an endpoint has cached counts in full."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / MILLION


#: What a server on this machine asks for.
FREE = Price(0.0, 0.0)


def read_price(text: str) -> Price:
    """Returns the price that `text` tells, as in `0.05,0.20`.

    Raises:
        ValueError: it is none.
    """
    prompt, comma, completion = text.partition(",")
    try:
        price = Price(float(prompt), float(completion))
    except ValueError:
        price = Price(math.nan, math.nan)
    if not comma or not all(math.isfinite(one) and one >= 0 for one in (price.prompt, price.completion)):
        raise ValueError(f"give US dollars for a million tokens, prompt and answer, as in 0.05,0.20, not {text!r}")
    return price


def told_price(endpoint: Endpoint) -> Price | None:
    """Returns the price that an endpoint's list of models tells; None where it tells none, or does not come."""
    from huggingface_hub import get_session  # noqa: PLC0415 - half a second that collecting tests must not pay

    def look() -> Any:  # noqa: ANN401 - whatever JSON stands for
        with capture_exchange(Exchange(is_probe=True)):
            return get_session().get(endpoint.address("models"), headers=endpoint.headers(), timeout=_TIMEOUT_S).json()

    try:
        told = call_within(_TIMEOUT_S, look)
    except Exception:  # noqa: BLE001 - whatever keeps it from telling, the price is not known
        return None
    return price_in(told, endpoint.model, endpoint.provider)


def price_in(told: object, model: str, provider: str | None) -> Price | None:
    """Returns the price of a model in a list of models; None where it tells none.

    The forms are those of Hugging Face's router (`providers`, each with `pricing` for a million tokens), of Together
    (`pricing` for a million tokens) and of OpenRouter (`pricing` for one token, as text).
    """
    listed = told.get("data") if isinstance(told, dict) else told
    for entry in _dicts(listed):
        if entry.get("id") != model:
            continue
        prices = [one.get("pricing") for one in _dicts(entry.get("providers")) if one.get("provider") == provider]
        for pricing in _dicts([*prices, entry.get("pricing")]):
            return _read(pricing)
    return None


def _read(pricing: dict[str, Any]) -> Price | None:
    for (prompt, completion), factor in ((("input", "output"), 1), (("prompt", "completion"), MILLION)):
        if prompt in pricing and completion in pricing:
            try:
                return read_price(f"{float(pricing[prompt]) * factor},{float(pricing[completion]) * factor}")
            except (ValueError, TypeError):
                return None
    return None


def _dicts(values: object) -> Iterator[dict[str, Any]]:
    return (one for one in values if isinstance(one, dict)) if isinstance(values, list) else iter(())
