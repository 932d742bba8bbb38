"""Prints the JSON Schema of verdict.json: `python -m reports schema > docs/verdict.schema.json`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from backends.installation import command
from reports.output.schema import verdict_schema

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(given: Sequence[str] | None = None) -> int:
    """Prints the schema."""
    argparse.ArgumentParser(
        prog=command("schema", "reports schema"), description="Prints the JSON Schema of verdict.json."
    ).parse_args(given)
    sys.stdout.write(schema_text())
    return 0


def schema_text() -> str:
    """Returns the schema as JSON text."""
    return json.dumps(verdict_schema(), indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
