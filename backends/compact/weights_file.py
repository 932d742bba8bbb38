"""The weights of a compact checkpoint, and the two ways between them and whole ones.

A compact file holds every tensor of the model in its number format. The two matrices that have a row for each token of
the vocabulary hold fewer: a row for each of the `token_ids` in use, in their order, and a last one which all other
tokens share. The metadata tells how many tokens the vocabulary has.

Rows are copied as bytes: nothing here needs torch, but for `write_compact`, which is given its tensors.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

#: The matrices of a gpt-oss model that have a row for each token.
VOCABULARY_MATRICES: Final = ("model.embed_tokens.weight", "lm_head.weight")

#: The tensor with the ids that have rows of their own: int32, ascending.
TOKEN_IDS: Final = "token_ids"  # noqa: S105 - a name, not a secret

#: The key of the metadata that says how many tokens the vocabulary has.
VOCABULARY_SIZE: Final = "vocab_size"

#: A safetensors file begins with the length of its header in 8 bytes, little-endian; the header is JSON, filled up with
#: blanks to a multiple of 8, and at most this long. Source: the format's documentation in the safetensors repository.
_LENGTH_BYTES: Final = 8
_LONGEST_HEADER: Final = 100_000_000
_ALIGNMENT: Final = 8

#: transformers reads a file only where its metadata says so.
_METADATA: Final = {"format": "pt"}


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor as its file describes it: number format, shape, and its bytes."""

    dtype: str
    shape: tuple[int, ...]
    content: memoryview


def is_compact(file: Path) -> bool:
    """Returns whether a file is one of compact weights; False where it cannot be read."""
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(_LENGTH_BYTES), "little")
            header = json.loads(opened.read(length)) if length <= _LONGEST_HEADER else {}
        return TOKEN_IDS in header and VOCABULARY_SIZE in header["__metadata__"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def expand_weights(compact: Path, whole: Path) -> None:
    """Writes the weights that `compact` stands for, as transformers reads them.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: `compact` is not a compact file, or it contradicts itself.
    """
    metadata, tensors = _read(compact)
    size = int(metadata[VOCABULARY_SIZE])
    ids = memoryview(tensors.pop(TOKEN_IDS).content).cast("i").tolist()
    if ids != sorted(set(ids)) or not ids or ids[0] < 0 or ids[-1] >= size:
        raise ValueError(f"{compact} names tokens that are not an ascending list of ids below {size}")
    for name in VOCABULARY_MATRICES:
        if name in tensors:
            tensors[name] = _with_every_row(tensors[name], ids, size)
    with whole.open("wb") as file:
        for part in _as_written(tensors):
            file.write(part)


def _with_every_row(few: _Tensor, ids: Sequence[int], size: int) -> _Tensor:
    rows, width = few.shape
    if rows != len(ids) + 1:
        raise ValueError(f"a matrix has {rows} rows for {len(ids)} tokens and the shared one")
    stride = len(few.content) // rows
    content = bytearray(bytes(few.content[-stride:]) * size)
    for place, token in enumerate(ids):
        content[token * stride : (token + 1) * stride] = few.content[place * stride : (place + 1) * stride]
    return _Tensor(few.dtype, (size, width), memoryview(content))


def _read(file: Path) -> tuple[dict[str, str], dict[str, _Tensor]]:
    """Returns the metadata and the tensors of a safetensors file."""
    content = memoryview(file.read_bytes())
    start = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "little")
    try:
        header: dict[str, Any] = json.loads(bytes(content[_LENGTH_BYTES:start]))
        metadata = header.pop("__metadata__")
        body = content[start:]
        found = {
            name: _Tensor(told["dtype"], tuple(told["shape"]), body[slice(*told["data_offsets"])])
            for name, told in header.items()
        }
        _ = metadata[VOCABULARY_SIZE], found[TOKEN_IDS]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{file} does not hold the weights of a compact checkpoint") from error
    return metadata, found


def _as_written(tensors: Mapping[str, _Tensor]) -> Iterator[bytes | memoryview]:
    """Yields the content of a safetensors file, part by part."""
    header: dict[str, Any] = {"__metadata__": _METADATA}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + len(tensor.content)
        header[name] = {"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    yield len(text).to_bytes(_LENGTH_BYTES, "little")
    yield text
    yield from (tensor.content for tensor in tensors.values())


def write_compact(weights: Mapping[str, Any], token_ids: Sequence[int], path: Path, *, vocabulary: int) -> None:
    """Writes the compact file of a model's weights; torch must be there.

    Args:
        weights: torch tensors by their names in a gpt-oss checkpoint, each in the number format to be kept. A matrix of
            the vocabulary has a row for each of the `vocabulary` tokens, of which all that are not in use are equal, or
            a row for each of `token_ids` and one for all others.
        token_ids: the ids in use, ascending.
        path: the file.
        vocabulary: how many tokens there are.

    Raises:
        ValueError: the rows and the ids do not fit together.
    """
    import torch  # noqa: PLC0415 - whoever has tensors has it
    from safetensors.torch import save_file  # noqa: PLC0415 - comes with it

    ids = list(token_ids)
    if ids != sorted(set(ids)) or not ids or ids[0] < 0 or ids[-1] >= vocabulary:
        raise ValueError(f"the tokens in use must be an ascending list of ids below {vocabulary}")
    kept: dict[str, Any] = {TOKEN_IDS: torch.tensor(ids, dtype=torch.int32)}
    for name, tensor in weights.items():
        few = _few_rows(name, tensor, ids, vocabulary) if name in VOCABULARY_MATRICES else tensor
        kept[name] = few.detach().to("cpu").contiguous().clone()
    save_file(kept, path, metadata={VOCABULARY_SIZE: str(vocabulary)})


def _few_rows(name: str, matrix: Any, ids: Sequence[int], vocabulary: int) -> Any:  # noqa: ANN401 - torch is not typed
    """Returns the rows of `ids` and the one that all other tokens share."""
    import torch  # noqa: PLC0415 - as above

    if len(matrix) == len(ids) + 1 != vocabulary:
        return matrix
    if len(matrix) != vocabulary:
        raise ValueError(f"{name} has {len(matrix)} rows: there must be {vocabulary}, or {len(ids)} and a shared one")
    others = torch.ones(vocabulary, dtype=torch.bool)
    others[list(ids)] = False
    shared = matrix[others]
    if len(shared) == 0 or not bool((shared == shared[0]).all()):
        raise ValueError(f"{name} gives the tokens that are not in use rows of their own: they must share one")
    return torch.cat((matrix[list(ids)], shared[:1]))
