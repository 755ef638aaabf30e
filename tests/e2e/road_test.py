# labels: threads
"""The road of an event when something on it stands still, a sink or a reader; and two roads into one sink."""
import json
import os
import signal
import subprocess
import time

from gate import Gate, simulated, sources
from harness import check, wait_until


def journal_size(world):
    return sum(path.stat().st_size for path in world.state.glob("journal.db*"))


def test_a_full_journal_stops_asking_and_goes_on_by_itself(world):
    """The smallest journal, a sink that stands still: collecting stops and says so; then the sink moves again."""
    world.use_clock(rate=20.0)
    gate = Gate(world)
    simulator = simulated(world, "150000")
    config = world.config(world.account(simulator, "acme"), gate.modules, 'journal { max_size = "16MiB", retain = "0s" }',
                          'source "siem" { interval = "1m" }', *sources(interval="1m"), sink=gate.sink)
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["journal"].get("full"), "the journal is full", 300)
    streams = wait_until(lambda: [s for s in world.status(config)["accounts"][0]["streams"] if s["state"] == "full"],
                         "streams say that they wait for space")
    check(all("sink" in stream["remedy"] for stream in streams), f"no remedy: {streams}")
    text = world.postern("status", "-c", config, code=1).stdout
    check("FULL" in text, text)
    requests = lambda: [stream["requests"] for stream in world.status(config)["accounts"][0]["streams"]]
    for _ in range(5):  # at first, what was under way when it became full may come
        before = requests()
        time.sleep(3)  # a minute of the test clock: a poll or two of each stream would be due
        after = requests()
        if after == before:
            break
    check(after == before, f"it asks on although the journal is full: {before}, {after}")
    check(journal_size(world) <= 20 << 20, f"the journal takes {journal_size(world)} bytes")
    gate.open()
    wait_until(lambda: gate.output.exists() and len(gate.output.read_bytes().splitlines()) >= 150000,
               "everything has arrived", 300)
    wait_until(lambda: not world.status(config)["journal"]["full"], "it is not full any more")  # once that is stored
    check(daemon.stop()[0] == 0, daemon.logged()[-3000:])
    check("has space again" in daemon.logged(), daemon.logged()[-3000:])
    world.expect_exact(simulator)


def test_a_stalled_tap_does_not_pin_the_log(world):
    """`tap` into a pipe that nobody reads; the write-ahead log stays small while much is written."""
    world.use_clock(rate=20.0)
    simulator = simulated(world, "100000")
    config = world.config(world.account(simulator, "acme"), 'journal { max_size = "64MiB" }',
                          'source "siem" { interval = "1m" }', *sources(interval="1m"))
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["journal"].get("events", 0) > 500, "first events")
    reading, writing = os.pipe()
    tap = subprocess.Popen([world.program("postern"), "tap", "--oldest", "-c", str(config)], stdout=writing,
                           env=world.environment())
    world.processes.append(tap)
    largest = 0

    def all_there():
        nonlocal largest
        log = world.state / "journal.db-wal"
        largest = max(largest, log.stat().st_size if log.exists() else 0)
        return sum(d["delivered"] for d in world.status(config)["deliveries"]) >= 100000

    wait_until(all_there, "everything is delivered", 300)
    check(tap.poll() is None, "tap has ended")
    check(largest < 12 << 20, f"the write-ahead log grew to {largest} bytes")
    check(journal_size(world) > largest, "too little was written for this test to mean anything")
    check(daemon.stop()[0] == 0, daemon.logged()[-3000:])
    os.close(writing)
    os.close(reading)
    world.expect_exact(simulator)


def kill_between_two_pipelines(world, config, point, count):
    daemon = world.daemon(config, environment={"POSTERN_FAILPOINT": f"{point}:{count}"})
    code = daemon.wait(60)
    check(code == -signal.SIGKILL, f"{point} was not reached: {code}")


def test_two_pipelines_into_one_sink(world):
    """One file, two cursors, one state: each event once from each pipeline, whenever it dies."""
    script = world.path / "mark.lua"
    script.write_text('return function(event) return \'{"second":\' .. postern.json.encode(event) .. "}" end\n')
    simulator = simulated(world, "2000", "--events-per-file", "200")
    sink = f'sink "files" {{ type = "file", path = "{world.path}/both.ndjson", rotate_size = "256KiB" }}'
    second = f'pipeline "second" {{ from = {{ "*" }}, accounts = {{ "*" }}, transform = {{ "{script}" }}, to = {{ "files" }} }}'
    config = world.config(world.account(simulator, "acme"), *sources(), second, sink=sink)
    for point, count in (("deliver-before-commit", 3), ("deliver-after-commit", 2), ("deliver-before-commit", 5),
                         ("deliver-after-state", 1)):
        kill_between_two_pipelines(world, config, point, count)
        simulator.control("client-restarted", {})
    world.run_once(config)
    lines = [line for file in world.path.glob("both.ndjson*") for line in file.read_text().splitlines()]
    head = '{"second":'
    first = [line for line in lines if not line.startswith(head)]
    again = [line[len(head):-1] for line in lines if line.startswith(head)]
    world.output.mkdir()
    for name, part in (("first", first), ("again", again)):
        (world.output / "part.ndjson").write_text("".join(line + "\n" for line in part))
        good, report = simulator.compare(world.output)
        check(good, f"{name}: {len(part)} lines: {report}")
