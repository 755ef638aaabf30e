"""Prose of audit events: a sentence and labelled pieces, good and hostile, in any order."""

SENTENCES = ("Successful authentication for {address} <{name}>", "Failed authentication for {address} <{name}>", "User created: {address}",
             "Policy \"Block, all | of = it\" changed by {address}", "[Export type : Download,Name :{name},Requested By :{address}]",
             "Mailbox export downloaded. Download filename (HTML Report recovery id): {name} by {address}", "Logon address renewed",
             "Viewed Message - Source: Search", "Report download requested from portal.example.com by {address} - {name}.pdf",
             "Creating the entry for failed authentication, emailAddress :com.example.Address@4a[accountCode=C1,emailAddress={address},id=2]",
             "", "{name}", "Export {name}.xlsx and {name}.csv downloaded", "How To: read {name}: a, b: c")
LABELS = ("Date: {date}", "Date : {date}", "Time: {time}", "Time : {time}", "IP: {ip}", "IP : {ip}", "IP: : {ip},", "IP: {ip}:443", "IP Address :{ip}",
          "Remote IP is {ip}", "remote IP : {ip} application : {name}", "IP: {name}", "IP: {ip}, 198.51.100.9", "IP: {ip} via {name}", "IP:", "IP: ,",
          "Application: {name}", "Application : {name}", "Method: {name}", "2FA: {name}", "Reason: {name}", "Browser: {name}", "Session: {name}",
          "From: <Bob Doe> {address}", "From: {name}", "To: <Ann Lee> {address}", "To: {address}, {address}", "Subject: {name}: again", "Subject: From: {name}",
          "Processed: 2026-11-20 07:59:23+0000", "Viewed Content: True", "File name : {name}.xlsx", "File Size: {size}", "Size: {size}", "File type : .xlsx",
          "Filename: {name} final", "File: \"{name}, b.pdf\"", "New Value: {name}", "{name}: {name}", ":{name}", "::", "Export time :Thu Nov 26 09:00:00 GMT 2026")
DATES = ("2026-11-26", "2026-02-31", "26/11/2026", "")
CLOCKS = ("09:00:00 GMT", "09:00:00+0000", "09:00:00 GMT-04:00", "09:00:00 GMT+10:00", "09:00:00 NZDT", "09:00:00 AM EST", "9:00:00 PM", "25:61:61", "09:00:00 {name}", "")
SIZES = ("6864", "-1", "99999999999999999999", "12 MB", "{name}", "")
SEPARATORS = (", ", ", ", ", ", ",", ",, ", " ", "; ", "\n", ",Date")


def fill(make, pattern):
    """Fills one blank after the other, so that each gets a mark of its own."""
    makers = {"{date}": lambda: make.pick(DATES), "{time}": lambda: make.pick(CLOCKS), "{size}": lambda: make.pick(SIZES), "{ip}": make.ip,
              "{address}": make.marked_address, "{name}": make.mark}
    for blank, value in makers.items():
        while blank in pattern:
            pattern = pattern.replace(blank, value(), 1)
    return pattern


def sentence(make):
    text = fill(make, make.pick(SENTENCES))
    for _ in range(make.below(8)):
        text += make.pick(SEPARATORS) + fill(make, make.pick(LABELS))
    return text
