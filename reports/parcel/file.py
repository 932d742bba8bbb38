"""Writes a parcel: a zip file that is the same whenever it is made of the same report."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from reports.parcel.contents import Parcel

#: The first day that a zip file can tell.
_DAY = (1980, 1, 1, 0, 0, 0)


def write_parcel(parcel: Parcel, path: Path) -> None:
    """Writes a parcel.

    Raises:
        OSError: the file cannot be written.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parcel.files.items():
            entry = zipfile.ZipInfo(f"{path.stem}/{name}", _DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text.encode("utf-8", "replace"))
