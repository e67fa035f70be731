"""Sites of d levels held by registers of qubits, and protocols that act on registers.

A level is a code of its register: ``binary`` the level as a number, ``gray`` neighbours one bit
apart, ``unary`` one qubit a level. A matrix unit |a><b| becomes the same step between codes: |1><0|
on a bit that rises, |0><1| on one that falls, a projector (1 + Z)/2 or (1 - Z)/2 on one that stays.
Steps that flip the same bits are one block, which leaves codes among codes; all else is left alone
(binary, gray), so that a product formula between blocks leaks nothing.

Reference: Sawaya et al., npj Quantum Inf. 6, 49 (2020), arXiv:1909.12847.
"""

from qbcircuit.encoding.encoded import Encoded, encode
from qbcircuit.encoding.expansion import MOST_UNITS, EncodedTerms, encoded_terms
from qbcircuit.encoding.registers import DEFAULT, KINDS, Register, check_kind, registers

__all__ = [
    "DEFAULT",
    "KINDS",
    "MOST_UNITS",
    "Encoded",
    "EncodedTerms",
    "Register",
    "check_kind",
    "encode",
    "encoded_terms",
    "registers",
]
