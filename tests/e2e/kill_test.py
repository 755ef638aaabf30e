"""kill -9 in a loop, at named points and at random times: nothing lost, nothing repeated.

POSTERN_KILLS sets the number of kills. The log shows how often each point was hit."""
import collections
import os
import random
import signal
import time

from harness import check

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
POINTS = ("journal-before-commit", "journal-after-commit", "deliver-before-commit", "deliver-after-commit",
          "deliver-before-state", "deliver-after-state", "migration-before-commit", "migration-after-commit")


def run_and_kill(world, config, point, count, log):
    """Starts a daemon that dies at the count-th passing of the point; True if it got there."""
    variables = {"POSTERN_FAILPOINT": f"{point}:{count}", "POSTERN_FAILPOINT_LOG": str(log)} if point else {}
    daemon = world.daemon(config, environment=variables)
    deadline = time.monotonic() + (6 if point else random.uniform(0.05, 0.8))
    while daemon.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    reached = daemon.process.poll() == -signal.SIGKILL
    if daemon.process.poll() is None:
        daemon.process.kill()
    code = daemon.process.wait()
    check(code == -signal.SIGKILL, f"it ended by itself with {code}: {daemon.logged()[-2000:]}")
    return reached


def test_kills_lose_and_repeat_nothing(world):
    kills = int(os.environ.get("POSTERN_KILLS", "50"))
    chance = random.Random(7)
    world.use_clock(rate=100.0)
    simulator = world.simulate("--events", "100000" if not world.sanitized else "6000", "--history", "6h",
                               "--quirks", "on", "--faults", "all=0.5%", "--events-per-file", "400")
    sink = (f'sink "files" {{ type = "file", path = "{world.output}/%{{account}}/%{{source}}.ndjson", '
            f'rotate_size = "2MiB", compress = true }}')
    config = world.config(world.account(simulator, "acme"), sink=sink,
                          *(f'source "{name}" {{ lookback = "7h" }}' for name in WINDOWS))
    hits = collections.Counter()
    log = world.path / "failpoints.log"
    for number in range(kills):
        point = (*POINTS, None)[number % (len(POINTS) + 1)]
        if point and point.startswith("migration") and number > 2 * len(POINTS):
            point = "journal-after-commit"  # a database migrates once: its points are passed on the first starts only
        count = 1 if point and point.startswith("migration") else chance.randint(1, 25)
        reached = run_and_kill(world, config, point, count, log)
        hits[point if reached else "at a random time"] += 1
        simulator.control("client-restarted", {})
    print(f"kills: {kills}, by point: {dict(hits)}")
    for point in POINTS:
        if kills >= 50 and not point.startswith("migration"):
            check(hits[point] > 0, f"{point} was never hit: {dict(hits)}")
    world.run_once(config, timeout=600)
    print(world.expect_exact(simulator))
