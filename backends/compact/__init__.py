"""Checkpoints in compact form: what is kept of a model with gpt-oss's vocabulary, and how it becomes whole again.

Of the 201,088 tokens a small model knows a few thousand; all others share one row of its embeddings. A compact folder
holds the rows in use and no tokenizer: that is built from the vocabulary, which `vocabulary` finds on this machine.
`tokenizer_file` builds it, `merges` finds the pairs that make its tokens.
"""

from __future__ import annotations
