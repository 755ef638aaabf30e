"""The sink sqlite: each event once, whatever dies; other programs hold the file, it is moved away, full or broken, and nothing is lost."""
import contextlib
import os
import signal
import sqlite3

from harness import HOUR, check, wait_until
from trial import Journal, trial

SMALL = ', batch_events = 200, batch_wait = "0s", busy_timeout = "1s"'


def sink_of(path, more=""):
    return f'sink "trial" {{ type = "sqlite", path = "{path}"{more} }}'


def rows(path, sql):
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as database:
        return database.execute(sql).fetchall()


def ids(path):
    return [row[0] for row in rows(path, "SELECT id FROM events")]


def expect_all(journal, path):
    check(not any(journal.compare(ids(path))), lambda: f"lost, repeated, strange: {journal.compare(ids(path))}")
    check(rows(path, "PRAGMA integrity_check") == [("ok",)], "the database is broken")


def wait_until_told(world, config, words):
    wait_until(lambda: any(words in delivery.get("error", "") for delivery in world.status(config)["deliveries"]),
               lambda: f"{words}: {world.status(config)['deliveries']}")


def test_trial(world):
    path = world.path / "events.db"

    @contextlib.contextmanager
    def locked():
        with contextlib.closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield

    @contextlib.contextmanager
    def read_meanwhile():
        with contextlib.closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM sqlite_master").fetchall()
            yield

    trial(world, sink_of(path, SMALL), lambda: ids(path), troubles=[locked, read_meanwhile])
    check(rows(path, "PRAGMA integrity_check") == [("ok",)], "the database is broken")


def test_the_columns_hold_what_they_say(world):
    journal = Journal(world, events=300)
    path = world.path / "events.db"
    world.run_once(journal.config(sink_of(path, ', mode = "0600"')))
    expect_all(journal, path)
    check(os.stat(path).st_mode & 0o777 == 0o600, "the file has other rights")
    wrong = rows(path, "SELECT * FROM events WHERE id <> event->>'postern_id' OR account <> 'acme' OR received NOT LIKE '20__-%T%Z' "
                       "OR time NOT LIKE '20__-%T%Z' OR source = ''")
    check(not wrong, wrong[:3])
    check(rows(path, "SELECT count(time) * 2 > count(*) FROM events") == [(1,)], "the events' own times are missing")


def test_another_programs_lock_is_waited_for(world):
    journal = Journal(world, events=100)
    path = world.path / "events.db"
    config = journal.config(sink_of(path, ', busy_timeout = "100ms"'))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        daemon = world.daemon(config)
        wait_until_told(world, config, "database is locked")
        other.execute("ROLLBACK")
        wait_until(lambda: "events" in [name for name, in other.execute("SELECT name FROM sqlite_master")], "the table is made")
    wait_until(lambda: len(ids(path)) == len(journal.expected()), "all are there")
    check(daemon.stop()[0] == 0, daemon.logged())
    expect_all(journal, path)


def test_a_file_that_is_moved_away_is_begun_anew(world):
    world.use_clock()
    journal = Journal(world, events=100)
    path, away = world.path / "events.db", world.path / "away.db"
    config = journal.config(sink_of(path))
    daemon = world.daemon(config)
    wait_until(lambda: path.exists() and rows(path, "SELECT 1 FROM sqlite_master WHERE name = 'events'"), "the file is made")
    wait_until(lambda: len(ids(path)) == len(journal.expected()), "all are there")
    path.rename(away)
    wait_until(lambda: "was moved or removed" in daemon.logged(), "it is noticed")
    check(daemon.stop()[0] == 0, daemon.logged())
    expect_all(journal, away)  # with what lay in its log


