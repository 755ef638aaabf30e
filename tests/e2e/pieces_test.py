"""Scripts of several files: an own copy of the packaged mapping, of one of its pieces, and what a reload sees of them."""
import json
import pathlib
import shutil
import signal

from harness import check, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
DLP = '{"senderAddress":"a@b.example","policy":"cards","eventTime":"2026-01-01T00:00:00Z"}\n'


def copy(world, *names):
    for name in names:
        place = world.path / name
        place.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "scripts" / name, place)


def replace(path, old, new):
    text = path.read_text()
    check(old in text, f"{path} lacks {old}")
    path.write_text(text.replace(old, new))


def vendor(world, script):
    line = world.postern("map", "-s", script, "--source", "dlp", stdin=DLP).stdout
    return json.loads(line)["observer"]["vendor"], json.loads(line)["event"]["dataset"]


def test_an_own_copy_takes_packaged_and_own_pieces(world):
    copy(world, "ecs.lua")
    script = world.path / "ecs.lua"
    check(vendor(world, script) == ("Mimecast", "mimecast.dlp_logs"), "all pieces are the packaged ones")
    copy(world, "ecs/common.lua")
    replace(world.path / "ecs/common.lua", '"Mimecast" }', '"Mine" }')
    check(vendor(world, script) == ("Mine", "mimecast.dlp_logs"), "the packaged dlp sees the own common")
    copy(world, "ecs/dlp.lua", "ecs/dlp_test.lua")
    replace(world.path / "ecs/dlp.lua", '"dlp_logs"', '"own"')
    check(vendor(world, script) == ("Mine", "mimecast.own"), "both are the own ones")
    done = world.postern("test", world.path, code=1)
    check(" passed, 1 failed\n" in done.stdout and 'got "Mine"' in done.stdout, done.stdout)


def test_a_reload_takes_over_a_changed_piece(world):
    copy(world, "ecs.lua", "ecs/common.lua")
    piece = world.path / "ecs/common.lua"
    world.use_clock()
    simulator = world.simulate("--events", "100", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), transform='"ecs"')
    began_ms = world.clock.now_ms()
    daemon = world.daemon(config)

    def audits():
        return list(world.events("acme/audit.ndjson"))

    def expect(said, change=None):
        wait_until(lambda: audits() and not world.status(config)["deliveries"][0]["backlog_events"], "all is delivered")
        before = len(audits()) if change else 0
        if change:
            change()
            now_ms = world.clock.now_ms()
            daemon.reload()
            world.wait_until_read_since(config, now_ms)
            simulator.control("publish", {"events": 5, "endpoint": "audit"})
            world.pass_time(3600)
            wait_until(lambda: len(audits()) >= before + 5, "events")
        check(all(event["observer"]["vendor"] == said for event in audits()[before:]), audits()[before:])

    world.wait_until_read_since(config, began_ms)
    expect("Mimecast")
    expect("Mine", lambda: replace(piece, '"Mimecast" }', '"Mine" }'))
    expect("Mimecast", piece.unlink)  # the packaged one is taken
    (world.path / "ecs.lua").write_text('return postern.script "gone"')
    check("there is no gone.lua in " in world.postern("check", "-c", config, code=78).stderr, "check")
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: "there is no gone.lua in " in daemon.logged(), "the refusal")
    check(daemon.stop()[0] == 0, daemon.logged())
