"""The file sink in the real program where something stands at its paths already."""
import collections
import json
import os
import shutil

from harness import HOUR, check, wait_until


def simulated(world):
    return world.simulate("--events", "600", "--history", "50m", "--quiet-period", "10m", "--quirks", "off")


def test_other_files_are_not_written_to(world):
    simulator = simulated(world)
    victim = world.path / "victim"
    victim.write_text("theirs\n")
    (world.output / "acme").mkdir(parents=True)
    os.link(victim, world.output / "acme" / "audit.ndjson")
    os.mkfifo(world.output / "acme" / "ttp-url.ndjson")
    done = world.run_once(world.config(world.account(simulator, "acme")))
    check("has other names as well" in done.stderr and "is no regular file" in done.stderr, done.stderr)
    check(victim.read_text() == "theirs\n", "it wrote to a file with another name")
    check((world.output / "acme" / "audit.ndjson.1").samefile(victim), "the link was not set aside")
    (world.output / "acme" / "audit.ndjson.1").unlink()
    (world.output / "acme" / "ttp-url.ndjson.1").unlink()
    world.expect_exact(simulator)


def wait_until_told(world, config, words):
    """Until the delivery's error has these words."""
    wait_until(lambda: any(words in delivery.get("error", "") for delivery in world.status(config)["deliveries"]), words)


def test_what_stands_in_the_way_is_advice_and_nothing_is_lost(world):
    simulator = simulated(world)
    world.output.mkdir()
    (world.output / "acme").write_text("theirs\n")
    config = world.config(world.account(simulator, "acme"))
    run = world.daemon(config, "--once")
    wait_until_told(world, config, "acme: a file or a link stands where a directory is wanted")
    check(run.stop()[0] == 1, run.logged())
    simulator.control("client-restarted", {})
    check((world.output / "acme").read_text() == "theirs\n", "it changed what was there")
    (world.output / "acme").unlink()
    check("no dead letters" in world.postern("dead", "list", "-c", config).stdout, "letters")
    world.run_once(config)
    world.expect_exact(simulator)


def lines_below(*directories):
    return collections.Counter(line for directory in directories for file in sorted(directory.rglob("*"))
                               if file.is_file() for line in file.read_bytes().splitlines())  # half a letter may stand at an end


def test_a_restored_older_state_destroys_no_line(world):
    """Also of events that the vendor does not have any more: then others come next."""
    world.use_clock()
    sources = [f'source "{name}" {{ lookback = "24h" }}' for name in ("audit", "ttp-url", "siem")]
    simulator = world.simulate("--events", "400", "--history", "1h", "--quirks", "off", "--live-rate", "10")
    config = world.config(world.account(simulator, "acme"), *sources)
    world.run_once(config)
    shutil.copytree(world.state, world.path / "backup")
    world.clock.jump(HOUR)
    world.run_once(config)
    delivered = lines_below(world.output)
    shutil.rmtree(world.state)
    shutil.copytree(world.path / "backup", world.state)
    world.clock.jump(HOUR)
    forgetful = world.simulate("--events", "400", "--history", "30m", "--quirks", "off", "--quiet-period", "10m")
    config = world.config(world.account(forgetful, "acme"), *sources)
    done = world.run_once(config)
    gone = delivered - lines_below(world.output)
    check(not gone, f"{gone.total()} of {delivered.total()} delivered lines are gone, such as {next(iter(gone), None)}")
    check("an older state was restored" in done.stderr, done.stderr)
    good, report = forgetful.compare(world.output)
    check(json.loads(report)["total"]["lost"] == 0, report)


def test_two_posterns_with_one_path_do_not_meet(world):
    simulator = world.simulate("--events", "600", "--history", "50m", "--quiet-period", "10m", "--quirks", "off",
                               "--accounts", "2")
    sink = f'sink "files" {{ type = "file", path = "{world.output}/%{{source}}.ndjson" }}'
    first = world.config(world.account(simulator, "acme"), sink=sink, name="first.lua")
    state, world.state = world.state, world.path / "other-state"
    second = world.config(world.account(simulator, "globex", 1), sink=sink, name="second.lua")
    world.state = state
    daemon = world.daemon(first)
    wait_until(lambda: world.output.exists() and lines_below(world.output).total() >= 300, "the first writes")
    waiting = world.daemon(second, "--once")
    wait_until_told(world, second, "is being written by another sink or program")
    check(waiting.stop()[0] == 1, waiting.logged())
    check(daemon.stop()[0] == 0, daemon.logged())
    simulator.control("client-restarted", {})
    world.run_once(second)
    world.run_once(first)
    world.expect_exact(simulator)


def test_a_directory_that_is_moved_away_is_made_again(world):
    world.use_clock(rate=100.0)
    world.output = world.path / "all" / "output"
    simulator = world.simulate("--events", "600", "--history", "1h", "--quirks", "off", "--live-rate", "30",
                               "--publish-interval", "1m")
    sources = [f'source "{name}" {{ lookback = "24h", interval = "1m" }}'  # all: on a busy machine it begins minutes behind the first event
               for name in ("siem", "audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")]
    config = world.config(world.account(simulator, "acme"), *sources)
    daemon = world.daemon(config)
    wait_until(lambda: world.output.exists() and lines_below(world.output).total() >= 300, "it writes")
    away = world.path / "all" / "away"
    world.output.rename(away)
    wait_until(lambda: "was moved, removed or replaced" in daemon.logged(), "it is noticed")
    wait_until(lambda: world.output.exists() and lines_below(world.output), "it goes on at the path")
    check(daemon.stop()[0] == 0, daemon.logged())
    simulator.control("live", {"per_minute": 0})
    simulator.control("client-restarted", {})
    world.clock.jump(2 * HOUR)
    world.run_once(config)
    good, report = simulator.compare(world.path / "all")
    check(good, report)
