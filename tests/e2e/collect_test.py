# labels: threads
"""From the simulated Mimecast to files, raw and mapped, once and as a daemon."""
from harness import check, patience, wait_until

SOURCES = {"siem", "audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp"}


def test_all_six_sources_arrive_exactly(world):
    simulator = world.simulate("--events", "3000", "--history", "2h", "--quiet-period", "10m")
    config = world.config(world.account(simulator, "acme"),
                          *(f'source "{name}" {{ lookback = "3h" }}' for name in sorted(SOURCES - {"siem"})))
    world.run_once(config)
    world.expect_exact(simulator)
    found = {file.stem for file in world.output.glob("acme/*.ndjson")}
    check(found == SOURCES, f"sources in the output: {sorted(found)}")


def test_a_second_run_repeats_nothing(world):
    simulator = world.simulate("--events", "1000", "--history", "1h", "--quiet-period", "10m")
    config = world.config(world.account(simulator, "acme"))
    world.run_once(config)
    first = sorted(map(str, world.events()))
    world.run_once(config)
    check(sorted(map(str, world.events())) == first, "the second run changed the output")


def test_events_are_mapped_by_the_packaged_script(world):
    simulator = world.simulate("--events", "1000", "--history", "1h", "--quiet-period", "10m")
    config = world.config(world.account(simulator, "acme"), transform='"ecs"')
    world.run_once(config)
    datasets = set()
    for event in world.events():
        check(event["ecs"]["version"] and event["event"]["module"] == "mimecast", f"not ECS: {event}")
        check(event["organization"]["name"] == "acme", f"no account: {event}")
        datasets.add(event["event"]["dataset"])
    check(len(datasets) == 6, f"datasets: {sorted(datasets)}")
    status = world.status(config)
    check(status["journal"]["dead_letters"] == 0, f"dead letters: {status['journal']}")


def test_the_daemon_collects_and_stops_in_time(world):
    simulator = world.simulate("--events", "1000", "--history", "1h", "--quiet-period", "10m")
    config = world.config(world.account(simulator, "acme"))
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and len(list(world.output.glob("acme/*.ndjson"))) == 6,
               "files of all six sources")
    code, seconds = daemon.stop()
    check(code == 0, f"exit code {code}: {daemon.logged()}")
    check(seconds < patience(5), f"it took {seconds:.1f} s to stop")
    check(not simulator.violations(), f"violations: {simulator.violations()}")
