"""The sink s3: objects named by their content, against Swift's S3 interface, which checks every signature."""
import datetime
import gzip
import subprocess

from harness import check, wait_until
from servers.strict_store import StrictS3, refusal
from servers.swift import ACCESS, SECRET, Swift
from trial import Journal, ids_in, trial


def sink(endpoint, more="", secret="S3_SECRET"):
    return (f'sink "trial" {{ type = "s3", bucket = "logs", endpoint = "{endpoint}", access_key = env "S3_ACCESS", '
            f'secret_key = env "{secret}", {more} }}')


def swift_for(world):
    swift = Swift(world)
    swift.start("logs")
    world.variables.update(S3_ACCESS=ACCESS, S3_SECRET=SECRET, S3_WRONG="guessed")
    return swift


def test_swift_loses_and_repeats_nothing(world):
    swift = swift_for(world)

    def seen():
        return (name for content in swift.seen("logs").values() for name in ids_in(gzip.decompress(content)))

    trial(world, sink(swift.endpoint, 'batch_events = 200, parallel = 2'), seen, troubles=[swift.standing_still, swift.killed])
    with world.another() as second:  # starting Swift takes longer than all the rest
        second.variables.update(world.variables)
        refuses_a_wrong_secret(second, swift)


def refuses_a_wrong_secret(world, swift):
    journal, key = Journal(world, events=300), 'key = "second/%{token}.%{suffix}", compression = "zstd"'
    refused = world.run_until(journal.config(sink(swift.endpoint, key, secret="S3_WRONG")), "SignatureDoesNotMatch",
                              "canonical request has SHA-256")
    check("guessed" not in refused, "the secret stands in the log")
    said = world.postern("sink", "test", "trial", "-c", journal.config(sink(swift.endpoint, key))).stdout
    check("is there, in region" in said and "the same bytes" in said and "it was removed" in said, said)
    check(not any("postern-test-" in name for name in swift.seen("logs")), "the probe's object is gone")
    world.run_once(journal.config(sink(swift.endpoint, key)))
    found = b"".join(unzstd(content) for name, content in swift.seen("logs").items() if name.startswith("second/"))
    check(journal.compare(ids_in(found)) == ([], 0, []), "the objects hold what was sent")


def unzstd(content):
    return subprocess.run(["zstd", "-dcq"], input=content, capture_output=True, check=True).stdout


# ---- A strict play of S3

def strict_sink(store, more=""):
    return (f'sink "trial" {{ type = "s3", bucket = "logs", region = "eu-west-1", endpoint = "{store.url}", '
            f'batch_events = 200, {more} }}')


KEYS = 'access_key = env "S3_ACCESS", secret_key = env "S3_SECRET"'


def strict_for(world):
    world.variables.update(S3_ACCESS="AKIDPOSTERN", S3_SECRET="not/a+real/secret")
    return StrictS3({"AKIDPOSTERN": "not/a+real/secret"})


def ids_of(store):
    return (name for content in list(store.objects.values()) for name in ids_in(gzip.decompress(content)))


def test_faults_of_every_kind(world):
    """Answers that are lost, slow down, fail, and an object that is there already, of a sink that never overwrites."""
    with strict_for(world) as store:
        store.faults.extend(["cut", refusal(503, "SlowDown", Retry_After="1"), refusal(500, "InternalError"), "cut",
                             refusal(409, "ConditionalRequestConflict"), "cut"] * 2)
        trial(world, strict_sink(store, KEYS + ', create_only = true, parallel = 3, headers = { ["x-amz-storage-class"] = "GLACIER_IR" }'),
              lambda: ids_of(store))
        check(store.last_headers["x-amz-storage-class"] == "GLACIER_IR" and "content-encoding" not in store.last_headers,
              f"{store.last_headers}")


def test_a_clock_that_is_off(world):
    with strict_for(world) as store:
        store.offset = datetime.timedelta(minutes=-40)
        journal = Journal(world, events=200)
        logged = world.run_once(journal.config(strict_sink(store, KEYS))).stderr
        check("requests go by the store's" in logged, logged[-2000:])
        check(journal.compare(ids_of(store)) == ([], 0, []), "the objects hold what was sent")


def test_advice(world):
    with strict_for(world) as store:
        journal = Journal(world, events=200)
        rows = ((strict_sink(store, KEYS).replace('"eu-west-1"', '"us-east-1"'), 1, ("region eu-west-1", 'et region = "eu-west-1"')),
                (strict_sink(store, KEYS).replace('"logs"', '"nowhere"'), 1, ("NoSuchBucket", "or make it")),
                (strict_sink(store, KEYS + ', key = "%{token}/%{nobody}"'), 78, ("no placeholder %{nobody}",)),
                (strict_sink(store, KEYS + ', key = "a/%{date}"'), 78, ("key must hold %{token}",)),
                (strict_sink(store), 78, ("access_key and secret_key are needed",)))
        for declared, code, words in rows:
            world.run_until(journal.config(declared), *words, code=code)
        world.run_once(journal.config(strict_sink(store, KEYS)))
        check(journal.compare(ids_of(store)) == ([], 0, []), "the objects hold what was sent")


def tested(world, config, store, *, good=True):
    """What `postern sink test` says, without a secret in it."""
    said = world.postern("sink", "test", "trial", "-c", config, code=0 if good else None)
    text = said.stdout + said.stderr
    check((said.returncode == 0) == good, text)
    check(not any(secret in text for secret in ("not/a+real", "Signature=", "guessed")), text)
    return text, [name for name in store.objects if "postern-test-" in name]


