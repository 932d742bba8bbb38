"""An answer written down again as the tokens that the model wrote.

A server gives texts, and a model is asked about tokens. `transcripts_of` takes the tokens where a reply holds them
(token ids, `logprobs`, raw text), and else rebuilds them from reasoning, answer and tool call: one `Transcript` for
each way in which the format lets them be written. Each says from where it was taken and which tokens count. What a
server may have changed does not count: tokens of headers, and, once it is known which token the model held for the
likeliest, what `is_ambiguous` says. `reframed` gives the reading in which a line break stands between two messages. No
torch, no model.
"""

from __future__ import annotations

from backends.transcripts.ambiguity import is_ambiguous, reframed
from backends.transcripts.rebuilding import digest_of_answer, transcripts_of, unanswered
from backends.transcripts.token_bytes import TokenBytes
from backends.transcripts.transcript import Transcript, transcript_of

__all__ = [
    "TokenBytes",
    "Transcript",
    "digest_of_answer",
    "is_ambiguous",
    "reframed",
    "transcript_of",
    "transcripts_of",
    "unanswered",
]
