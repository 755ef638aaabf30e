"""The sink postgresql against a real server: each event once, whatever is killed; what the server refuses for one event's sake is one
dead letter, and what it refuses for everybody's is configuration."""
import contextlib
import json
import subprocess

from harness import check, wait_until
from servers.certificates import Certificates
from servers.postgresql import PostgreSQL
from trial import Journal, trial

SMALL = ', batch_events = 200, batch_wait = "0s", connect_timeout = "2s", timeout = "20s"'


def seen(server, table="events"):
    return lambda: server.rows(f"SELECT id FROM {table}")


def troubles(server):
    @contextlib.contextmanager
    def killed():
        server.kill()
        try:
            yield
        finally:
            server.start()

    @contextlib.contextmanager
    def paused():
        server.pause()
        try:
            yield
        finally:
            server.go_on()

    @contextlib.contextmanager
    def locked():
        """Somebody holds the whole table."""
        somebody = subprocess.Popen(["psql", "-X", "-q", f"postgresql://postern:{server.PASSWORD}@127.0.0.1:{server.port}/postgres"],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        somebody.stdin.write("BEGIN; LOCK TABLE events; \\echo held\n")
        somebody.stdin.flush()
        check(somebody.stdout.readline() == "held\n", "the lock is not held")
        try:
            yield
        finally:
            somebody.stdin.close()
            somebody.wait()

    @contextlib.contextmanager
    def terminated():
        server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'postern'")
        yield

    return [killed, locked, terminated, paused]


def make_table(server):
    server.psql("CREATE TABLE events (id text PRIMARY KEY, received timestamptz NOT NULL, time timestamptz, account text, source text, "
                "type text, event jsonb)")


def test_trial(world):
    with PostgreSQL() as server:
        make_table(server)
        trial(world, server.sink("trial", more=SMALL), seen(server), troubles=troubles(server))


def test_trial_of_several_batches_at_once(world):
    with PostgreSQL() as server:
        make_table(server)
        trial(world, server.sink("trial", more=SMALL + ", parallel = 3"), seen(server), troubles=troubles(server))


def test_the_columns_hold_what_they_say(world):
    """In a table that it makes itself, with names of the user's."""
    with PostgreSQL() as server:
        columns = (', table = "x", create_table = true, columns = { event = "raw \\"event\\"", stream = "stream", type = "" }, '
                   'unique = { "id", "received" }')
        server.psql("CREATE SCHEMA siem")
        journal = Journal(world, events=300)
        sink = server.sink("trial", more=columns).replace('table = "events", table = "x"', 'table = "siem.mail events"')
        world.run_once(journal.config(sink))
        rows = [json.loads(row) for row in server.rows('SELECT row_to_json(e) FROM siem."mail events" e')]
        check(not any(journal.compare(row["id"] for row in rows)), "not what was sent")
        for row in rows:
            check(set(row) == {"id", "received", "time", "account", "source", "stream", 'raw "event"'}, row)
            check(row["account"] == "acme" and row["stream"].startswith(row["source"]), row)
            check(row['raw "event"']["postern_id"] == row["id"] and row["received"], row)
        check(sum(row["time"] is not None for row in rows) > len(rows) / 2, "the events' own times are missing")
        unique = server.rows("SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'siem.\"mail events\"'::regclass")
        check(len(unique) == 1 and unique[0].endswith("(id, received)"), unique)


ODD = r'''
return function(event, ctx)
  if ctx.id:sub(1, 1) == "0" then event.subject = "zero \0 byte" end
  if ctx.id:sub(1, 1) == "1" then event.amount = "too much" end
  if ctx.id:sub(1, 1) == "2" then return postern.line([[CEF:0|a "quoted" \ line]]) end
  return event
end
'''


def test_what_one_event_is_refused_for_is_its_dead_letter(world):
    with PostgreSQL() as server:
        make_table(server)
        server.psql("ALTER TABLE events ADD CONSTRAINT modest CHECK (event->>'amount' IS NULL)")
        journal = Journal(world, events=600)
        odd = world.path / "odd.lua"
        odd.write_text(ODD)
        config = journal.config(server.sink("trial", more=SMALL), scripts=[odd])
        world.run_once(config)
        refused = [name for name in journal.expected() if name.startswith("1")]
        zeroed = [name for name in journal.expected() if name.startswith("0")]
        check(refused and zeroed, "the ids are not as random as they were")
        kept = set(seen(server)())
        check(kept == set(journal.expected()) - set(refused), f"{len(kept)} of {len(journal.expected())}")
        letters = world.postern("dead", "list", "-c", config).stdout
        check(letters.count('violates check constraint "modest" (23514)') == len(refused), letters[:3000])
        replaced = server.rows("SELECT count(*) FROM events WHERE event->>'subject' = U&'zero \\FFFD byte'")
        check(replaced == [str(len(zeroed))], f"{replaced}, not {len(zeroed)}")
        lines = server.rows("""SELECT DISTINCT event #>> '{}' FROM events WHERE jsonb_typeof(event) = 'string'""")
        check(lines == ['CEF:0|a "quoted" \\ line'], lines)
        server.psql("ALTER TABLE events DROP CONSTRAINT modest")
        world.postern("dead", "retry", "all", "-c", config)
        world.run_once(config)
        check(not any(journal.compare(seen(server)())), "the retried letters are not there")


def wait_until_told(world, config, words):
    wait_until(lambda: any(words in delivery.get("error", "") for delivery in world.status(config)["deliveries"]),
               lambda: f"{words}: {world.status(config)['deliveries']}")


def test_what_stops_all_is_advice_and_no_dead_letter(world):
    with PostgreSQL() as server:
        journal = Journal(world, events=100)
        cases = [
            ("", "no connection: ", lambda sink: sink.replace('user = "postern"', 'user = "nobody"')),
            ("", "(42P01)", None),
            ("CREATE TABLE events (id text, received timestamptz, time timestamptz, account text, source text, type text, event jsonb)",
             "(42P10)", None),
            ("ALTER TABLE events ADD PRIMARY KEY (id); ALTER TABLE events RENAME type TO kind", "(42703)", None),
            ("ALTER TABLE events RENAME kind TO type; ALTER TABLE events ADD region text NOT NULL", "(23502)", None),
            ("ALTER TABLE events DROP region; ALTER TABLE events ALTER event TYPE bytea USING NULL", "(42804)", None),
            ("DROP TABLE events; CREATE TABLE events (id text, received timestamptz, time timestamptz, account text, source text, "
             "type text, event jsonb, PRIMARY KEY (id, received)) PARTITION BY RANGE (received)", "(23514)",
             lambda sink: sink.replace("table =", 'unique = { "id", "received" }, table =')),
        ]
        for sql, words, change in cases:
            server.psql(sql or "SELECT 1")
            sink = server.sink("trial")
            config = journal.config(change(sink) if change else sink)
            daemon = world.daemon(config)
            wait_until_told(world, config, words)
            check(daemon.stop()[0] == 0, daemon.logged())
            check(server.PASSWORD not in daemon.logged(), "the log shows the password")
        check(world.status(config)["journal"]["dead_letters"] == 0, "dead letters")
        server.psql("CREATE TABLE rest PARTITION OF events DEFAULT")
        world.run_once(config)
        check(not any(journal.compare(seen(server)())), "not all arrived once it was mended")


def test_it_goes_to_the_server_that_takes_writes(world):
    """The first of the hosts is not there, the second is a standby; and a connection string will do as well."""
    with PostgreSQL() as primary, PostgreSQL("default_transaction_read_only = on") as standby:
        make_table(primary)
        journal = Journal(world, events=100)
        secret = world.path / "connection"
        secret.write_text(f"host=127.0.0.1,127.0.0.1,127.0.0.1 port=1,{standby.port},{primary.port} dbname=postgres user=postern "
                          f"password={primary.PASSWORD}\n")
        config = journal.config(f'sink "trial" {{ type = "postgresql", connection = file "{secret}", table = "events" }}')
        done = world.run_once(config)
        check(not any(journal.compare(seen(primary)())), done.stderr)
        secret.write_text(f"host=127.0.0.1 {primary.PASSWORD}\n")
        done = world.postern("run", "--once", "-c", config, code=None)
        check(done.returncode and "connection string" in done.stderr + done.stdout, done.stderr)
        check(primary.PASSWORD not in done.stderr + done.stdout, "the password is shown")


def test_a_server_proves_the_name_that_it_is_called_by(world):
    """Its name is looked up before libpq connects, and its certificate must be of that name all the same."""
    certificates = Certificates(world.path / "named", "DNS:localhost")
    with PostgreSQL(certificates=certificates) as server:
        make_table(server)
        journal = Journal(world, events=20)
        sink = server.sink("trial", more=f', tls = "verify-full", ca_file = "{certificates.authority}"')
        config = journal.config(sink)
        daemon = world.daemon(config)
        wait_until_told(world, config, "does not match host name")
        check(daemon.stop()[0] == 0, daemon.logged())
        config = journal.config(sink.replace("127.0.0.1", "localhost"))
        done = world.run_once(config)
        check(not any(journal.compare(seen(server)())), done.stderr)
