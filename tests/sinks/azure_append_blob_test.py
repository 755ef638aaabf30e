"""The sink azure_append_blob: blobs that grow, against Azurite, which checks where a block is to go."""
import gzip

from harness import check
from servers.azurite import ACCOUNT, KEY, Azurite
from servers.lossy import Lossy
from trial import Journal, ids_in, trial


VARIABLES = {"AZURE_KEY": KEY, "AZURE_WRONG": "d3Jvbmc="}


def sink(endpoint, more="", key="AZURE_KEY", container="logs"):
    return (f'sink "trial" {{ type = "azure_append_blob", account = "{ACCOUNT}", container = "{container}", endpoint = "{endpoint}", '
            f'account_key = env "{key}", batch_events = 200, {more} }}')


def test_it_loses_and_repeats_nothing(world):
    """Killed, with a server that stands still or ends, with answers lost, with blobs that are soon full. The rest needs no Azurite of its own."""
    azurite = Azurite(world)
    azurite.start("logs")
    world.variables.update(VARIABLES)
    with Lossy(azurite.port, lambda method, path: "appendblock" in path or method == "PUT") as lossy:
        lossy.losses.extend([False, True, False, False, True] * 8)
        trial(world, sink(f"{lossy.url}/{ACCOUNT}", 'blocks = 3, block_size = "64KiB", key = "%{account}/%{part}.%{suffix}"'),
              lambda: (name for content in azurite.seen("logs").values() for name in ids_in(content)),
              troubles=[azurite.standing_still, azurite.ended])
        check(lossy.asked["PUT", 412] and lossy.asked["GET", 206], f"a block was looked for: {lossy.asked}")
        contents = azurite.seen("logs")
        check(len(contents) > 3 and all(content.endswith(b"}\n") for content in contents.values()), f"{list(contents)}")
    azurite.ask("PUT", f"/{ACCOUNT}/others", (("restype", "container"),))
    for rest in (what_others_do_to_blobs, probe_and_refusals):
        with world.another() as beside:
            beside.variables.update(VARIABLES)
            rest(beside, azurite)


def what_others_do_to_blobs(world, azurite):
    """A blob that somebody else wrote to, or removed, is left, and its successor takes what comes."""
    journal = Journal(world, events=600)
    config = journal.config(sink(azurite.endpoint, container="others", more='compression = "gzip", key = "%{account}/%{part}.%{suffix}"'))
    one_batch = {"POSTERN_FAILPOINT": "deliver-after-commit:1"}
    world.run_once(config, code=-9, environment=one_batch)
    (name, first), = azurite.seen("others").items()
    foreign = gzip.compress(b"somebody else's\n")
    check(azurite.ask("PUT", f"/{ACCOUNT}/others/{name}", (("comp", "appendblock"),), body=foreign)[0] == 201, "it was written to")
    world.run_once(config, code=-9, environment=one_batch)
    contents = azurite.seen("others")
    second = name.replace("-0000.", "-0001.")
    check(name.endswith("-0000.ndjson.gz") and contents.keys() == {name, second}, f"{list(contents)}")
    check(contents[name] == first + foreign, "it is as they left it")
    check(azurite.ask("DELETE", f"/{ACCOUNT}/others/{second}")[0] == 202, "it was removed")
    logged = world.run_once(config).stderr
    after = azurite.seen("others")
    third = name.replace("-0000.", "-0002.")
    check(after.keys() == {name, third} and f"{second} was removed" in logged, f"{list(after)} {logged[-3000:]}")
    seen = [one for content in (first, contents[second], after[third]) for one in ids_in(gzip.decompress(content))]
    check(journal.compare(seen) == ([], 0, []), f"each event is there, once: {journal.compare(seen)}")


def probe_and_refusals(world, azurite):
    journal = Journal(world, events=100)
    config = journal.config(sink(azurite.endpoint))
    world.run_once(config)
    before = azurite.seen("logs")
    said = world.postern("sink", "test", "trial", "-c", config)
    words = ("container logs is there", "the same bytes", "it was removed", "the event was appended to", "removed again")
    check(all(word in said.stdout + said.stderr for word in words), said.stdout + said.stderr)
    check(azurite.seen("logs") == before and before, "what was delivered is as it was, and the test is gone")
    check(KEY not in said.stdout + said.stderr and "SharedKey" not in said.stdout + said.stderr, "no secret is shown")
    for declared, word in ((sink(azurite.endpoint, key="AZURE_WRONG"), "check account_key or sas"),
                           (sink(azurite.endpoint).replace('"logs"', '"nowhere"'), "ContainerNotFound"),
                           (sink(azurite.endpoint, 'key = "%{token}"'), "no placeholder %{token}"),
                           (sink(azurite.endpoint, 'block_size = "8MiB"'), "needs a younger api_version")):
        said = world.postern("sink", "test", "trial", "-c", journal.config(declared), code=None)
        check(said.returncode != 0 and word in said.stderr and "d3Jvbmc" not in said.stdout + said.stderr, said.stdout + said.stderr)
