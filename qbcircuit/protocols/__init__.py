"""Charging families, one file per kin, and protocols from files, pulses and drives."""

from qbcircuit.protocols.cavity import dicke, tavis_cummings
from qbcircuit.protocols.collective import blocks, global_charging, parallel, transition_blocks
from qbcircuit.protocols.collisions import collisional, collisional_charger
from qbcircuit.protocols.drives import SHAPES, Drive, Driven, Slicing, driven
from qbcircuit.protocols.families import FAMILIES, build, family
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.protocols.file import ProtocolFile, load, parse
from qbcircuit.protocols.lattice import double_excitation, transition_windows, windows
from qbcircuit.protocols.level_cells import ladder, qutrit_ladder
from qbcircuit.protocols.long_range import all_to_all
from qbcircuit.protocols.pulses import collective_columns, from_pulse, pauli_columns, save_pulse
from qbcircuit.protocols.ramps import adiabatic_ramp, counter_diabatic, pulsed_blocks
from qbcircuit.protocols.sites import beside
from qbcircuit.protocols.transitionless import counter_drives
from qbcircuit.protocols.writer import dump

__all__ = [
    "FAMILIES",
    "SHAPES",
    "Drive",
    "Driven",
    "Family",
    "Parameter",
    "ProtocolFile",
    "Slicing",
    "adiabatic_ramp",
    "all_to_all",
    "beside",
    "blocks",
    "build",
    "collective_columns",
    "collisional",
    "collisional_charger",
    "counter_diabatic",
    "counter_drives",
    "dicke",
    "double_excitation",
    "driven",
    "dump",
    "family",
    "from_pulse",
    "global_charging",
    "ladder",
    "load",
    "parallel",
    "parse",
    "pauli_columns",
    "pulsed_blocks",
    "qutrit_ladder",
    "save_pulse",
    "tavis_cummings",
    "transition_blocks",
    "transition_windows",
    "windows",
]
