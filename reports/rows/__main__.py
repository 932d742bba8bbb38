"""Prints the page of documentation about the columns of the results: `python -m reports.rows > docs/results.md`."""

from __future__ import annotations

from reports.rows.page import columns_page

if __name__ == "__main__":
    print(columns_page(), end="")
