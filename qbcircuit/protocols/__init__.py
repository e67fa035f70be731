"""Charging families, one file per kin, and protocols from files."""

from qbcircuit.protocols.collective import blocks, global_charging, parallel, transition_blocks
from qbcircuit.protocols.families import FAMILIES, build, family
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.protocols.file import ProtocolFile, load, parse
from qbcircuit.protocols.lattice import double_excitation, transition_windows, windows
from qbcircuit.protocols.long_range import all_to_all
from qbcircuit.protocols.writer import dump

__all__ = [
    "FAMILIES",
    "Family",
    "Parameter",
    "ProtocolFile",
    "all_to_all",
    "blocks",
    "build",
    "double_excitation",
    "dump",
    "family",
    "global_charging",
    "load",
    "parallel",
    "parse",
    "transition_blocks",
    "transition_windows",
    "windows",
]
