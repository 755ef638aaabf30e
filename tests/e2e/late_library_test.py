"""What is loaded when it is needed and not there: said before anything rests on it, and no matter to commands that do not need it."""
from harness import check


def test_without_a_good_libarchive(world):
    simulator = world.simulate("--events", "50", "--history", "2h")
    config = world.config(world.account(simulator, "acme"))
    libraries = world.path / "libraries"
    libraries.mkdir()
    for number in range(10, 30):
        (libraries / f"libarchive.so.{number}").write_text("no library")
    environment = {"LD_LIBRARY_PATH": str(libraries)}
    run = world.postern("run", "--once", "-c", config, code=78, environment=environment)
    check("zip archives cannot be unpacked: " in run.stderr and "it is in the package libarchive" in run.stderr, run.stderr)
    mapped = world.postern("map", stdin='{"a":1}\n', environment=environment).stdout
    check(mapped == '{"a":1}\n', mapped)
    world.run_once(config)
    check(any(world.events("acme/siem.ndjson")), "with the library that is there zips are unpacked")
