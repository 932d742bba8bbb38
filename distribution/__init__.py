"""How the wheel is made of a checkout. `rooms` lays the package out, `hook` is hatchling's view of it.

In a checkout the rooms lie flat and import each other by their bare names. At the top of somebody's site-packages a
`fixtures` or `reports` would shadow modules of theirs, so that in the wheel all rooms lie below `harmony_conformance`,
and each import of a room is written anew with the package before it. Nothing else of a module changes, not even a line
number; nothing is patched where it runs, and type checkers see ordinary modules.
"""
