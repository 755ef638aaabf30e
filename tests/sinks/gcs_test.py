"""The sink gcs, against a strict play of Google Cloud Storage that checks assertions and tokens."""
import datetime
import gzip

from harness import check
from servers.strict_store import StrictGcs, google_error
from trial import Journal, ids_in, trial


def sink(store, more=""):
    return (f'sink "trial" {{ type = "gcs", bucket = "logs", endpoint = "{store.url}", service_account = env "GCS_KEY", '
            f'batch_events = 200, {more} }}')


def ids_of(store):
    return (name for content in list(store.objects.values()) for name in ids_in(gzip.decompress(content)))


def test_it_loses_and_repeats_nothing(world):
    with StrictGcs(world.path) as store:
        world.variables["GCS_KEY"] = store.key_file
        faults = ["cut", lambda handler: handler.answer(503, google_error(503, "Backend Error")), "cut",
                  lambda handler: handler.answer(429, google_error(429, "slow down"), Retry_After="1")]
        store.faults.extend(faults * 3)
        trial(world, sink(store, "parallel = 3"), lambda: ids_of(store))
        check(len(store.faults) < 12 and store.last_headers["content-type"] == "application/gzip", "the faults were met")


def test_a_token_that_dies_and_a_clock_that_is_off(world):
    with StrictGcs(world.path) as store:
        world.variables["GCS_KEY"] = store.key_file
        store.offset = datetime.timedelta(hours=2)
        journal = Journal(world, events=300)
        store.faults.append(lambda handler: handler.answer(401, google_error(401, "Invalid Credentials")))
        world.run_once(journal.config(sink(store)))
        check(journal.compare(ids_of(store)) == ([], 0, []), "the objects hold what was sent")
        check(len(store.tokens) == 2, f"a refused token was renewed once: {list(store.tokens)}")


def test_refusals_keep_everything(world):
    with StrictGcs(world.path) as store:
        journal = Journal(world, events=200)
        for key, words in ((store.key_file.replace("postern@", "somebody@"), "invalid_grant"), ("{}", "lacks client_email")):
            world.variables["GCS_KEY"] = key
            refused = world.run_until(journal.config(sink(store)), words)
            check("BEGIN PRIVATE" not in refused, refused[-2000:])
        world.variables["GCS_KEY"] = store.key_file
        elsewhere = journal.config(sink(store).replace('"logs"', '"nowhere"'))
        world.run_until(elsewhere, "the store answers 404", "does not exist", "heck bucket")
        world.run_once(journal.config(sink(store)))
        check(journal.compare(ids_of(store)) == ([], 0, []), "the objects hold what was sent")


def test_probe(world):
    with StrictGcs(world.path) as store:
        world.variables["GCS_KEY"] = store.key_file
        journal = Journal(world, events=100)
        config = journal.config(sink(store))
        said = world.postern("sink", "test", "trial", "-c", config)
        words = ("bucket logs is there, in EUROPE-WEST3", "the same bytes", "it was removed", "the event is the object")
        check(all(word in said.stdout + said.stderr for word in words) and len(store.objects) == 1, said.stdout + said.stderr)
        check("token-0" not in said.stdout + said.stderr and "PRIVATE" not in said.stdout + said.stderr, said.stdout)
        store.rights, store.retention = set(), {"retentionPeriod": "86400"}
        said = world.postern("sink", "test", "trial", "-c", config).stdout
        check("asking about the bucket: the store answers 403" in said and "may not be removed" in said, said)
        store.rights = {"bucket"}
        said = world.postern("sink", "test", "trial", "-c", journal.config(sink(store, "create_only = false"))).stdout
        check("leave create_only = true" in said, said)
        elsewhere = journal.config(sink(store).replace('"logs"', '"nowhere"'))
        said = world.postern("sink", "test", "trial", "-c", elsewhere, code=None)
        check(said.returncode != 0 and "does not exist" in said.stderr and "heck bucket" in said.stderr, said.stdout + said.stderr)
