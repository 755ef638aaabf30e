"""The schema of the packaged maps is what the list of ECS fields makes of it, and every map has it."""
import pathlib

import schema
from harness import check

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "ecs"


def test_it_is_up_to_date(_world):
    check((SCRIPTS / "fields.lua").read_text() == schema.schema(), "run tests/ecs/schema.py > scripts/ecs/fields.lua")


def test_every_packaged_map_has_it(_world):
    maps = [file for file in sorted(SCRIPTS.glob("*.lua")) if "map {" in file.read_text() and not file.name.endswith("_test.lua")]
    check(len(maps) >= 7, maps)
    for file in maps:
        text = file.read_text()
        check(text.count("map {") == text.count('schema = postern.script "ecs/fields"'), f"{file.name} has a map without the schema")
