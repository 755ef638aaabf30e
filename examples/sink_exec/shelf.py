#!/usr/bin/env python3
"""A whole sink in Python: events into a database, each once. What it answers and why stands in modules/exec/protocol.md.

    sink "mine" { type = "exec", program = "/usr/local/lib/postern/shelf.py", arguments = { "/var/lib/mine/shelf.db" } }
"""
import json
import sqlite3
import sys

shelf = sqlite3.connect(sys.argv[1])
shelf.execute("CREATE TABLE IF NOT EXISTS mails (id TEXT PRIMARY KEY, sender TEXT, event TEXT)")
shelf.commit()


def answer(**words):
    print(json.dumps(words), flush=True)  # Postern waits for it


for line in sys.stdin:
    message = json.loads(line)
    if "end" in message:  # of a batch: now its events are to be safe
        try:
            shelf.commit()
            answer(ok="all")
        except sqlite3.OperationalError as trouble:  # a full disk, a lock: it passes
            shelf.rollback()
            answer(retry="all", after=5, reason=str(trouble))
    elif "event" not in message:
        answer(reject=message["id"], reason="a ready line has no place on the shelf")
    else:  # it may have come before: after a crash, or when an answer got lost
        shelf.execute("INSERT OR IGNORE INTO mails VALUES (?, ?, ?)",
                      (message["id"], message["event"].get("Sender"), json.dumps(message["event"])))
