"""Settings without a command line."""

from __future__ import annotations

from fixtures.config.settings import Settings
from fixtures.policies import load_policy

SETTINGS = Settings(
    sample_size=1,
    sample_seed=0,
    stratify="balanced",
    dataset="bundled",
    policy=load_policy("toxic_simple"),
    model=None,
    providers=(),
    base_url=None,
    api_model=None,
    reasoning_effort="medium",
    max_new_tokens=100,
    temperature=0.0,
    cache_dir=None,
    replay=None,
)
