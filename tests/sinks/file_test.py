"""The file sink keeps its place in its committed state: exactly once, whenever Postern dies."""
import os
import subprocess

from harness import check, wait_until
from trial import Journal, ids_in, trial


def test_kills_lose_and_repeat_nothing(world):
    folder = world.path / "trial"
    sink = f'sink "trial" {{ type = "file", path = "{folder}/%{{source}}.ndjson", batch_events = 100 }}'
    trial(world, sink, lambda: (name for file in folder.glob("*.ndjson") for name in ids_in(file.read_bytes())))


def ids_below(folder):
    """Of all files there, plain or packed."""
    for file in folder.rglob("*"):
        if file.is_file():
            unpack = {".gz": ["gzip", "-dc"], ".zst": ["zstd", "-dcq"]}.get(file.suffix, ["cat"])
            yield from ids_in(subprocess.run([*unpack, file], check=True, capture_output=True).stdout)


def test_kills_while_files_are_packed_and_handed_over(world):
    folder, out = world.path / "trial" / "log", world.path / "trial" / "out"
    out.mkdir(parents=True)
    sink = (f'sink "trial" {{ type = "file", path = "{folder}/%{{account}}/%{{source}}.ndjson", batch_events = 100, rotate_size = "32KiB", '
            f'compress = "zstd", hand_over = "{out}" }}')
    trial(world, sink, lambda: ids_below(world.path / "trial"))
    handed = [file.name for file in out.iterdir()]
    check(len(handed) > 3 and all(name.startswith("acme%2F") and name.endswith(".zst") for name in handed), handed)
    left = [file.name for file in folder.rglob("*") if file.is_file() and not file.name.endswith(".ndjson")]
    check(not left, f"finished files were not handed over: {left}")


def test_a_packed_file_has_the_time_of_its_last_line(world):
    """It is packed long after that: Postern died between renaming and packing."""
    folder, out, then = world.path / "trial" / "log", world.path / "trial" / "out", 1769903999  # 2026-01-31T23:59:59Z
    out.mkdir(parents=True)
    journal = Journal(world, events=300)
    config = journal.config(f'sink "trial" {{ type = "file", path = "{folder}/all.ndjson", batch_events = 50, rotate_size = "8KiB", '
                            f'compress = "gzip", hand_over = "{out}" }}')
    daemon = world.daemon(config, environment={"POSTERN_FAILPOINT": "file-after-rename:1"})
    daemon.wait()
    os.utime(folder / "all.ndjson.1", (then, then))
    world.run_once(config)
    packed = out / "all.ndjson.20260131T235959Z.1.gz"
    check(packed.exists() and packed.stat().st_mtime == then, f"{[file.name for file in out.iterdir()]}")
    check(not any(journal.compare(ids_below(world.path / "trial"))), "not what was sent")


def test_what_hinders_a_hand_over_is_advice_and_nothing_is_lost(world):
    folder, out = world.path / "trial" / "log", world.path / "trial" / "out"
    journal = Journal(world, events=600)
    config = journal.config(f'sink "trial" {{ type = "file", path = "{folder}/%{{source}}.ndjson", batch_events = 50, '
                            f'rotate_size = "8KiB", sync = "none", hand_over = "{out}" }}')
    daemon = world.daemon(config)
    wait_until(lambda: any("cannot open the pick-up folder" in one.get("error", "") for one in world.status(config)["deliveries"]),
               "the missing folder is told")
    check(daemon.stop()[0] == 0, daemon.logged())
    out.mkdir(parents=True)
    world.run_once(config)
    check(not any(journal.compare(ids_below(world.path / "trial"))), "not what was sent")
    check(len(list(out.iterdir())) > 3, "nothing was handed over")
