"""Circuits from protocols: exact blocks, product formulas, placement, native gates and cost."""

from __future__ import annotations

from qbcircuit.compile.pipeline import compile_protocol

__all__ = ["compile_protocol"]
