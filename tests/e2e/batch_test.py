"""A batch that is gathered from several pages is the same after a crash: kill -9 in a loop, with sinks that have put
each batch on disk before they answer.

POSTERN_BATCH_KILLS sets the number of kills of each test. The log shows how often each point was hit."""
import collections
import os
import random
import signal
import time

from harness import HOUR, check, patience

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
POINTS = ("deliver-before-plan", "deliver-after-plan", "deliver-before-commit", "deliver-after-commit")


def run_and_kill(world, config, point, count, moment):
    """Starts a daemon that dies at the count-th passing of the point (None: at that moment); true if it got there."""
    daemon = world.daemon(config, environment={"POSTERN_FAILPOINT": f"{point}:{count}"} if point else {})
    deadline = time.monotonic() + (patience(10) if point else moment)
    while daemon.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    reached = daemon.process.poll() == -signal.SIGKILL
    if daemon.process.poll() is None:
        daemon.process.kill()
    code = daemon.process.wait()
    check(code == -signal.SIGKILL, f"it ended by itself with {code}: {daemon.logged()[-2000:]}")
    return reached


def read_batches(path):
    """The batches in the order in which they were written: (delivery, id), lines. A last one may be cut off."""
    batches, key, lines = [], None, []
    for line in path.read_text().splitlines():
        if line.startswith("batch "):
            _, delivery, identity, _ = line.split(" ")
            key, lines = (delivery, int(identity)), []
        elif line == "end":
            batches.append((key, tuple(lines)))
        else:
            lines.append(line)
    return batches


def check_batches(world, path):
    """Every batch seen twice is the same, and leaving repeats out each event came once; writes those for the comparison."""
    first, repeats = {}, 0
    for key, lines in read_batches(path):
        repeats += key in first
        check(first.setdefault(key, lines) == lines, lambda: f"batch {key} came again with other events: "
              f"{len(first[key])} and then {len(lines)}")
    check(len({delivery for delivery, _ in first}) == 1, "the delivery's key has changed")
    events = [line for lines in first.values() for line in lines]
    identities = collections.Counter(line.split(" ", 1)[0] for line in events)
    check(max(identities.values()) == 1, lambda: f"events in two batches: {identities.most_common(3)}")
    folder = world.output / "acme"
    folder.mkdir(parents=True)
    (folder / "all.ndjson").write_text("".join(line.split(" ", 1)[1] + "\n" for line in events))
    sizes = sorted(len(lines) for lines in first.values())
    print(f"{len(first)} batches of {sizes[0]} to {sizes[-1]} events, {repeats} came again")
    return repeats


def kill_loop(world, sink):
    kills = int(os.environ.get("POSTERN_BATCH_KILLS", "25"))
    chance = random.Random(11)
    world.use_clock(rate=100.0)
    simulator = world.simulate("--events", "12000" if not world.sanitized else "2000", "--history", "6h",
                               "--events-per-file", "40", "--live-rate", "60", "--publish-interval", "1m")
    sources = [f'source "{name}" {{ lookback = "9h", interval = "1m" }}' for name in WINDOWS]
    path = world.path / "batches"
    config = world.config(f'modules = {{ "{world.build}/e2e-modules" }}', 'journal { page_events = 20 }',
                          world.account(simulator, "acme"), 'source "siem" { interval = "1m" }', *sources,
                          sink=f'sink "files" {{ path = "{path}", batch_events = 150, batch_wait = "3s", {sink} }}')
    hits = collections.Counter()
    for number in range(kills):
        point = (*POINTS, None)[number % (len(POINTS) + 1)]
        reached = run_and_kill(world, config, point, chance.randint(1, 8), chance.uniform(0.05, 0.6))
        hits[point if reached and point else "at a random time" if not point else f"{point} not reached"] += 1
        simulator.control("client-restarted", {})
    print(f"kills: {kills}, by point: {dict(hits)}")
    for point in POINTS:
        check(hits[point] > 0 or kills < 25, f"{point} was never hit: {dict(hits)}")
    simulator.control("live", {"per_minute": 0})
    world.clock.jump(2 * HOUR)
    world.run_once(config, timeout=600)
    check(check_batches(world, path) > 0 or kills < 25, "no batch came again: the test proves nothing")
    print(world.expect_exact(simulator))


def test_a_batch_is_the_same_after_a_crash(world):
    kill_loop(world, 'type = "record"')


def test_several_batches_at_once_are_the_same_after_a_crash(world):
    kill_loop(world, 'type = "record-many", parallel = 4')
