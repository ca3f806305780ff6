"""Two people at once: the same open quantity is packed once, the same posted amount settled once (rulebook 5)."""

from __future__ import annotations

import import_world as world
import price_world as prices
import pytest
from acceptance.test_receiving_together import action, at_once


@pytest.mark.clause("7.15")
def test_two_containers_with_the_same_open_goods_shipped_at_once(db, site):
    order = world.order(qty=100)
    first, second = (world.draft(order, items=[world.line(order, 70)]) for _number in range(2))
    done, refused = at_once(
        site, ("Purchaser", action(first, "Ship")), ("Purchaser 2", action(second, "Ship"))
    )
    assert done == ["Shipped"], (done, refused)
    assert isinstance(refused[0], db.ValidationError), refused
    assert "7.15" in str(refused[0]) and "70" in str(refused[0])
    states = db.get_all(world.CONTAINER, filters={"supplier": order.supplier}, pluck="workflow_state")
    assert sorted(states) == ["Draft", "Shipped"]


@pytest.mark.clause("7.13")
def test_two_settlements_of_the_same_amount_submitted_at_once(db, site):
    prices.rate("USD", 7.1)
    order = world.received()
    first, second = (world.settlement(order, amounts=(600,)) for _number in range(2))
    done, refused = at_once(
        site,
        ("Finance Officer", action(first, "Submit for Review")),
        ("Finance Officer 2", action(second, "Submit for Review")),
    )
    assert done == ["Finance Review"], (done, refused)
    assert isinstance(refused[0], db.ValidationError), refused
    assert "7.13" in str(refused[0]) and "400" in str(refused[0])
