"""`postern check`: what only a module's `create` can see is refused with file and line, and nobody is asked."""
import contextlib
import signal
import socket

from harness import check, wait_until

DOOR = 'account "one" { auth = "doors/header", base_url = "https://door.example", value = env "DOOR_KEY" }'


@contextlib.contextmanager
def silent_receiver():
    """Takes connections, and can say whether there was one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def expect_nobody_asked(server):
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return
    check(False, "somebody connected")


def write(world, *lines):
    world.variables["DOOR_KEY"] = "x"
    config = world.path / "postern.lua"
    config.write_text("\n".join((f'state = "{world.state}"', f'modules = {{ "{world.build}/e2e-modules" }}', DOOR, *lines,
                                 'pipeline "all" { from = { "doors" }, accounts = { "*" }, to = { "a", "b" } }')) + "\n")
    return config


def test_what_only_create_sees(world):
    """All of it at once, also of sinks that no pipeline names."""
    with silent_receiver() as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        config = write(world, f'sink "a" {{ type = "loki", url = "{url}", labels = {{ ["0bad"] = "x" }} }}',
                       f'sink "b" {{ type = "webhook", url = "{url}", username = "me" }}',
                       f'sink "c" {{ type = "sqlite", path = "{world.path}/c.db", mode = "rw" }}', 'source "doors" { handle = "none" }')
        said = world.postern("check", "-c", config, code=78).stderr
        for words in (f'{config}:4: sink "a": labels: "0bad" is no name for the receiver', f'{config}:5: sink "b": username needs password',
                      f'{config}:6: sink "c": mode must be octal', f"{config}:7: source doors: a door needs a handle. Give it one"):
            check(words in said, f"{words!r} is not in {said}")
        expect_nobody_asked(server)
    check(not world.state.exists() and not (world.path / "c.db").exists(), "something was written")


def test_what_is_good_is_made_and_not_opened(world):
    with silent_receiver() as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        config = write(world, f'sink "a" {{ type = "loki", url = "{url}", labels = {{ good = "x" }} }}',
                       f'sink "b" {{ type = "sqlite", path = "{world.path}/b.db" }}', 'source "doors" { handle = "brass" }')
        check("good: 1 account, 1 pipeline, 2 sinks" in world.postern("check", "-c", config).stdout, "it is not good")
        expect_nobody_asked(server)
    check(not world.state.exists() and not (world.path / "b.db").exists(), "something was written")


def test_a_sink_without_its_secret_is_not_made(world):
    """What it lacks is said, and nothing that follows from it; the others are looked at."""
    key = world.path / "key"
    lines = ('sink "a" { type = "http-example", url = "ftp://nowhere", token = file "key" }',
             'sink "b" { type = "loki", url = "http://127.0.0.1", labels = { ["0bad"] = "x" } }')
    config = write(world, *lines)
    said = world.postern("check", "-c", config, code=78).stderr
    check(f"{config}:4: " in said and str(key) in said and 'sink "a": url' not in said, said)
    check(f'{config}:5: sink "b": labels: ' in said, said)
    key.write_text("hush")
    said = world.postern("check", "-c", config, code=78).stderr
    check(f"{config}:4: " not in said or 'sink "a"' in said, said)


def flawed(world):
    """Declarations that are wrong alone, each beside good ones, and the place where that is said."""
    good = f'sink "a" {{ type = "file", path = "{world.path}/a.ndjson" }}', f'sink "b" {{ type = "file", path = "{world.path}/b.ndjson" }}'
    (world.path / "torn.lua").write_text("return function(event")
    return (good,
            (((good[0], 'sink "b" { type = "loki", url = "http://127.0.0.1:9", labels = { ["0bad"] = "x" } }'),
              '5: sink "b": labels: "0bad" is no name for the receiver'),
             ((*good, 'source "doors" { handle = "none" }'), "6: source doors: a door needs a handle"),
             ((*good, 'pipeline "torn" { from = { "doors" }, accounts = { "*" }, transform = { "torn" }, to = { "a" } }'),
              '6: pipeline "torn": ')))


def test_a_start_says_the_place(world):
    for lines, words in flawed(world)[1]:
        config = write(world, *lines)
        for command in ("check",), ("run",), ("run", "--once"):
            said = world.postern(*command, "-c", config, code=78).stderr
            check(f"{config}:{words}" in said, f"{command}: {words!r} is not in {said}")


def test_a_reload_says_the_place(world):
    good, rows = flawed(world)
    config = write(world, *good)
    daemon = world.daemon(config)
    daemon.wait_until_running()
    for count, (lines, words) in enumerate(rows, 1):
        write(world, *lines)
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: daemon.logged().count("NOT reloaded") == count, "the refusal")
        check(f"goes on: {config}:{words}" in daemon.logged(), daemon.logged())
    check(daemon.stop()[0] == 0, daemon.logged())
