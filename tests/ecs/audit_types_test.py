"""The table of audit types: it knows what the simulator sends and what has been seen of Mimecast, and says what ECS allows."""
import pathlib
import re

from check import Checker
from harness import check
from outcome import ABSENT, ecs

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Audit types that have been seen, with the category that came with them.
SEEN = {
    "User Logged On": "authentication_logs", "Logon Requires Challenge": "authentication_logs", "Logon Authentication Failed": "authentication_logs",
    "Mimecast Support Login": "mimecast_access_logs", "Message Action": "case_review_logs", "Search Action": "case_review_logs",
    "Case Action": "case_review_logs", "Review Set Action": "case_review_logs", "Completed Directory Sync": "account_logs",
    "Page Data Exports": "account_logs", "Remediation Incident Adjustment": "account_logs", "Existing Archive Task Changed": "archive_service_logs",
    "Archive Mailbox Restore": "archive_service_logs", "Archive Mailbox Export Download": "archive_service_logs",
    "Connectors Management": "integrations_and_apis", "Custom Report Definition Created": "reporting_logs", "Report Download": "reporting_logs",
    "Threat Intel Feed Download": "reporting_logs", "Folder Log Entry": "profile_group_logs", "User Password Changed": "user_account_and_role_logs",
    "Existing Authentication Profile Changed": "account_logs",
}


def table():
    text = (ROOT / "scripts/ecs/audit_types.lua").read_text()
    return set(re.findall(r'^  \["([^"]+)"\] = [A-Z_]+,', text, re.MULTILINE))


def simulated():
    text = (ROOT / "tests/simulator/event_audit.c").read_text()
    return dict(re.findall(r'\{"([^"]+)", "(\w+_logs)", "', text))


def test_the_table_knows_what_is_sent(_world):
    check(len(simulated()) >= 5, f"the sentences of the simulator: {simulated()}")
    missing = (set(SEEN) | set(simulated())) - table()
    check(not missing, f"not in scripts/ecs/audit_types.lua: {sorted(missing)}")


def test_every_kind_is_what_ecs_allows(world):
    types = sorted(table()) + ["Console Logon Denied", "Session Logged Off", "New Role Added", "Address Removed", "Something Else", "", "x" * 5000]
    events = [{"id": "a1", "auditType": name, "eventTime": "2026-10-02T07:15:00+0000", "category": SEEN.get(name, "account_logs")} for name in types]
    checker = Checker()
    for name, one in zip(types, ecs(world, events, "--source", "audit"), strict=True):
        checker.check(one.line)
        is_logon = one.at("event.category") == ["authentication"]
        check(is_logon == (one.at("event.outcome") != ABSENT), f"{name}: only a log-on has an outcome: {one.line}")
    check(not list(checker.report()), list(checker.report()))