def test_a_log_that_was_left_behind_is_not_thrown_away(world):
    journal = Journal(world, events=100)
    path, away, log = world.path / "events.db", world.path / "away.db", world.path / "events.db-wal"
    config = journal.config(sink_of(path, SMALL))
    dies = world.daemon(config, environment={"POSTERN_FAILPOINT": "deliver-before-commit:1"})
    check(dies.wait() == -signal.SIGKILL, dies.logged())
    path.rename(away)
    daemon = world.daemon(config)
    wait_until_told(world, config, "a log with rows of it is")
    check(daemon.stop()[0] == 0, daemon.logged())
    log.rename(world.path / "away.db-wal")
    check(ids(away), "its rows are gone")
    world.run_once(config)
    expect_all(journal, path)


def test_what_stands_in_the_way_is_advice_and_nothing_is_lost(world):
    journal = Journal(world, events=100)
    path = world.path / "data" / "events.db"
    config = journal.config(sink_of(path))

    def refused(words):
        daemon = world.daemon(config)
        wait_until_told(world, config, words)
        check(daemon.stop()[0] == 0, daemon.logged())

    refused("unable to open database file")
    path.parent.mkdir()
    path.write_bytes(b"no database " * 1000)
    refused("file is not a database")
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE events (id TEXT)")
    refused("events has no column named received")
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE events")
        other.execute("CREATE TABLE events (id, received, time, account, source, stream, type, event, added)")
    refused("does not match any PRIMARY KEY or UNIQUE")
    path.unlink()
    check(world.status(config)["journal"]["dead_letters"] == 0, "dead letters")
    world.run_once(config)
    expect_all(journal, path)


def test_a_full_disk_is_waited_for(world):
    journal = Journal(world, events=2000)
    folder = world.path / "disk"
    folder.mkdir()
    mode = world.path / "disk.mode"
    world.variables.update(LD_PRELOAD=f"{world.build}/e2e-preload/broken_disk.so", POSTERN_BROKEN_DISK=str(folder))
    path = folder / "events.db"
    config = journal.config(sink_of(path, SMALL))
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = WAL")
    mode.write_text("full")
    daemon = world.daemon(config)
    wait_until_told(world, config, "disk I/O error")
    mode.unlink()
    wait_until(lambda: rows(path, "SELECT 1 FROM sqlite_master WHERE name = 'events'") and len(ids(path)) == len(journal.expected()),
               "all are there")
    check(daemon.stop()[0] == 0, daemon.logged())
    expect_all(journal, path)


def test_what_one_event_is_refused_for_is_its_dead_letter(world):
    """A check of the user's, and an index whose expression fails on what is no JSON."""
    journal = Journal(world, events=600)
    path = world.path / "events.db"
    odd = world.path / "odd.lua"
    odd.write_text('return function(event, ctx)\n  if ctx.id:sub(1, 1) == "1" then return postern.line("CEF:0|no JSON") end\n  return event\nend\n')
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE events (id TEXT PRIMARY KEY, received, time, account, source, stream, type, event, added, "
                      "CHECK (id NOT LIKE '0%'))")
        other.execute("CREATE INDEX subjects ON events (json_extract(event, '$.subject'))")
    config = journal.config(sink_of(path, SMALL), scripts=[odd])
    world.run_once(config)
    refused = [name for name in journal.expected() if name[0] in "01"]
    check(sorted(ids(path)) == sorted(set(journal.expected()) - set(refused)), "not the others")
    letters = world.postern("dead", "list", "-c", config).stdout
    checked, malformed = letters.count("CHECK constraint failed"), letters.count("malformed JSON")
    check(checked and malformed and checked + malformed == len(refused), letters[:3000])


def test_old_rows_are_forgotten(world):
    world.use_clock(rate=50.0)
    journal = Journal(world, events=100)
    path = world.path / "events.db"
    config = journal.config(sink_of(path, ', retain = "24h"'))
    daemon = world.daemon(config)
    wait_until(lambda: path.exists() and rows(path, "SELECT 1 FROM sqlite_master WHERE name = 'events'"), "the file is made")
    wait_until(lambda: len(ids(path)) == len(journal.expected()), "all are there")
    world.clock.jump(25 * HOUR)
    wait_until(lambda: not ids(path), "they are forgotten")
    check(daemon.stop()[0] == 0, daemon.logged())
