"""Dead letters that hold what a source could not read: read again on request, once, also over a crash; what cannot be read
stays."""
import collections
import contextlib
import json
import signal

from harness import check, wait_until
from siem_vendor import archive, siem_vendor

LONG = 40
SMALL, RAISED = 'limits { record_size = "1KiB" }', 'limits { record_size = "1MiB" }'


def files():
    """In each of two files every second record is longer than 1 KiB; of a third the checksum is wrong."""
    def file(name):
        records = [{"datetime": f"2026-01-01T08:{n // 60:02}:{n % 60:02}+0000", "n": f"{name} {n}", "Subject": "x" * (n % 2 * 1500)}
                   for n in range(LONG)]
        return json.dumps({"type": "MTA", "data": records}).encode()
    packed = bytearray(archive(receipt_1=file("receipt"), delivery_1=file("delivery"), process_1=file("process")))
    at = packed.rindex(b"PK\3\4")
    packed[at + 14] ^= 1
    return bytes(packed)


@contextlib.contextmanager
def collected(world):
    """The file has been read with the small limit. Gives the server and the configuration with the raised one."""
    with siem_vendor(world, files()) as (server, vendor):
        small = world.config(*vendor, SMALL)
        world.run_once(small)
        check(letters(world, small) == LONG + LONG // 2 + 1, f"{letters(world, small)} letters")
        yield server, world.config(*vendor, RAISED)


def letters(world, config):
    return world.status(config)["journal"]["dead_letters"]


def place(world, config):
    """Where the stream stands."""
    stream = world.status(config)["accounts"][0]["streams"][0]
    return {key: value for key, value in stream.items() if key in ("position_saved", "last_success", "last_attempt", "requests")}


def check_once(world, config):
    """Every record was delivered once, of the damaged file, too: its records are whole."""
    world.run_once(config)
    seen = collections.Counter(event["n"] for event in world.events())
    wanted = {f"{name} {n}" for name in ("receipt", "delivery", "process") for n in range(LONG)}
    check(set(seen) == wanted, f"missing {sorted(wanted - set(seen))[:5]}, more {sorted(set(seen) - wanted)[:5]}")
    check(all(count == 1 for count in seen.values()), f"repeated: {seen.most_common(3)}")
    left = world.postern("dead", "list", "-c", config).stdout.splitlines()
    check(len(left) == 1 and "process_1.json" in left[0] and "checksum" in left[0].lower(), left)


def test_a_raised_limit_makes_events_of_what_was_too_long(world):
    with collected(world) as (server, config):
        before = place(world, config)
        done = world.postern("dead", "retry", "all", "-c", config, code=1)
        check(f"{LONG + LONG // 2} of {LONG + LONG // 2 + 1} dead letters delivered" in done.stdout, done.stdout + done.stderr)
        check("1 failed: it still cannot be read" in done.stderr, done.stderr)
        check(place(world, config) == before, f"{before}\n{place(world, config)}")
        check_once(world, config)
        server.tokens["t1"] = "t2"  # the same file again: all is known by its id
        world.postern("dead", "drop", "all", "-c", config)
        check_once(world, config)


def test_it_works_beside_a_daemon_and_while_the_limit_stands_all_stays(world):
    with collected(world) as (_, config):
        raised = config.read_text()
        config.write_text(raised.replace(RAISED, SMALL))
        daemon = world.daemon(config)
        daemon.wait_until_running()
        total = letters(world, config)
        done = world.postern("dead", "retry", "all", "-c", config, code=1)
        check(f"0 of {total} dead letters delivered" in done.stdout and letters(world, config) == total, done.stdout)
        config.write_text(raised)
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: "info reloaded" in daemon.logged(), "reloaded")
        done = world.postern("dead", "retry", "all", "-c", config, code=1)
        check(f"{total - 1} of {total} dead letters delivered" in done.stdout, done.stdout + done.stderr)
        check(daemon.stop()[0] == 0, daemon.logged())
        check_once(world, config)


def test_a_crash_in_the_middle_neither_loses_nor_repeats(world):
    with collected(world) as (_, config):
        total = letters(world, config)
        for point in ("journal-before-commit:3", "journal-after-commit:3", "journal-before-commit:4"):
            crashed = world.postern("dead", "retry", "all", "-c", config, code=None, environment={"POSTERN_FAILPOINT": point})
            check(crashed.returncode == -signal.SIGKILL, f"{point}: {crashed.returncode} {crashed.stderr}")
        left = letters(world, config)
        check(1 < left < total, f"{left} of {total}")
        world.postern("dead", "retry", "all", "-c", config, code=1)
        check_once(world, config)
