"""The public surface is a list, and importing it costs neither qiskit nor matplotlib."""

import subprocess
import sys

import qbcircuit as qb

PUBLIC = [
    "Backend", "Battery", "ChargingProtocol", "CircuitPlan", "Constraint", "Term", "bounds",
    "compare", "compile_protocol", "figures_of_merit", "normalise", "protocols", "run", "simulate",
]  # fmt: skip


def test_the_public_names_are_these():
    assert qb.__all__ == PUBLIC
    assert dir(qb) == PUBLIC
    assert all(getattr(qb, name) is not None for name in PUBLIC)


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(qb, "no_such_thing")


def _loaded(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_import_loads_neither_qiskit_nor_matplotlib():
    loaded = _loaded("import qbcircuit")
    assert "qbcircuit" in loaded
    assert not {"qiskit", "qiskit_aer", "matplotlib", "scipy"} & loaded


def test_physics_loads_no_qiskit():
    loaded = _loaded("import qbcircuit as qb; qb.protocols; qb.bounds; qb.simulate; qb.CircuitPlan")
    assert "qbcircuit.reference" in loaded
    assert not {"qiskit", "qiskit_aer", "matplotlib"} & loaded


def test_help_loads_neither_qiskit_nor_matplotlib():
    loaded = _loaded(
        "from qbcircuit.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    )
    assert "qbcircuit.cli" in loaded
    assert not {"qiskit", "qiskit_aer", "matplotlib", "numpy"} & loaded
