"""Experiments whose segments nest share a chain; nothing is lost, nothing is run twice."""

from __future__ import annotations

from qbcircuit.plan import Piece
from qbcircuit_aer.chains import chains_of


def experiments_of(pieces, *segments):
    templates = [pieces.template("step", pieces.step(1))]
    return pieces.plan_of(1, templates, [pieces.charge(0.0, s, [], (0,)) for s in segments])


def test_a_curve_is_one_chain_in_order_of_depth(nested):
    plan = nested(2, times=(3, 0, 4, 1))
    first, curve = chains_of(plan, range(4))
    assert first.pieces == () and first.stops[0].experiments == (1,)
    assert [(stop.depth, stop.experiments) for stop in curve.stops] == [
        (1, (3,)),
        (3, (0,)),
        (4, (2,)),
    ]
    assert len(curve.pieces) == 4


def test_parting_ways_makes_a_chain_each_and_keeps_every_experiment_once(pieces):
    a, b = Piece(template=0, angles=(0.1,)), Piece(template=0, angles=(0.2,))
    plan = experiments_of(pieces, [a], [a, a], [a, b], [a, a, a], [b], [a, b])
    chains = chains_of(plan, range(6))
    assert sorted(i for c in chains for s in c.stops for i in s.experiments) == list(range(6))
    assert sorted(len(chain.pieces) for chain in chains) == [1, 2, 3]
    for chain in chains:
        for stop in chain.stops:
            for index in stop.experiments:
                assert plan.experiments[index].segments == chain.pieces[: stop.depth]


def test_only_the_wanted_experiments_are_in(nested):
    plan = nested(2, times=(1, 2, 3))
    (chain,) = chains_of(plan, [1])
    assert len(chain.pieces) == 2
    assert [stop.experiments for stop in chain.stops] == [(1,)]
