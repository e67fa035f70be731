"""Charging families, one file per kin, and protocols from files."""

from qbcircuit.protocols.chargers import central_spin_chain, mediated, star
from qbcircuit.protocols.collective import blocks, global_charging, parallel, transition_blocks
from qbcircuit.protocols.families import FAMILIES, build, family
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.protocols.file import ProtocolFile, load, parse
from qbcircuit.protocols.ising import ising_graph, ising_hypergraph
from qbcircuit.protocols.lattice import double_excitation, transition_windows, windows
from qbcircuit.protocols.layered import layered_circuit
from qbcircuit.protocols.long_range import all_to_all, two_axis
from qbcircuit.protocols.quench import tfim_quench, xxz_quench, xy_quench
from qbcircuit.protocols.random_k_local import random_gue, random_haar
from qbcircuit.protocols.sampling import KLocalSample, sample_k_local
from qbcircuit.protocols.spin_chain import driven_spin_chain
from qbcircuit.protocols.syk import syk_charging
from qbcircuit.protocols.writer import dump

__all__ = [
    "FAMILIES",
    "Family",
    "KLocalSample",
    "Parameter",
    "ProtocolFile",
    "all_to_all",
    "blocks",
    "build",
    "central_spin_chain",
    "double_excitation",
    "driven_spin_chain",
    "dump",
    "family",
    "global_charging",
    "ising_graph",
    "ising_hypergraph",
    "layered_circuit",
    "load",
    "mediated",
    "parallel",
    "parse",
    "random_gue",
    "random_haar",
    "sample_k_local",
    "star",
    "syk_charging",
    "tfim_quench",
    "transition_blocks",
    "transition_windows",
    "two_axis",
    "windows",
    "xxz_quench",
    "xy_quench",
]