def test_probe_and_one_marked_event(world):
    with strict_for(world) as store:
        journal = Journal(world, events=100)
        config = journal.config(strict_sink(store, KEYS + ', key = "logs/%{source}/%{token}.%{suffix}"'))
        said, left = tested(world, config, store)
        check(not left and "in region eu-west-1" in said and "the same bytes" in said and "it was removed" in said, said)
        check("AbortIncompleteMultipartUpload" in said and "logs/postern-test-" in said, said)
        (name, content), = store.objects.items()
        check(b"postern_test" in gzip.decompress(content) and f"the event is the object {name}" in said, said)
        store.lifecycle, store.offset = "<R><AbortIncompleteMultipartUpload></R>", datetime.timedelta(minutes=5)
        said, _ = tested(world, config, store)
        check("clears incomplete uploads in parts away" in said and "its clock is " in said, said)
        store.rights, store.offset = set(), datetime.timedelta()
        said, left = tested(world, config, store)
        check(len(left) == 1 and "may not be read" in said and "may not be removed" in said, said)
        check("asking where the bucket is: the store answers 403" in said, said)


def test_probes_that_fail(world):
    with strict_for(world) as store:
        world.variables["S3_WRONG"] = "guessed"
        journal, wrong = Journal(world, events=100), KEYS.replace("S3_SECRET", "S3_WRONG")
        rows = ((strict_sink(store, wrong), ("SignatureDoesNotMatch", "check secret_key")),
                (strict_sink(store, KEYS).replace('"logs"', '"nowhere"'), ("NoSuchBucket", "or make it")),
                (strict_sink(store, KEYS).replace('"eu-west-1"', '"us-east-1"'), ("region eu-west-1", 'set region = "eu-west-1"')))
        for declared, words in rows:
            said, _ = tested(world, journal.config(declared), store, good=False)
            check(all(word in said for word in words), f"{words}: {said}")
        check(not store.objects, f"{list(store.objects)}")
        damaged = lambda handler: handler.answer(200, "something else")  # noqa: E731
        store.counts = lambda method, path: method == "GET" and "postern-test" in path
        store.faults.append(damaged)
        said, _ = tested(world, journal.config(strict_sink(store, KEYS)), store, good=False)
        check("gives back other bytes" in said and not store.objects, f"{said} {list(store.objects)}")


def test_a_role_whose_keys_run_out(world):
    """Keys of the machine's role, taken again when the store says that they are over."""
    with strict_for(world) as store:
        store.roles.extend([("ROLE1", "one", "token/1", 3600), ("ROLE2", "two", "token/2", 3600)])
        store.faults.extend([None, None, None, refusal(400, "ExpiredToken")])  # three questions for the keys come first
        world.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = store.url
        journal = Journal(world, events=300)
        world.run_once(journal.config(strict_sink(store, 'credentials = "instance"')))
        check(journal.compare(ids_of(store)) == ([], 0, []), "the objects hold what was sent")
        check(store.last_headers["x-amz-security-token"] == "token/2", f"{store.last_headers}")


def test_profile_and_environment(world):
    with strict_for(world) as store:
        journal = Journal(world, events=200)
        profiles = world.path / "credentials"
        profiles.write_text("[default]\naws_access_key_id = NOBODY\naws_secret_access_key = none\n\n[logs]\n"
                            "aws_access_key_id = AKIDPOSTERN\naws_secret_access_key=not/a+real/secret\n")
        missing = strict_sink(store, f'credentials = "profile", profile_file = "{profiles}", profile = "other"')
        refused = world.run_until(journal.config(missing), "in [other]")
        check("not/a+real" not in refused, refused[-2000:])
        world.run_once(journal.config(strict_sink(store, f'credentials = "profile", profile_file = "{profiles}", profile = "logs"')))
        check(journal.compare(ids_of(store)) == ([], 0, []), "the objects hold what was sent")


def test_parts(world):
    """A large object goes up in parts; a part that fails gives the upload up, and it is begun anew."""
    with strict_for(world) as store:
        journal = Journal(world, events=4000)
        blow = world.path / "blow.lua"
        blow.write_text('local padding = string.rep("x", 3000)\nreturn function(event) event.padding = padding return event end\n')
        store.counts = lambda method, path: "upload" in path
        store.faults.extend([None, refusal(500, "InternalError"), None] + [None, None, None, refusal(200, "InternalError")])
        more = KEYS + ', parallel = 1' ', compression = "none", multipart_size = "5MiB", key = "%{token}.%{suffix}"'
        large = strict_sink(store, more).replace("batch_events = 200", 'batch_events = 100000, batch_bytes = "6MiB", batch_wait = "5s"')
        daemon = world.daemon(journal.config(large, scripts=[blow]))

        def compared():
            return journal.compare(name for content in list(store.objects.values()) for name in ids_in(content))

        wait_until(lambda: not compared()[0], "all has arrived")
        daemon.stop()
        check(compared() == ([], 0, []), "the objects hold what was sent")
        check(len(store.aborted) == 2 and not store.uploads, f"what failed was given up: {store.aborted} {store.uploads}")
        check(max(map(len, store.objects.values())) > 5 << 20, f"{[len(one) for one in store.objects.values()]}")
