"""What every sink must pass: while its receiver is killed, stopped or answers with faults, and Postern is killed at any moment, each
event arrives; none repeats where the receiver recognises repeats, and elsewhere repeats carry the same id.

    POSTERN_SINK_EVENTS=100000 POSTERN_SINK_KILLS=60 tests/e2e/harness.py BUILD tests/sinks/NAME_test.py

The journal is filled first, beside it a file with what must arrive; then the sink under trial is added and delivers all of it.
Every event bears its id in the field "postern_id", so that it can be found in whatever a receiver keeps."""
import collections
import contextlib
import os
import random
import re
import signal
import time

from harness import check, patience

EVENTS = int(os.environ.get("POSTERN_SINK_EVENTS", "4000"))
KILLS = int(os.environ.get("POSTERN_SINK_KILLS", "9"))
# Where Postern dies in turn: with a batch written and not committed, and behind its commit.
POINTS = ("deliver-before-commit", "deliver-after-commit")
ID = re.compile(rb'"postern_id":"([0-9a-f]{32}(?:-[0-9]+)?)"')
STAMP = "return function(event, ctx) event.postern_id = ctx.id return event end\n"


def ids_in(data):
    """The ids of all events in what a receiver keeps, each as often as it stands there."""
    return [match.decode() for match in ID.findall(data if isinstance(data, bytes) else data.encode())]


class Journal:
    """A state directory full of events that no sink but the file "files" has had, and what adds a sink to it."""

    def __init__(self, world, events=None, sources=None):
        self.world = world
        count = (EVENTS if not world.sanitized else min(EVENTS, 1500)) if events is None else events
        self.simulator = world.simulate("--events", str(count), "--history", "6h", "--quirks", "on", "--events-per-file", "400")
        lookback = [f'source "{name}" {{ lookback = "9h" }}' for name in ("audit", "ttp-url", "ttp-attachment",
                                                                         "ttp-impersonation", "dlp")]
        self.stamp = world.path / "stamp.lua"
        self.stamp.write_text(STAMP)
        self.parts = [world.account(self.simulator, "acme"), 'journal { retain = "7d" }', *(sources or lookback)]
        world.run_once(world.config(*self.parts, transform=f'"{self.stamp}"'))

    def expected(self):
        """The ids of all that was collected up to now, as the file sink has them."""
        ids = collections.Counter(name for file in self.world.output.glob("*/*.ndjson") for name in ids_in(file.read_bytes()))
        check(max(ids.values(), default=0) == 1, "the journal was not filled as it should be")
        return ids

    def is_delivered(self, config):
        """Whether the sink under trial has everything."""
        deliveries = {one["name"]: one for one in self.world.status(config)["deliveries"]}
        return deliveries.get("trial/trial", {}).get("backlog_events") == 0

    def config(self, sink, scripts=()):
        """The configuration with this sink, which is to be declared under the name "trial", behind these further scripts."""
        transform = ", ".join(f'"{script}"' for script in (self.stamp, *scripts))
        pipeline = f'pipeline "trial" {{ from = {{ "*" }}, start = "oldest", transform = {{ {transform} }}, to = {{ "trial" }} }}'
        return self.world.config(*self.parts, sink, pipeline, transform=f'"{self.stamp}"')

    def compare(self, seen):
        """What is lost, what came how often again, what nobody sent."""
        seen, expected = collections.Counter(seen), self.expected()
        lost = [name for name in expected if not seen[name]]
        strange = [name for name in seen if name not in expected]
        again = sum(count - 1 for count in seen.values())
        return lost, again, strange


def live_and_die(journal, config, point, count, trouble, chance):
    """One life of Postern, which ends with kill -9 at the count-th passing of the point, or at any moment. True if the point was met."""
    daemon = journal.world.daemon(config, environment={"POSTERN_FAILPOINT": f"{point}:{count}"} if point else {})
    daemon.wait_until_running()
    end = time.monotonic() + (patience(20) if point else chance.uniform(0.2, 1.5))
    with trouble() if trouble else contextlib.nullcontext():
        time.sleep(chance.uniform(0.1, 0.8) if trouble else 0)
    while daemon.process.poll() is None and time.monotonic() < end and not (point and journal.is_delivered(config)):
        time.sleep(0.01)
    reached = daemon.process.poll() == -signal.SIGKILL
    if daemon.process.poll() is None:
        daemon.process.kill()
    code = daemon.process.wait()
    check(code == -signal.SIGKILL, f"it ended by itself with {code}: {daemon.logged()[-2000:]}")
    return reached


def trial(world, sink, seen, *, troubles=(), scripts=(), may_repeat=False, journal=None):
    """`sink`: the declaration of `sink "trial"`, with a batch_events far below the number of events. `seen()`: the ids of all that the
    receiver has. `troubles`: functions that make a context in which the receiver is in trouble, met in turn."""
    chance = random.Random(7)
    journal = journal or Journal(world)
    config = journal.config(sink, scripts)
    kills = KILLS if not world.sanitized else min(KILLS, 6)
    hits = collections.Counter()
    for number in range(kills):  # first at the points: each life there has few batches
        point = POINTS[number % 2] if number < kills * 2 // 3 else None
        trouble = troubles[number // 2 % len(troubles)] if troubles and number % 2 else None
        reached = live_and_die(journal, config, point, chance.randint(1, 4), trouble, chance)
        hits[point if reached else "any moment"] += 1
    world.run_once(config, timeout=600)
    lost, again, strange = journal.compare(seen())
    print(f"{len(journal.expected())} events, {kills} kills {dict(hits)}: lost {len(lost)}, repeated {again}")
    check(not lost, lambda: f"{len(lost)} events are lost, such as {lost[:3]}: {(world.path / 'postern.log').read_text()[-3000:]}")
    check(not strange, f"{len(strange)} events that nobody sent, such as {strange[:3]}")
    check(may_repeat or not again, f"{again} events came again")
    check(all(hits[point] for point in POINTS) or kills < 6, f"no kill met a batch: {dict(hits)}")
    letters = world.status(config)["journal"]["dead_letters"]
    check(not letters, lambda: f"{letters} dead letters: " + world.postern("dead", "list", "-c", config).stdout[:2000])
    return again
