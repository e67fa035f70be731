"""The search: what it finds again, that seeds reproduce it, and what an interruption keeps."""

import math

import pytest

from qbcircuit.constraints import Constraint, cost
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.optimise import ChargingTask, Search, restarts, search, verified

C0, C1 = Constraint.C0, Constraint.C1
TWO = ChargingTask.between(2, 2)


def advantage(task, how):
    return verified(task, search(task, how).protocol).advantage


@pytest.mark.parametrize(
    ("n", "k", "constraint", "known"),
    [
        (1, 1, C0, 1.0),
        (3, 1, C0, 1.0),
        (2, 2, C0, 2.0),
        (3, 3, C0, 3.0),
        (2, 2, C1, math.sqrt(2)),
    ],
)
def test_what_is_known_to_be_best_is_found(n, k, constraint, known):
    """Parallel charging at k = 1; the global flip at k = N."""
    task = ChargingTask.between(n, k, constraint)
    assert advantage(task, Search(slices=2, restarts=2)) == pytest.approx(known, abs=2e-3)


@pytest.mark.parametrize(
    ("n", "k", "constraint", "how", "known"),
    [
        (3, 2, C0, Search(restarts=1, symmetric=True), 1.72),
        (4, 2, C0, Search(restarts=1), 2.09),
        (4, 2, C1, Search(slices=7, restarts=1, symmetric=True), 1.71),
    ],
)
def test_pulses_of_pairs_beat_blocks(n, k, constraint, how, known):
    task = ChargingTask.between(n, k, constraint)
    reached = advantage(task, how)
    blocks = n / math.ceil(n / k)
    assert reached >= known > (blocks if constraint is C0 else math.sqrt(blocks))
    assert reached < task.bound


def test_part_of_the_cells_is_charged():
    task = ChargingTask.between(3, 2, target="011")
    assert task.work == 2.0
    charger = verified(task, search(task, Search(slices=3, restarts=1)).protocol)
    assert 0.9 < charger.advantage < charger.bound
    assert charger.infidelity < 1e-9


def test_the_pulse_spends_its_budget_at_every_time():
    for constraint in (C0, C1):
        task = ChargingTask.between(3, 2, constraint)
        protocol = search(task, Search(slices=3, restarts=1, symmetric=True)).protocol
        assert len(protocol.schedule) == 3
        budget = constraint.budget(3)
        assert cost(protocol, constraint) == pytest.approx(budget, rel=1e-6)
        assert cost(protocol, constraint, horizon=protocol.duration / 7) == pytest.approx(
            budget, rel=1e-6
        )


def test_a_seed_reproduces_and_another_does_not():
    first = search(TWO, Search(slices=3, restarts=2, seed=3))
    again = search(TWO, Search(slices=3, restarts=2, seed=3))
    assert first.protocol == again.protocol
    assert first.reached == again.reached
    assert search(TWO, Search(slices=3, restarts=1, seed=3)).reached == first.reached[:1]
    assert search(TWO, Search(slices=3, restarts=1, seed=4)).protocol != first.protocol


def test_the_best_restart_is_kept():
    task = ChargingTask.between(4, 2)
    seen = search(task, Search(slices=1, restarts=3, seed=4, symmetric=True))
    first, best, last = seen.reached
    assert best > max(first, last) + 0.1
    assert verified(task, seen.protocol).advantage == pytest.approx(best, rel=1e-9)


def test_an_interruption_keeps_the_best_so_far():
    def interrupt(done, total):
        assert total == 3
        if done == 2:
            raise KeyboardInterrupt

    part = search(TWO, Search(slices=2, restarts=3), progress=interrupt)
    whole = search(TWO, Search(slices=2, restarts=3))
    assert part.interrupted
    assert part.reached == whole.reached[:2]
    assert (part.finished, whole.finished, whole.interrupted) == (2, 3, False)


def test_an_interruption_inside_a_restart_keeps_what_arrived(monkeypatch):
    descend = restarts.descend

    def short(*words):
        yield next(descend(*words))
        raise KeyboardInterrupt

    monkeypatch.setattr(restarts, "descend", short)
    part = search(TWO, Search(slices=2, restarts=3))
    assert (part.finished, len(part.reached), part.interrupted) == (0, 1, True)
    assert verified(TWO, part.protocol).advantage > 1


def test_an_interruption_before_anything_arrived_goes_on(monkeypatch):
    def nothing(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(restarts, "descend", nothing)
    with pytest.raises(KeyboardInterrupt):
        search(TWO)


def test_a_search_that_never_arrives_says_so(monkeypatch):
    monkeypatch.setattr(restarts, "descend", lambda _, pulse, __: [pulse])
    monkeypatch.setattr(restarts, "onto_target", lambda _, pulse: pulse)
    with pytest.raises(RunFailed, match="None of 2 restarts of 3 slices ended in the target"):
        search(TWO, Search(slices=3, restarts=2))


def test_cells_are_alike_from_six_on_unless_said_otherwise():
    def is_symmetric(how, *words, **more):
        return how.is_symmetric(ChargingTask.between(*words, **more))

    assert not is_symmetric(Search(), 5, 2)
    assert is_symmetric(Search(), 6, 2)
    assert not is_symmetric(Search(), 6, 2, target="001111")
    assert not is_symmetric(Search(symmetric=False), 6, 2)
    assert is_symmetric(Search(symmetric=True), 3, 2)


@pytest.mark.parametrize(
    ("misuse", "sentence"),
    [
        (lambda: Search(slices=0), "Slices must be 1 or more, got 0"),
        (lambda: Search(slices=65), "Slices must be 64 or less, got 65"),
        (lambda: Search(restarts=0), "Restarts must be 1 or more, got 0"),
        (lambda: Search(seed=-1), "A seed must be 0 or more, got -1"),
        (lambda: search(ChargingTask.between(6, 4), Search(slices=64, symmetric=False)),
         "64 slices of 1908 strengths are 122112, and 20000 are the most"),
        (lambda: ChargingTask.between(3, 4), "Order k=4 is larger than the number of cells N=3"),
        (lambda: ChargingTask.between(3, 2, Constraint.C2), "got C2. Use C0 or C1"),
        (lambda: ChargingTask.between(3, 2, "C0"), "A constraint is a qbcircuit.Constraint"),
        (lambda: ChargingTask.between(3, 2, target="01"), "has 2 letters but the battery has 3"),
        (lambda: ChargingTask.between(3, 2, target="0a1"), "bit string of 0 and 1"),
        (lambda: ChargingTask.between(2, 2, target="00"), "must deposit work, got 0"),
        (lambda: ChargingTask.between(2, 2, initial="10", target="01"), "must deposit work"),
        (lambda: ChargingTask.between(3, 2, initial="110"), "Parallel charging reaches works"),
    ],
)  # fmt: skip
def test_misuse_gets_one_sentence(misuse, sentence):
    with pytest.raises(InvalidRequest, match=sentence):
        misuse()
