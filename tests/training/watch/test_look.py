from __future__ import annotations

import json

from textclf.training.watch.look import Look, is_looked_at


def test_looks_grow_rare():
    assert sum(map(is_looked_at, range(1, 100_001))) == 6 + 3 * 9 + 1


def test_a_look_comes_back_from_a_checkpoint(run):
    looks = run("textcnn", epochs=1).callbacks[-1].record.looks
    assert [look.step for look in looks] == [1, 2, 5, 10, 20]
    for look in looks:
        assert Look.from_state(json.loads(json.dumps(look.state()))) == look
