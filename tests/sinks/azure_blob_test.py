"""The sink azure_blob: blobs named by their content, against Azurite, which checks shared keys and SAS."""
import datetime
import gzip

from harness import check
from servers.azurite import ACCOUNT, KEY, Azurite
from trial import Journal, ids_in, trial


def azurite_for(world):
    azurite = Azurite(world)
    azurite.start("logs")
    world.variables.update(AZURE_KEY=KEY, AZURE_WRONG="d3Jvbmc=")
    return azurite


def sink(azurite, more):
    return (f'sink "trial" {{ type = "azure_blob", account = "{ACCOUNT}", container = "logs", endpoint = "{azurite.endpoint}", '
            f'batch_events = 200, {more} }}')


def ids_of(azurite):
    return (name for content in azurite.seen("logs").values() for name in ids_in(gzip.decompress(content)))


def test_azurite_loses_and_repeats_nothing(world):
    azurite = azurite_for(world)
    trial(world, sink(azurite, 'account_key = env "AZURE_KEY", parallel = 2'), lambda: ids_of(azurite),
          troubles=[azurite.standing_still, azurite.ended])


def test_a_sas_and_blobs_that_are_there(world):
    """Two deliveries of the same pages to one sink, which may not overwrite: each blob is there once."""
    azurite, journal = azurite_for(world), Journal(world, events=300)
    end = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    world.variables["AZURE_SAS"] = "?" + azurite.sas("logs", end)
    again = f'pipeline "again" {{ from = {{ "*" }}, start = "oldest", transform = {{ "{journal.stamp}" }}, to = {{ "trial" }} }}'
    one_page = sink(azurite, 'sas = env "AZURE_SAS", create_only = true, key = "%{source}/%{token}.%{suffix}"')
    config = journal.config(one_page.replace("batch_events = 200", "batch_events = 1") + "\n" + again)
    logged = world.run_once(config).stderr
    check(journal.compare(ids_of(azurite)) == ([], 0, []), f"the blobs hold what was sent: {journal.compare(ids_of(azurite))}")
    check("ends in 2 days" in logged, logged[-2000:])
    check("sig=" not in logged, "the SAS stands in the log")


def test_a_wrong_key_keeps_everything(world):
    azurite, journal = azurite_for(world), Journal(world, events=200)
    wrong = journal.config(sink(azurite, 'account_key = env "AZURE_WRONG"'))
    world.run_until(wrong, "the store answers 403", "heck account_key or sas")
    missing = journal.config(sink(azurite, 'account_key = env "AZURE_KEY"').replace('"logs"', '"nowhere"'))
    world.run_until(missing, "ContainerNotFound", "or make it")
    world.run_once(journal.config(sink(azurite, 'account_key = env "AZURE_KEY"')))
    check(journal.compare(ids_of(azurite)) == ([], 0, []), "the blobs hold what was sent")
    probe(world, azurite, journal)


def probe(world, azurite, journal):
    end = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    world.variables["AZURE_SAS"] = azurite.sas("logs", end)
    said = world.postern("sink", "test", "trial", "-c", journal.config(sink(azurite, 'account_key = env "AZURE_KEY"')))
    words = ("container logs is there", "the same bytes", "it was removed", "the event is the object")
    check(all(word in said.stdout + said.stderr for word in words), said.stdout + said.stderr)
    names = list(azurite.seen("logs"))
    check(any(name.startswith("postern-test/") for name in names) and not any(name.startswith("postern-test-") for name in names),
          f"the event stays, the probe's blob is gone: {names}")
    said = world.postern("sink", "test", "trial", "-c", journal.config(sink(azurite, 'sas = env "AZURE_SAS"')))
    words = ("not with a shared access signature", "may not be read", "may not be removed")
    check(all(word in said.stdout for word in words), said.stdout + said.stderr)
    check(not any(word in said.stdout + said.stderr for word in ("sig=", KEY, "SharedKey")), "no secret is shown")
    for declared, word in ((sink(azurite, 'account_key = env "AZURE_WRONG"'), "check account_key or sas"),
                           (sink(azurite, 'account_key = env "AZURE_KEY"').replace('"logs"', '"nowhere"'), "ContainerNotFound")):
        said = world.postern("sink", "test", "trial", "-c", journal.config(declared), code=None)
        check(said.returncode != 0 and word in said.stderr and "d3Jvbmc" not in said.stdout + said.stderr, said.stdout + said.stderr)
