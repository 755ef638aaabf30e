# labels: threads
"""The state directory is removed, moved or replaced below a daemon: it notices, says so, stops, and nothing is lost or comes twice."""
import os
import shutil
import sqlite3

from harness import HOUR, check, wait_until

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")


def works(world):
    world.use_clock()
    simulator = world.simulate("--events", "300", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"),
                          *(f'source "{name}" {{ lookback = "3h" }}' for name in WINDOWS))
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and len(list(world.output.glob("acme/*.ndjson"))) == 6, "files of all six sources")
    wait_until(lambda: all(stream["state"] == "ok" for stream in world.status(config)["accounts"][0]["streams"]) and
               not world.status(config)["deliveries"][0]["backlog_events"], "all is delivered")
    return simulator, config, daemon


def expect_stopped(world, daemon, words):
    code = daemon.wait()
    log = daemon.logged()
    check(code == 1, f"exit code {code}:\n{log[-2000:]}")
    check(f" error journal: {words}" in log and "Start Postern again" in log, log[-2000:])


def goes_on(world, simulator, config):
    """What happened meanwhile comes, nothing comes twice."""
    simulator.control("publish", {"events": 40, "account": "acme", "endpoint": "ttp-url"})
    world.clock.jump(HOUR)
    world.run_once(config)
    world.expect_exact(simulator)


def test_a_removed_lock_is_noticed(world):
    simulator, config, daemon = works(world)
    (world.state / "lock").unlink()
    expect_stopped(world, daemon, "the lock of the state directory was removed")
    goes_on(world, simulator, config)


def test_a_second_daemon_does_not_run_beside_one_whose_lock_was_removed(world):
    """The first stands still and cannot notice: a new lock file would be free."""
    simulator, config, daemon = works(world)
    with daemon.standing_still():
        (world.state / "lock").unlink()
        done = world.postern("run", "--once", "-c", config, code=78)
    check("another Postern runs on the state directory" in done.stderr and "lock file was removed" in done.stderr, done.stderr)
    expect_stopped(world, daemon, "the lock of the state directory was")
    goes_on(world, simulator, config)


def test_a_removed_directory_is_noticed(world):
    _, config, daemon = works(world)
    with daemon.standing_still():  # else what it misses first is what the folder lists first
        shutil.rmtree(world.state)
    expect_stopped(world, daemon, "the journal's database was removed")
    check(not world.state.exists(), f"it made anew: {list(world.state.glob('*'))}")


def test_a_moved_directory_keeps_everything(world):
    simulator, config, daemon = works(world)
    aside = world.path / "aside"
    world.state.rename(aside)
    world.state.mkdir(mode=0o700)
    expect_stopped(world, daemon, "the journal's database was removed")
    check(not list(world.state.iterdir()), f"it wrote into the new one: {list(world.state.iterdir())}")
    world.state.rmdir()
    aside.rename(world.state)
    goes_on(world, simulator, config)


def back_up(world, backup):
    with sqlite3.connect(world.state / "journal.db") as source, sqlite3.connect(backup) as target:
        source.backup(target)
    with sqlite3.connect(backup) as target:
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.chmod(backup, 0o600)


def outgrows_its_backup(world):
    """Its database has more than the backup beside it, and a log. What the backup holds is returned last."""
    simulator, config, daemon = works(world)
    backup = world.path / "backup.db"
    back_up(world, backup)
    simulator.control("publish", {"events": 40, "account": "acme", "endpoint": "ttp-url"})
    world.clock.jump(HOUR)
    return simulator, config, daemon, backup, backup.read_bytes()


def expect_only(world, before):
    """What was put there is as it was, without a log that would be taken for its own."""
    check((world.state / "journal.db").read_bytes() == before, "it wrote into the other file")
    check(not (world.state / "journal.db-wal").exists() or not (world.state / "journal.db-wal").stat().st_size,
          "the other file would take our log for its own")


def test_a_database_that_is_written_over_is_noticed(world):
    """A backup is copied over journal.db, whose name leads to the same file as before: by a daemon at work, and by one
    that has nothing to do: behind ten idle seconds it has emptied its log and writes no more."""
    for busy in (True, False):
        with world.another() as fresh:
            simulator, config, daemon = works(fresh)
            backup = fresh.path / "backup.db"
            back_up(fresh, backup)
            if busy:
                simulator.control("publish", {"events": 40, "account": "acme", "endpoint": "ttp-url"})
            else:
                fresh.clock.jump(11)
                wait_until(lambda: not (fresh.state / "journal.db-wal").stat().st_size, "an empty log")
            before = backup.read_bytes()
            # Not while it empties its log: what it writes in the very moment of the copy cannot be told from that.
            with daemon.standing_still():
                shutil.copyfile(backup, fresh.state / "journal.db")
                fresh.clock.jump(HOUR if busy else 0)  # and now it has much to write
            expect_stopped(fresh, daemon, "the journal's database was written to by another program")
            expect_only(fresh, before)
            goes_on(fresh, simulator, config)


def test_a_replaced_database_is_noticed(world):
    """A backup is put in the place of journal.db, whose log still lies beside it: that must not be taken for the backup's."""
    simulator, config, daemon, backup, before = outgrows_its_backup(world)
    ours = world.path / "ours.db"
    os.link(world.state / "journal.db", ours)
    os.replace(backup, world.state / "journal.db")  # at once: between two renames it would be found removed
    expect_stopped(world, daemon, "the journal's database was replaced")
    expect_only(world, before)
    with sqlite3.connect(f"file:{ours}?mode=ro&immutable=1", uri=True) as moved:
        check(moved.execute("PRAGMA integrity_check").fetchone() == ("ok",), "the file that was moved away is damaged")
    goes_on(world, simulator, config)


def test_a_database_that_comes_behind_one_that_was_moved_away_is_not_touched(world):
    """The same by two steps with time between: the log of what was moved away must not be left for what comes."""
    simulator, config, daemon, backup, before = outgrows_its_backup(world)
    ours = world.path / "ours.db"
    (world.state / "journal.db").rename(ours)
    expect_stopped(world, daemon, "the journal's database was removed")
    backup.rename(world.state / "journal.db")
    expect_only(world, before)
    goes_on(world, simulator, config)


def test_a_removed_log_is_noticed(world):
    simulator, config, daemon = works(world)
    (world.state / "journal.db-wal").unlink()
    expect_stopped(world, daemon, "the write-ahead log of the journal was removed")
    goes_on(world, simulator, config)
