"""scripts/README.md says what the packaged maps do: each alert rule is tried, and the tables name what the maps name."""
import json
import re

from harness import ROOT, check

PAGE = (ROOT / "scripts/README.md").read_text()
FILES = {"siem": "siem", "ttp-url": "ttp_url", "ttp-attachment": "ttp_attachment", "ttp-impersonation": "ttp_impersonation", "dlp": "dlp",
         "audit": "audit", "siem-ci": "siem_ci", "held-release": "held_release", "rejections": "rejections", "hold-queue": "hold_queue",
         "archive-search": "archive_search", "archive-view": "archive_view", "remediation": "remediation", "threat-intel": "threat_intel",
         "reported-emails": "reported_emails", "threat-events": "threat_events"}
# Whose events are never alerts.
QUIET = {"audit", "held-release", "hold-queue", "archive-search", "archive-view", "remediation", "threat-intel"}


def section(title):
    """The rows of the first table behind a heading, as lists of cells."""
    text = re.split(r"\n#+ ", PAGE.split(f"# {title}\n", 1)[1], maxsplit=1)[0]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def names(cell):
    return re.findall(r"`([^`]+)`", cell)


def event_of(field, value):
    """{"a": {"b": value}} for "a.b"."""
    for name in reversed(field.split(".")):
        value = {name: value}
    return value


def kinds(world, source, events):
    file = world.path / "events.ndjson"
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    done = world.postern("map", "-s", "ecs", "--source", source, file)
    return [json.loads(line)["event"]["kind"] for line in done.stdout.splitlines()]


def test_each_alert_rule_holds_and_nothing_else_makes_one(world):
    rules = section("Alerts")
    check(len(rules) >= 9 and {rule[0] for rule in rules} == set(FILES) - QUIET, rules)
    for source in FILES:
        mine = [(name, values.partition(", and not")[0]) for of, field, values in rules if of == source for name in names(field)]
        events = [event_of(field, value) for field, values in mine for value in names(values) or ["x"]]
        events += [event_of(field, value.upper()) for field, values in mine for value in names(values)]
        found = kinds(world, source, events)
        check(found == ["alert"] * len(events), f"{source}: {list(zip(events, found))}")
        # Other values of these fields, and none of them.
        others = [event_of(field, value) for field, values in mine for value in (["no", ""] if names(values) else ["", None, []])]
        others += [{"url": "N/A"}] # as Mimecast writes that there is none
        found = kinds(world, source, others + [{"subject": "x", "Subject": "x", "user": "x"}])
        check(set(found) == {"enrichment" if source == "threat-intel" else "event"}, f"{source}: {list(zip(others, found))}")


def test_the_tables_name_what_the_maps_name(world):
    shared = (ROOT / "scripts/ecs/common.lua").read_text()
    common = {f"url.{part}" for part in re.findall(r"url\.([a-z_]+)", shared)}
    of_user = set(re.findall(r'"(user\.[a-z_]+)"', shared))
    check(all(f"`{name}`" in PAGE for name in common), common)
    for source, file in FILES.items():
        script = (ROOT / f"scripts/ecs/{file}.lua").read_text()
        rows = section(source)
        fields = {name for row in rows for cell in row[:-1] for name in names(cell)}
        unknown = {name for name in fields if f'"{name.lower()}"' not in script.lower()}
        check(not unknown, f"{source} has no field {unknown}")
        written = set(re.findall(r'^  \{ "([@a-z_0-9]+\.[A-Za-z_.0-9]+)"', script, re.M)) | (of_user if "common.user(" in script else set())
        told = {name for row in rows for name in names(row[-1]) if "." in name}
        base = {"event.kind", "event.created", "event.id"}
        missing = {name for name in written - base if not any(name == one for one in told) and not name.startswith("mimecast.")}
        check(not missing, f"{source}: the page lacks {missing}")
        invented = {name for name in told - base if name not in written and not name.startswith(("url.", "mimecast.")) and f'"{name}"' not in script}
        check(not invented, f"{source}: no map writes {invented}")
