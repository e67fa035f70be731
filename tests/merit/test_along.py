"""Every figure of merit along protocols: dense states, passive states, products, many cells."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import merit, protocols, testing
from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import StateHistory, energy_rates, simulate
from qbcircuit.starts import BasisStart, GroundStart, ProductStart, ThermalStart
from qbcircuit.terms import Term
from tests.reference.test_levels import random_levels_protocol

STORAGE = merit.Storage(delay=0.4, t1=1.5, t2=1.0)
TIMES = (0.0, 0.4, 1.3)
LEVELS_FIGURES = (
    "ergotropy", "incoherent-ergotropy", "coherent-ergotropy", "local-ergotropy",
    "locked-ergotropy", "two-copy-ergotropy", "many-copy-ergotropy", "capacity",
    "energy-variance", "purity", "stored-ergotropy",
)  # fmt: skip
OF_ALL = ("work-variance", "fisher-information", "speed-limit", "power", "power-limit")
EXTRACTED = tuple(name for name in merit.FIGURES if name.endswith("ergotropy"))


def traced(protocol, time, cells):
    """Reduced dense state, the first of the cells counting fastest."""
    sizes = protocol.battery.dimensions
    n = len(sizes)
    tensor = testing.density_at(protocol, time).reshape(tuple(sizes)[::-1] * 2)
    rest = [site for site in range(n) if site not in cells]
    order = [n - 1 - site for site in reversed(cells)] + [n - 1 - site for site in rest]
    tensor = tensor.transpose(order + [n + axis for axis in order])
    size, other = math.prod(sizes[c] for c in cells), math.prod(sizes[s] for s in rest)
    return np.einsum("arbr->ab", tensor.reshape(size, other, size, other))


def by_hand(rho, levels):
    """Every figure of a density matrix, from its definition."""
    energies = merit.product_energies(levels)
    later = merit.stored_density(rho, [len(own) for own in levels], STORAGE)
    diagonal = np.diag(rho).real
    return {
        "ergotropy": merit.ergotropy(rho, energies),
        "incoherent-ergotropy": merit.incoherent_ergotropy(rho, energies),
        "coherent-ergotropy": merit.coherent_ergotropy(rho, energies),
        "local-ergotropy": merit.local_ergotropy(rho, levels),
        "locked-ergotropy": merit.locked_ergotropy(rho, levels),
        "two-copy-ergotropy": merit.copies_ergotropy(rho, energies, 2),
        "many-copy-ergotropy": merit.many_copies_ergotropy(rho, energies),
        "capacity": merit.state_capacity(rho, energies),
        "energy-variance": diagonal @ energies**2 - (diagonal @ energies) ** 2,
        "purity": np.trace(rho @ rho).real,
        "stored-ergotropy": merit.ergotropy(later, energies),
    }


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(["basis", "thermal", "pure"]))
def test_figures_of_some_cells_are_those_of_their_dense_state(seed, kind):
    rng = np.random.default_rng(seed)
    protocol = random_levels_protocol(rng, kind, resets=bool(rng.integers(0, 2)))
    battery = protocol.battery
    cells = [int(c) for c in rng.permutation(battery.cells)[: rng.integers(1, battery.n_cells + 1)]]
    found = merit.along(protocol, TIMES, LEVELS_FIGURES, cells=cells, storage=STORAGE)
    levels = [battery.sites[cell].levels for cell in cells]
    for i, time in enumerate(TIMES):
        expected = by_hand(traced(protocol, time, cells), levels)
        for name in LEVELS_FIGURES:
            assert found[name][i] == pytest.approx(expected[name], abs=1e-8), name


def test_figures_of_cells_that_interact_use_their_eigenvalues():
    battery = Battery(
        sites=(Site(), Site(), Site()),
        start=GroundStart(),
        interactions=(Term("XX", (0, 1), 0.8), Term("XX", (1, 2), 0.5), Term("Z", (0,), 0.2)),
    )
    protocol = ChargingProtocol.constant(battery, [Term("Y", (0,)), Term("ZZ", (1, 2), 0.7)])
    names = (
        "ergotropy",
        "incoherent-ergotropy",
        "capacity",
        "energy-variance",
        "two-copy-ergotropy",
    )
    found = merit.along(protocol, TIMES, names)
    energies, vectors = np.linalg.eigh(testing.energy_matrix(battery))
    for i, time in enumerate(TIMES):
        rho = vectors.conj().T @ testing.density_at(protocol, time) @ vectors
        assert found["ergotropy"][i] == pytest.approx(merit.ergotropy(rho, energies), abs=1e-9)
        assert found["capacity"][i] == pytest.approx(merit.state_capacity(rho, energies))
        incoherent = merit.incoherent_ergotropy(rho, energies)
        assert found["incoherent-ergotropy"][i] == pytest.approx(incoherent, abs=1e-9)
        diagonal = np.diag(rho).real
        variance = diagonal @ energies**2 - (diagonal @ energies) ** 2
        assert found["energy-variance"][i] == pytest.approx(variance, abs=1e-9)
    assert found["ergotropy"][0] == pytest.approx(0.0, abs=1e-9)
    assert found["incoherent-ergotropy"][1] > 0
    for name in ("local-ergotropy", "stored-work", "ladder-ergotropy"):
        with pytest.raises(InvalidRequest, match="interact"):
            merit.along(protocol, TIMES, [name], storage=STORAGE)
    with pytest.raises(InvalidRequest, match="no energy of their own, got cells \\[0\\]"):
        merit.along(protocol, TIMES, cells=[0])


@pytest.mark.parametrize("start", ["ground", ThermalStart(beta=0.8)])
def test_every_figure_of_a_passive_state(start):
    """Nothing can be extracted from a thermal or ground state that a Z field leaves alone."""
    battery = Battery.qubits(3, start=start)
    protocol = ChargingProtocol.constant(battery, [Term("Z", (0,)), Term("ZZ", (1, 2))])
    passive = [name for name in merit.FIGURES if name != "ladder-ergotropy" or start == "ground"]
    found = merit.along(protocol, [0.0, 0.7], passive, storage=STORAGE)
    low, high = battery.start_populations[0]
    for name in EXTRACTED:
        if name in found:
            np.testing.assert_allclose(found[name], 0.0, atol=1e-12, err_msg=name)
    for name in ("bures-angle", "fisher-information", "speed-limit", "power", "work-variance"):
        np.testing.assert_allclose(found[name], 0.0, atol=1e-7, err_msg=name)
    np.testing.assert_allclose(found["energy-variance"], 3 * low * high, atol=1e-12)
    np.testing.assert_allclose(found["purity"], (low**2 + high**2) ** 3)
    np.testing.assert_allclose(found["renyi2"], -np.log(low**2 + high**2), atol=1e-12)
    np.testing.assert_allclose(found["capacity"], 3 * (low - high), atol=1e-12)
    kept = high * (math.exp(-0.4 / 1.5) - 1)
    np.testing.assert_allclose(found["stored-work"], 3 * kept, atol=1e-12)


def test_every_figure_of_a_product_state():
    """Parallel charging is N cells alone: |P| = sin 2t a cell, angle arccos cos^N t, and so on."""
    n, time = 3, 0.9
    protocol = protocols.parallel(Battery.qubits(n))
    found = merit.along(protocol, [time], merit.FIGURES, storage=STORAGE)
    charge = math.sin(time) ** 2
    one = np.array([[1 - charge, 0.5j * math.sin(2 * time)], [-0.5j * math.sin(2 * time), charge]])
    expected = {
        "ergotropy": n * charge,
        "ladder-ergotropy": n * charge,
        "incoherent-ergotropy": n * (2 * charge - 1),
        "coherent-ergotropy": n * (1 - charge),
        "local-ergotropy": n * charge,
        "locked-ergotropy": 0.0,
        "two-copy-ergotropy": n * charge,
        "many-copy-ergotropy": n * charge,
        "capacity": n,
        "energy-variance": n * charge * (1 - charge),
        "work-variance": n * charge * (1 - charge),
        "purity": 1.0,
        "renyi2": 0.0,
        "bures-angle": math.acos(math.cos(time) ** n),
        "fisher-information": 4 * n,
        "speed-limit": math.acos(math.cos(time) ** n) / math.sqrt(n),
        "power": n * math.sin(2 * time),
        "power-limit": n * math.sin(2 * time),
        "stored-work": n * charge * math.exp(-0.4 / 1.5),
    }
    later = merit.stored_density(one, [2], STORAGE)
    product = np.kron(np.kron(later, later), later)
    expected["stored-ergotropy"] = merit.ergotropy(product, merit.product_energies([(0, 1)] * n))
    assert set(expected) == set(merit.FIGURES)
    for name, value in expected.items():
        assert found[name][0] == pytest.approx(value, abs=1e-9), name


def test_many_alike_cells_are_judged_on_their_ladder():
    # the same figures from the ladder (symmetric road) as from all products of levels
    n = 5
    sites = (Site(),) * n + (Site(levels=(0.0,) * (n + 1), role=Role.MODE),)
    battery = Battery(sites=sites, start=BasisStart(levels=(0,) * n + (n,)))
    terms = [Term(("+", "a"), (j, n), 1 / math.sqrt(n)) for j in range(n)]
    protocol = ChargingProtocol.constant(battery, terms)
    names = (*LEVELS_FIGURES, "ladder-ergotropy", "stored-work")
    ladder = merit.along(protocol, TIMES, names, storage=STORAGE)
    split = _told_apart(protocol)
    for i, time in enumerate(TIMES):
        rho = traced(protocol, time, list(range(n)))
        expected = by_hand(rho, [(0.0, 1.0)] * n)
        rungs = merit.ergotropy(merit.symmetric_state(rho), np.arange(n + 1.0))
        for found in (ladder, split):
            for name in LEVELS_FIGURES:
                assert found[name][i] == pytest.approx(expected[name], abs=1e-8), name
            assert found["ladder-ergotropy"][i] == pytest.approx(rungs, abs=1e-9)
        kept = math.exp(-0.4 / 1.5) * simulate(protocol, [time]).work[0]
        assert ladder["stored-work"][i] == pytest.approx(kept, abs=1e-9)


def _told_apart(protocol):
    """Figures where a reset of the mode at time 0 keeps cells from being merged."""
    names = (*LEVELS_FIGURES, "ladder-ergotropy")
    n = protocol.battery.n_cells
    fresh = Reset(sites=(n,), amplitudes=(0.0,) * n + (1.0,))
    apart = ChargingProtocol(battery=protocol.battery, schedule=(fresh, *protocol.schedule))
    return merit.along(apart, TIMES, names, storage=STORAGE)


def test_single_cells_of_a_ladder_keep_their_coherence():
    n = 4
    terms = [Term("X", (j,), 0.5) for j in range(n)]
    terms += [Term("XX", pair, 0.2) for pair in itertools.combinations(range(n), 2)]
    protocol = ChargingProtocol.constant(
        Battery.qubits(n), [*terms, *(Term("Z", (j,), 0.3) for j in range(n))]
    )
    assert StateHistory(protocol, [0.6]).ladder() is not None
    (found,) = merit.along(protocol, [0.6], ["local-ergotropy"])["local-ergotropy"]
    one = traced(protocol, 0.6, [2])
    assert abs(one[0, 1].real) > 0.01 and abs(one[0, 1].imag) > 0.01
    (single,) = merit.CellStates(StateHistory(protocol, [0.6])).singles[1]
    np.testing.assert_allclose(single, one, atol=1e-10)
    assert found == pytest.approx(n * merit.ergotropy(one, [0.0, 1.0]), abs=1e-10)
    assert found > n * merit.incoherent_ergotropy(one, [0.0, 1.0]) + 0.05


def test_forty_cells_take_no_list_of_their_products():
    protocol = protocols.all_to_all(Battery.qubits(40))
    names = ("ergotropy", "incoherent-ergotropy", "capacity", "purity", "local-ergotropy")
    found = merit.along(protocol, [0.2], names)
    work = simulate(protocol, [0.2]).work[0]
    assert found["ergotropy"][0] == pytest.approx(work)
    assert found["purity"][0] == pytest.approx(1.0)
    assert found["capacity"][0] == pytest.approx(40.0)
    assert 0 < found["incoherent-ergotropy"][0] < work


def test_the_speed_limit_is_met_by_a_flip_and_by_no_schedule():
    battery = Battery.qubits(2)
    flip = protocols.global_charging(battery)
    np.testing.assert_allclose(
        merit.along(flip, [0.0, 0.5, 1.5], ["speed-limit"])["speed-limit"], [0.0, 0.5, 1.5]
    )
    steps = (
        Evolve(terms=(Term("X", (0,)),), duration=0.6),
        Evolve(terms=(Term("Y", (0,)), Term("ZX", (0, 1), 0.7)), duration=0.9),
    )
    driven = ChargingProtocol(battery=battery, schedule=steps)
    times = np.linspace(0.0, 1.5, 7)
    found = merit.along(driven, times, ["speed-limit"])["speed-limit"]
    assert np.all(found <= times * (1 + 1e-7) + 1e-7)
    assert found[-1] < 0.95 * times[-1]
    fine = (np.arange(3000) + 0.5) * 1.5 / 3000
    rates = energy_rates(StateHistory(driven, fine))
    mean = np.sqrt(rates.generator_variance).mean()
    angle = merit.along(driven, [1.5], ["bures-angle"])["bures-angle"][0]
    assert found[-1] == pytest.approx(angle / mean)
    resetting = ChargingProtocol(battery=battery, schedule=(*steps, Reset(sites=(0,))))
    with pytest.raises(InvalidRequest, match="of unitary charging"):
        merit.along(resetting, times, ["speed-limit"])


def test_the_angle_of_some_cells_is_that_of_their_states():
    row = (math.sqrt(0.8), math.sqrt(0.2))
    battery = Battery(sites=(Site(), Site()), start=ProductStart(amplitudes=(row, row)))
    protocol = ChargingProtocol.constant(battery, [Term("XX", (0, 1))])
    (found,) = merit.along(protocol, [0.6], ["bures-angle"], cells=[1])["bures-angle"]
    expected = merit.bures_angle(traced(protocol, 0.0, [1]), traced(protocol, 0.6, [1]))
    assert found == pytest.approx(expected)
    assert found > 0.05


def test_what_cannot_be_asked_for():
    protocol = protocols.parallel(Battery.qubits(2))
    with pytest.raises(InvalidRequest, match='Unknown figure of merit "ergotrophy"'):
        merit.along(protocol, [0.1], ["ergotrophy"])
    with pytest.raises(InvalidRequest, match="a list of names"):
        merit.along(protocol, [0.1], "ergotropy")
    with pytest.raises(InvalidRequest, match=r"different cells among \[0, 1\], got \[0, 0\]"):
        merit.along(protocol, [0.1], cells=[0, 0])
    with pytest.raises(InvalidRequest, match=r"got \[2\]"):
        merit.along(protocol, [0.1], cells=[2])
    with pytest.raises(InvalidRequest, match="Storage needs a delay"):
        merit.along(protocol, [0.1], ["stored-work"])
    for name in OF_ALL:
        with pytest.raises(InvalidRequest, match="of all cells together"):
            merit.along(protocol, [0.1], [name], cells=[1])
    qutrits = protocols.parallel(Battery.equal_cells(2, levels=(0.0, 1.0, 2.0)))
    with pytest.raises(InvalidRequest, match="equal two-level cells"):
        merit.along(qutrits, [0.1], ["ladder-ergotropy"])


def test_every_figure_says_what_it_is():
    for name, one in merit.FIGURES.items():
        assert one.name == name
        assert one.definition and one.condition and one.reference
