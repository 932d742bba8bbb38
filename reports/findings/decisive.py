"""How far off a token must be to be no rounding of anything."""

from __future__ import annotations

import math

#: A token than which another was a thousand times likelier is no rounding, in any model: in nats.
NONSENSE = math.log(1000)
