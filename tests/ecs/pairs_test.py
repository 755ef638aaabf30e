"""A record of API 1.0 and one of API 2.0 that tell of the same give the same document, but for what only one of them tells."""
import pathlib
import re

import mapped
import pairs
from check import read
from harness import ROOT, check

TYPE_NAMES = re.compile(r"^\s*\[\w+\] = \"([a-z-]+)\",$", re.M)


def documents(world, lines):
    out = mapped.map_events(world.program("postern"), lines, pathlib.Path(world.path), world.environment())
    check(all(isinstance(one, bytes) for one in out), [one for one in out if isinstance(one, str)][:3])
    return [read(one) for one in out]


def expect_equal(world, told):
    """`told`: log type and both records of each pair. The exceptions that were needed."""
    first = documents(world, [pairs.line(log_type, one) for log_type, one, _ in told])
    second = documents(world, [pairs.line(log_type, two, f"siem-{log_type}") for log_type, _, two in told])
    used, wrong = set(), []
    for (log_type, *_), one, two in zip(told, first, second, strict=True):
        wrong += pairs.differences(log_type, one, two, used)
    check(not wrong, lambda: "\n".join([f"{len(wrong)} differences", *sorted(set(wrong))[:20]]))
    return used


def test_pairs_made_by_hand_and_no_exception_too_many(world):
    types = set(TYPE_NAMES.findall((ROOT / "modules/mimecast/siem_type.c").read_text()))
    check({log_type for log_type, *_ in pairs.BY_HAND} == types and len(types) == 10, f"a pair of each of {types}")
    used = expect_equal(world, pairs.BY_HAND)
    needless = {key: reason for key, reason in pairs.EXCEPTIONS.items() if key not in used}
    check(not needless, f"no pair needs {needless}")


def test_letters_of_the_names_do_not_matter(world):
    """API 2.0 writes `Hostname` beside `hostname`, API 1.0 `msgid` beside `MsgId`."""
    for change in (str.lower, str.upper):
        told = [({change(name): value for name, value in two.items()}, log_type, two) for log_type, _, two in pairs.BY_HAND]
        first = documents(world, [pairs.line(log_type, two) for _, log_type, two in told])
        second = documents(world, [pairs.line(log_type, other) for other, log_type, _ in told])
        for one, two in zip(first, second, strict=True):
            same = {name: value for name, value in one.items() if name != "mimecast"} == {name: value for name, value in two.items() if name != "mimecast"}
            check(same and len(one["mimecast"]) == len(two["mimecast"]), f"{one}\n{two}")
