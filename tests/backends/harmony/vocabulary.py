"""The encoding of the Harmony library, loaded once in a process.

`oss-harmony`, the maintained fork, carries its vocabulary: no network is asked, and no test has to be skipped for want
of a file. Where the environment names a folder with `TIKTOKEN_ENCODINGS_BASE`, it reads the file there instead.
"""

from __future__ import annotations

import functools

import openai_harmony


@functools.cache
def load_encoding() -> openai_harmony.HarmonyEncoding:
    """Returns the encoding."""
    return openai_harmony.load_harmony_encoding(openai_harmony.HarmonyEncodingName.HARMONY_GPT_OSS)
