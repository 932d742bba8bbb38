"""A parcel for an endpoint's vendor: what was found, what shows it, and how to see it again, in one zip file.

`parcel_of` chooses and clears what goes in; `write_parcel` writes it. Texts of examples, which may be toxic, go in only
where they are asked for.
"""

from __future__ import annotations

from reports.parcel.contents import Parcel, parcel_of
from reports.parcel.file import write_parcel

__all__ = ["Parcel", "parcel_of", "write_parcel"]
