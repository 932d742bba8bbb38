"""How a loaded model reads: prompt and answer in one forward pass, and what it held for likely at each token.

The prompts of a run begin alike. Keys and values of their common beginning are computed once and shared, and the rest
is read in batches, padded on the right. The cache of the beginning holds all of it in sliding layers too, so that masks
alone say what a layer sees, with this cache as without one.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from os.path import commonprefix
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backends.local.loaded_model import LoadedModel

#: Bytes of the logits that are held at once in float32; torch takes about three times as much while it works on them.
_LOGITS_BYTES: Final = 64 * 2**20

#: Bytes of one layer's attention where no fused kernel does it: four tensors of the scores' size live at once, see
#: `backends.memory.footprint`.
_SCORES_BYTES: Final = 2**30
_SCORES_AT_ONCE: Final = 4

#: Tokens of a batch, padding included: the experts hold about 256 KiB for each in gpt-oss-20b, see there.
_MOST_TOKENS: Final = 4096

#: A common beginning that is shorter is not worth a pass of its own, in tokens.
_LEAST_SHARED: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What is to be read.

    Attributes:
        prompt: its token ids, at least one.
        answer: its token ids, at least one.
    """

    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    @property
    def length(self) -> int:
        """Tokens of both."""
        return len(self.prompt) + len(self.answer)


@dataclass(frozen=True, slots=True)
class TokenReading:
    """What the model held of one written token.

    Attributes:
        log_probability: of the token, in nats.
        margin: nats by which the likeliest token was likelier; 0 for the likeliest.
        rank: 1 for the likeliest.
        likeliest: the likeliest token.
    """

    log_probability: float
    margin: float
    rank: int
    likeliest: int


@dataclass(frozen=True, slots=True)
class SharedBeginning:
    """The common beginning of all prompts, read once.

    Attributes:
        length: in tokens; 0 where nothing is shared.
        cache: its keys and values, of transformers; None where nothing is shared.
    """

    length: int = 0
    cache: Any = None


#: Nothing is shared, or nobody has read it yet.
NOTHING_SHARED: Final = SharedBeginning()


def read_beginning(
    loaded: LoadedModel, passages: Sequence[Passage], known: SharedBeginning = NOTHING_SHARED
) -> SharedBeginning:
    """Returns the common beginning of the prompts, read.

    The last token of each prompt is never part of it: what follows it is asked for.

    Args:
        loaded: the model.
        passages: to be read.
        known: what is read already of this beginning.
    """
    prompts = [passage.prompt[:-1] for passage in passages]
    shared = commonprefix(prompts)  # noqa: RUF071 - it is taken of tokens, not of paths
    if len(passages) < 2 or len(shared) < known.length + _LEAST_SHARED:  # noqa: PLR2004 - nobody to share it with
        return known
    import torch  # noqa: PLC0415 - several seconds that API-only callers never pay
    from transformers import DynamicCache  # noqa: PLC0415 - as above

    cache = DynamicCache() if known.cache is None else copy.deepcopy(known.cache)
    with torch.inference_mode():
        ids = torch.tensor([shared[known.length :]], device=loaded.device)
        loaded.model.base_model(input_ids=ids, past_key_values=cache, use_cache=True)
    return SharedBeginning(len(shared), cache)


def batches_of(loaded: LoadedModel, passages: Sequence[Passage], size: int) -> Iterator[list[int]]:
    """Yields positions of passages to be read together: of similar length, and no more than memory is meant for."""
    config = loaded.model.config
    pairs = _SCORES_BYTES // (_SCORES_AT_ONCE * config.num_attention_heads * loaded.model.dtype.itemsize)
    batch: list[int] = []
    for position in sorted(range(len(passages)), key=lambda place: passages[place].length):
        longest = passages[position].length
        most = min(size, max(1, _MOST_TOKENS // longest), max(1, pairs // longest**2))
        if len(batch) >= most:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def read(loaded: LoadedModel, passages: Sequence[Passage], beginning: SharedBeginning) -> list[list[TokenReading]]:
    """Returns what the model held of each token of each answer.

    Only the hidden states that say something of an answer's token reach the output embedding, and those in pieces: the
    logits of 201,088 tokens are never held for a whole answer.

    Args:
        loaded: the model.
        passages: to be read together.
        beginning: what all of their prompts begin with.
    """
    import torch  # noqa: PLC0415 - as above

    rows = [(*passage.prompt, *passage.answer)[beginning.length :] for passage in passages]
    width = max(map(len, rows))
    padded = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], device=loaded.device)
    seen = [[1] * (beginning.length + len(row)) + [0] * (width - len(row)) for row in rows]
    with torch.inference_mode():
        hidden = loaded.model.base_model(
            input_ids=padded,
            attention_mask=torch.tensor(seen, device=loaded.device),
            **_cache(beginning, len(rows)),
        ).last_hidden_state
        # The state before a token says what the model held of it.
        picked = [
            hidden[row, len(ids) - len(passage.answer) - 1 : len(ids) - 1]
            for row, (ids, passage) in enumerate(zip(rows, passages, strict=True))
        ]
        written = [token for passage in passages for token in passage.answer]
        readings = list(_judged(loaded, torch.cat(picked), written))
    told = iter(readings)
    return [[next(told) for _ in passage.answer] for passage in passages]


def _cache(beginning: SharedBeginning, rows: int) -> dict[str, Any]:
    if beginning.cache is None:
        return {"use_cache": False}
    cache = copy.deepcopy(beginning.cache)
    cache.batch_repeat_interleave(rows)
    return {"past_key_values": cache, "use_cache": True}


def _judged(loaded: LoadedModel, hidden: Any, written: list[int]) -> Iterator[TokenReading]:  # noqa: ANN401 - a tensor
    """Yields what the output embedding makes of hidden states, [n, width], for the tokens that were written."""
    import torch  # noqa: PLC0415 - as above

    head = loaded.model.get_output_embeddings()
    at_once = max(1, _LOGITS_BYTES // (4 * head.weight.shape[0]))
    for start in range(0, len(written), at_once):
        logits = head(hidden[start : start + at_once]).float()
        own = torch.tensor(written[start : start + at_once], device=logits.device).unsqueeze(1)
        chosen = logits.gather(1, own)
        best, likeliest = logits.max(dim=1)
        columns = (
            (chosen.squeeze(1) - logits.logsumexp(dim=1)).tolist(),
            (best - chosen.squeeze(1)).tolist(),
            ((logits > chosen).sum(dim=1) + 1).tolist(),
            likeliest.tolist(),
        )
        yield from map(TokenReading, *columns)
