"""Charging families, one file per kin, and protocols from files."""

from qbcircuit.protocols.collective import blocks, global_charging, parallel, transition_blocks
from qbcircuit.protocols.families import FAMILIES, Family, build, family
from qbcircuit.protocols.lattice import double_excitation, transition_windows, windows
from qbcircuit.protocols.long_range import all_to_all

__all__ = [
    "FAMILIES",
    "Family",
    "all_to_all",
    "blocks",
    "build",
    "double_excitation",
    "family",
    "global_charging",
    "parallel",
    "transition_blocks",
    "transition_windows",
    "windows",
]
