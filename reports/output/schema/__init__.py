"""What `verdict.json` may hold, as a JSON Schema: made of the vocabularies that the report is written with.

`python -m reports schema > docs/verdict.schema.json` writes it down.
"""

from __future__ import annotations

from reports.output.schema.document import verdict_schema

__all__ = ["verdict_schema"]
