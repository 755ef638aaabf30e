"""A record of API 1.0 and one of API 2.0 that tell of the same give the same document, but for what only one of them tells."""
import pathlib
import re

import mapped
import pairs
import simulated
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
    used, wrong = set(), {}
    for (log_type, *_), one, two in zip(told, first, second, strict=True):
        for where, what in pairs.differences(log_type, one, two, used):
            count, first = wrong.get(where, (0, what))
            wrong[where] = (count + 1, first)
    check(not wrong, lambda: "\n".join(f"{log_type}: {path}, {count} times, first {what}" for (log_type, path), (count, what) in sorted(wrong.items())))
    return used


def test_pairs_are_equal_and_no_exception_is_too_many(world):
    types = set(TYPE_NAMES.findall((ROOT / "modules/mimecast/siem_type.c").read_text()))
    corpus = simulated.pairs(world, 2_000 if world.sanitized else 20_000, 1)
    for told in (pairs.BY_HAND, corpus):
        check({log_type for log_type, *_ in told} == types and len(types) == 10, f"pairs of each of {types}")
    used = expect_equal(world, pairs.BY_HAND) | expect_equal(world, corpus)
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
