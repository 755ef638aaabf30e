"""What no pipeline takes is not collected; a pipeline that comes with a reload starts it."""
import signal

from harness import check, wait_until

SINK = 'sink "files" {{ type = "file", path = "{output}/%{{account}}/%{{source}}.ndjson" }}'


def configure(world, simulator, *pipelines):
    text = "\n".join([f'state = "{world.state}"', f'http {{ ca_file = "{world.certificates}/ca.pem" }}',
                      world.account(simulator, "acme"), world.account(simulator, "globex", 1), SINK.format(output=world.output), *pipelines])
    path = world.path / "postern.lua"
    path.write_text(text + "\n")
    return path


def streams(world, config):
    return {f'{account["name"]}/{stream["name"]}' for account in world.status(config)["accounts"] for stream in account["streams"]}


def test_only_what_a_pipeline_takes_is_collected(world):
    simulator = world.simulate("--accounts", "2", "--events", "300", "--history", "1h", "--quirks", "off")
    siem = 'pipeline "siem" { from = { "siem" }, accounts = { "acme" }, to = { "files" } }'
    config = configure(world, simulator, siem)
    said = world.postern("check", "-c", config).stderr
    check('no pipeline takes account "globex"' in said and 'no pipeline takes source "audit"' in said, said)
    daemon = world.daemon(config)
    wait_until(lambda: list(world.events("acme/siem.ndjson")), "events of siem")
    check(streams(world, config) == {"acme/siem"}, str(streams(world, config)))
    check('no pipeline takes source "audit"' in daemon.logged(), daemon.logged())
    check(sorted(path.name for path in world.output.glob("*/*")) == ["siem.ndjson"], "another source was read")
    configure(world, simulator, siem, 'pipeline "audit" { from = { "audit" }, to = { "files" } }')
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: list(world.events("acme/audit.ndjson")) and list(world.events("globex/audit.ndjson")), "events of audit")
    check(streams(world, config) == {"acme/siem", "acme/audit", "globex/audit"}, str(streams(world, config)))
    check(daemon.stop()[0] == 0, daemon.logged())


def test_a_source_can_be_collected_all_the_same(world):
    simulator = world.simulate("--accounts", "2", "--events", "300", "--history", "1h", "--quirks", "off")
    config = configure(world, simulator, 'source "audit" { collect = true }', 'pipeline "siem" { from = { "siem" }, to = { "files" } }')
    world.run_once(config)
    check(streams(world, config) == {"acme/siem", "acme/audit", "globex/siem", "globex/audit"}, str(streams(world, config)))
    check('"audit"' in world.postern("tap", "--oldest", "--no-follow", "-c", config).stdout, "audit is not in the journal")
