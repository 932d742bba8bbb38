"""The supported lines of transformers: what is installed for each, and what each is known to do otherwise.

`tox -m versions` runs the conformance tests in an environment per line, with the API side played back from one
recording, so that only the local reference varies. `python -m tests.versions` writes what pip may install.
"""

from __future__ import annotations
