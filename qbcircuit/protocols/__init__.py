"""Charging families, one file per kin, and protocols from files, pulses and drives."""

from qbcircuit.protocols.cavity import dicke, tavis_cummings
from qbcircuit.protocols.chargers import central_spin_chain, mediated, star
from qbcircuit.protocols.collective import blocks, global_charging, parallel, transition_blocks
from qbcircuit.protocols.collisions import collisional, collisional_charger
from qbcircuit.protocols.drives import SHAPES, Drive, Driven, Slicing, driven
from qbcircuit.protocols.families import FAMILIES, build, family
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.protocols.file import ProtocolFile, load, parse
from qbcircuit.protocols.ising import ising_graph, ising_hypergraph
from qbcircuit.protocols.lattice import double_excitation, transition_windows, windows
from qbcircuit.protocols.layered import layered_circuit
from qbcircuit.protocols.level_cells import ladder, qutrit_ladder
from qbcircuit.protocols.long_range import all_to_all, two_axis
from qbcircuit.protocols.pulses import collective_columns, from_pulse, pauli_columns, save_pulse
from qbcircuit.protocols.quench import tfim_quench, xxz_quench, xy_quench
from qbcircuit.protocols.ramps import adiabatic_ramp, counter_diabatic, pulsed_blocks
from qbcircuit.protocols.random_k_local import random_gue, random_haar
from qbcircuit.protocols.sampling import KLocalSample, sample_k_local
from qbcircuit.protocols.sites import beside
from qbcircuit.protocols.spin_chain import driven_spin_chain
from qbcircuit.protocols.syk import syk_charging
from qbcircuit.protocols.transitionless import counter_drives
from qbcircuit.protocols.writer import dump

__all__ = [
    "FAMILIES",
    "SHAPES",
    "Drive",
    "Driven",
    "Family",
    "KLocalSample",
    "Parameter",
    "ProtocolFile",
    "Slicing",
    "adiabatic_ramp",
    "all_to_all",
    "beside",
    "blocks",
    "build",
    "central_spin_chain",
    "collective_columns",
    "collisional",
    "collisional_charger",
    "counter_diabatic",
    "counter_drives",
    "dicke",
    "double_excitation",
    "driven",
    "driven_spin_chain",
    "dump",
    "family",
    "from_pulse",
    "global_charging",
    "ising_graph",
    "ising_hypergraph",
    "ladder",
    "layered_circuit",
    "load",
    "mediated",
    "parallel",
    "parse",
    "pauli_columns",
    "pulsed_blocks",
    "qutrit_ladder",
    "random_gue",
    "random_haar",
    "sample_k_local",
    "save_pulse",
    "star",
    "syk_charging",
    "tavis_cummings",
    "tfim_quench",
    "transition_blocks",
    "transition_windows",
    "two_axis",
    "windows",
    "xxz_quench",
    "xy_quench",
]
