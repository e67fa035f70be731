"""Qiskit targets as plain data: what a device can do, for the compiler and for the simulators."""

from __future__ import annotations
