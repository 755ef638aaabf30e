"""kill -9 in a loop, at named points and at random times: nothing lost, nothing repeated.

POSTERN_KILLS sets the number of kills. The log shows how often each point was hit."""
import collections
import gzip
import os
import random
import shutil
import signal
import time

from harness import HOUR, check, patience

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
# A database migrates on its first start only, so these come first, on the still empty directory.
MIGRATION = ("migration-before-commit", "migration-after-commit")
POINTS = ("journal-before-commit", "journal-after-commit", "deliver-before-commit", "deliver-after-commit",
          "deliver-before-state", "deliver-after-state", "file-before-rename", "file-after-rename")
IN_ROTATION = {"deliver-before-state", "deliver-after-state", "file-before-rename", "file-after-rename"}


def run_and_kill(world, config, point, count):
    """Starts a daemon that dies at the count-th passing of the point (None: any moment); true if it got there."""
    daemon = world.daemon(config, environment={"POSTERN_FAILPOINT": f"{point}:{count}"} if point else {})
    deadline = time.monotonic() + (patience(15) if point else random.uniform(0.05, 0.6))
    while daemon.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    reached = daemon.process.poll() == -signal.SIGKILL
    if daemon.process.poll() is None:
        daemon.process.kill()
    code = daemon.process.wait()
    check(code == -signal.SIGKILL, f"it ended by itself with {code}: {daemon.logged()[-2000:]}")
    return reached


def kill_again_and_again(world, kills, batches):
    """`batches`: further settings of the file sink."""
    chance = random.Random(7)
    world.use_clock(rate=100.0)
    simulator = world.simulate("--events", "100000" if not world.sanitized else "3000", "--history", "6h",
                               "--quirks", "on", "--faults", "all=0.5%", "--events-per-file", "400",
                               "--live-rate", "30", "--publish-interval", "1m")
    sink = (f'sink "files" {{ type = "file", path = "{world.output}/%{{account}}/%{{source}}.ndjson", '
            f'rotate_size = "{"256KiB" if not world.sanitized else "8KiB"}", compress = true{batches} }}')
    sources = [f'source "{name}" {{ lookback = "9h", interval = "1m" }}' for name in WINDOWS]
    config = world.config(world.account(simulator, "acme"), 'source "siem" { interval = "1m" }', *sources, sink=sink)
    hits = collections.Counter()
    for number in range(kills):
        point = MIGRATION[number] if number < len(MIGRATION) else (*POINTS, None)[number % (len(POINTS) + 1)]
        count = 1 if point in MIGRATION else chance.randint(1, 3 if point in IN_ROTATION else 12)
        reached = run_and_kill(world, config, point, count)
        hits[point if reached and point else "at a random time" if not point else f"{point} not reached"] += 1
        simulator.control("client-restarted", {})
    print(f"kills: {kills}, by point: {dict(hits)}")
    for point in (*MIGRATION, *POINTS):
        check(hits[point] > 0 or kills < 50, f"{point} was never hit: {dict(hits)}")
    check("shorter than" not in (world.path / "postern.log").read_text(), "a file was taken for another")
    simulator.control("live", {"per_minute": 0})
    world.clock.jump(2 * HOUR)
    world.run_once(config, timeout=600)
    print(world.expect_exact(simulator))


def test_kills_lose_and_repeat_nothing(world):
    kill_again_and_again(world, int(os.environ.get("POSTERN_KILLS", "50")), "")


def test_kills_with_gathered_batches(world):
    kills = int(os.environ.get("POSTERN_KILLS", "50")) // 2
    kill_again_and_again(world, kills, ', batch_events = 3000, batch_wait = "200ms", open_files = 2')


def rotate_from_outside(world, number, packs):
    """As logrotate does: moved, moved and made again, copied and cut, or packed as well."""
    for file in sorted(world.output.glob("*/*.ndjson")):
        aside = file.with_name(f"{file.name}-{number:03}")
        if number % 3 == 2:
            shutil.copy2(file, aside)
            os.truncate(file, 0)
        else:
            file.rename(aside)
        if number % 3 == 1:
            file.touch(0o640)
        if packs:
            with open(f"{aside}.gz", "wb") as packed:
                packed.write(gzip.compress(aside.read_bytes()))
            aside.unlink()


def test_kills_with_logrotate_before_the_next_start(world):
    kills = int(os.environ.get("POSTERN_KILLS", "50")) // 3
    chance = random.Random(7)
    world.use_clock(rate=100.0)
    simulator = world.simulate("--events", "4000", "--history", "6h", "--quirks", "on", "--events-per-file", "100",
                               "--live-rate", "300", "--publish-interval", "1m")
    sources = [f'source "{name}" {{ lookback = "9h", interval = "1m" }}' for name in WINDOWS]
    config = world.config(world.account(simulator, "acme"), 'source "siem" { interval = "1m" }', *sources)
    hits = collections.Counter()
    for number in range(kills):
        point = ("deliver-before-commit", "deliver-before-commit", "deliver-after-commit", None)[number % 4]
        reached = run_and_kill(world, config, point, chance.randint(1, 6))
        hits[point if reached else f"{point} not reached"] += 1
        # Half a line at the end of a packed file stays there; at these points lines are whole.
        rotate_from_outside(world, number, packs=reached and point and chance.random() < 0.4)
        simulator.control("client-restarted", {})
    print(f"kills: {kills}, by point: {dict(hits)}")
    check(hits["deliver-before-commit"] > 0, f"never between writing and committing: {dict(hits)}")
    simulator.control("live", {"per_minute": 0})
    world.clock.jump(2 * HOUR)
    world.run_once(config, timeout=600)
    print(world.expect_exact(simulator))
    log = (world.path / "postern.log").read_text()
    check("of the batch that comes again lie in" in log or kills < 9, "no batch was found again: " + log[-2000:])
