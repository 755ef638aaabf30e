"""Each log of the mail gateway under the name that dashboards know, from what the vendor serves to the delivered line."""
import collections
import json

from harness import check

NAMES = {"receipt", "process", "delivery", "jrnl", "avlog", "spam", "url-protect", "attachment-protect", "impersonation-protect",
         "internal-email-protect"}


def test_every_log_type_arrives_under_its_name(world):
    simulator = world.simulate("--events", "3000", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), transform='"ecs"')
    world.run_once(config)
    names, datasets = collections.Counter(), {}
    for file in world.output.glob("acme/*.ndjson"):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        datasets[file.stem] = {line["event"]["dataset"] for line in lines}
        if file.stem == "siem":
            names.update(line["mimecast"]["log_type"] for line in lines)
    check(set(names) == NAMES, f"{names}")
    check(datasets == {"siem": {"mimecast.siem_logs"}, "audit": {"mimecast.audit_events"}, "dlp": {"mimecast.dlp_logs"},
                       "ttp-url": {"mimecast.ttp_url_logs"}, "ttp-attachment": {"mimecast.ttp_ap_logs"},
                       "ttp-impersonation": {"mimecast.ttp_ip_logs"}}, f"{datasets}")
