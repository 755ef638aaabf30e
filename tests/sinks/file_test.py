"""The file sink keeps its place in its committed state: exactly once, whenever Postern dies."""
from trial import ids_in, trial


def test_kills_lose_and_repeat_nothing(world):
    folder = world.path / "trial"
    sink = f'sink "trial" {{ type = "file", path = "{folder}/%{{source}}.ndjson", batch_events = 100 }}'
    trial(world, sink, lambda: (name for file in folder.glob("*.ndjson") for name in ids_in(file.read_bytes())))
