"""Every event of every type that the simulator has passes the packaged mapping: a right document, of the dataset of its source."""
import json
import pathlib

import mapped
import pairs
import simulated
from check import Checker
from harness import check

DATASETS = {"siem": "siem_logs", "siem-ci": "cloud_integrated_logs", "audit": "audit_events", "ttp-url": "ttp_url_logs",
            "ttp-attachment": "ttp_ap_logs", "ttp-impersonation": "ttp_ip_logs", "dlp": "dlp_logs", "held-release": "message_release_logs",
            "rejections": "rejection_logs", "hold-queue": "hold_queue", "archive-search": "archive_search_logs",
            "archive-view": "archive_view_logs", "remediation": "remediation_incidents", "threat-intel": "threat_intel_malware_grid",
            "reported-emails": "reported_emails", "threat-events": "threat_events"}
TYPES_OF_STIX = {"indicator", "malware", "relationship", "observed-data"}


def expect_right(world, lines):
    checker = Checker()
    out = mapped.map_events(world.program("postern"), lines, pathlib.Path(world.path), world.environment())
    for line, one in zip(lines, out, strict=True):
        check(isinstance(one, bytes), f"{one}: {line}")
        document, about = checker.check(one), json.loads(line)["postern"]
        check(document["event"]["dataset"] == "mimecast." + DATASETS[about["source"]], f"the dataset of {line}")
        check(document.get("tags") != ["no_event_time"] or about["source"] in ("siem", "hold-queue"), f"no time: {one}")
    check(not list(checker.report()), lambda: "\n".join(checker.report()))


def test_events_of_all_sources(world):
    lines = simulated.corpus(world, "--sources", "all", "--events", "4000" if world.sanitized else "40000")
    told = [json.loads(line)["postern"] for line in lines]
    check({one["source"] for one in told} == set(DATASETS), f"{ {one['source'] for one in told} ^ set(DATASETS)}")
    check({one["type"] for one in told if one["source"] == "threat-intel"} == TYPES_OF_STIX, "each sort of STIX object")
    expect_right(world, [line.replace(b'{"postern":{', b'{"postern":{"stream":"threat-intel-malware-grid",', 1) for line in lines])


def test_mail_events_of_api_2(world):
    expect_right(world, [pairs.line(log_type, two, f"siem-{log_type}") for log_type, _, two in simulated.pairs(world, 2_000, 5)])
