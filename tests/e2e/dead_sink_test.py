"""A receiver that is dead for days: the sink beside it gets everything at once, and it everything once it is back, but for what
its when_full gives up."""
from gate import sources
from harness import HOUR, check, free_port, wait_until
from sink_http_test import Receiver
from when_full_test import delivery

DAY = 24 * HOUR


def begin(world, events, when_full, journal):
    """"files" takes everything, "dead" is a service that nobody runs yet. Gives its port, too."""
    world.use_clock(rate=20.0)
    simulator = world.simulate("--events", str(events), "--history", "30m", "--quirks", "off")
    port = free_port()
    (world.path / "token").write_text("hush-token\n")
    parts = [f'state = "{world.state}"', f'modules = {{ "{world.build}/e2e-modules" }}',
             f'http {{ ca_file = "{world.certificates}/ca.pem" }}', world.account(simulator, "acme"), journal,
             'source "siem" { interval = "1m" }', *sources(interval="1m"),
             f'sink "dead" {{ type = "http-example", url = "http://127.0.0.1:{port}/in", token = file "{world.path}/token", '
             f'when_full = "{when_full}" }}',
             f'sink "files" {{ type = "file", path = "{world.output}/%{{account}}/%{{source}}.ndjson" }}',
             'pipeline "all" { from = { "*" }, to = { "files" } }', 'pipeline "slow" { from = { "*" }, to = { "dead" } }']
    config = world.path / "postern.lua"
    config.write_text("\n".join(parts))
    return simulator, port, config, world.daemon(config)


def metric(status, name, label, value):
    series = (status["metrics"] or {"series": []})["series"]
    return next((s["value"] for s in series if s["name"] == name and s["labels"].get(label) == value), None)


def test_it_waits_for_days_and_loses_nothing(world):
    simulator, port, config, daemon = begin(world, 3000, "wait", 'journal { max_size = "256MiB", retain = "1d" }')
    for day in range(1, 4):
        wait_until(lambda: simulator.compare(world.output)[0], f"the other sink has everything on day {day}", 120)
        world.pass_time(DAY)
        simulator.control("publish", {"events": 50, "account": "acme", "endpoint": "ttp-url"})
    wait_until(lambda: delivery(world, config, "slow/dead").get("waiting_age_seconds", 0) > 2 * DAY, "it has waited for days")
    status, slow = world.status(config), delivery(world, config, "slow/dead")
    check(slow["delivered"] == 0 and slow["skipped"] == 0 and slow["state"] == "retrying", slow)
    check(slow["breaker"]["state"] in ("open", "half-open") and slow["breaker"]["since"], slow)
    good = delivery(world, config, "all/files")
    check(good["breaker"] == {"state": "closed", "since": None, "next_try": None}, good)
    wait_until(lambda: delivery(world, config, "slow/dead")["backlog_events"] == delivery(world, config, "all/files")["delivered"],
               "what waits is all that the other has")
    check(slow["backlog_bytes"] > 100 * slow["backlog_events"], slow)
    wait_until(lambda: (metric(world.status(config), "postern_delivery_backlog_age_seconds", "delivery", "slow/dead") or 0) > 2 * DAY,
               "the metrics know it")
    check(metric(status, "postern_sink_breaker", "sink", "files") in (None, 0), status["metrics"])
    lines = [line for line in daemon.logged().splitlines() if " slow/dead: " in line]
    check(any("next try in" in line for line in lines) and any("much waits: " in line for line in lines), lines)
    check(len(lines) <= 6, f"a dead sink fills the log: {lines}")

    receiver = Receiver(picky=False, port=port)
    world.pass_time(HOUR)
    wait_until(lambda: delivery(world, config, "slow/dead")["backlog_events"] == 0, "it has caught up", 120)
    wait_until(lambda: "slow/dead: works again after 3d" in daemon.logged(), "the recovery is logged")
    check(daemon.stop()[0] == 0, daemon.logged()[-3000:])
    check(len(receiver.kept) == len(set(receiver.kept)) == delivery(world, config, "all/files")["delivered"],
          f"{len(receiver.kept)} lines, {len(set(receiver.kept))} different")
    receiver.close()


def test_it_gives_up_the_oldest_and_no_more(world):
    events = 150000
    simulator, port, config, daemon = begin(world, events, "drop_oldest", 'journal { max_size = "16MiB", retain = "0s" }')
    wait_until(lambda: world.state.exists() and delivery(world, config, "all/files")["delivered"] >= events,
               "the other sink has everything", 240)
    wait_until(lambda: delivery(world, config, "slow/dead")["skipped"] > 0, "what was dropped is counted")
    world.pass_time(2 * DAY)
    good, report = simulator.compare(world.output)
    check(good, f"the other sink did not get all: {report}")
    receiver = Receiver(picky=False, port=port)
    world.pass_time(HOUR)
    wait_until(lambda: delivery(world, config, "slow/dead")["backlog_events"] == 0, "it has caught up", 240)
    check(daemon.stop()[0] == 0, daemon.logged()[-3000:])
    slow = delivery(world, config, "slow/dead")
    check(slow["delivered"] + slow["skipped"] >= events, slow)
    check(len(receiver.kept) == len(set(receiver.kept)) == slow["delivered"], f"{len(receiver.kept)} lines, {slow}")
    receiver.close()
