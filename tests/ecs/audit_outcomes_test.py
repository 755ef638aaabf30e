"""What the packaged mapping makes of audit events: the prose of their eventInfo, in the shapes that Mimecast writes."""
from outcome import ABSENT, ecs


def audit(world, *infos, **more):
    event = {"id": "a1", "auditType": "User Logged On", "user": "kim@example.org", "eventTime": "2026-10-02T07:15:00+0000", "category": "authentication_logs"}
    return ecs(world, [{**event, "eventInfo": info, **more} for info in infos], "--source", "audit")


def test_an_address_is_one_whatever_stands_behind_it(world):
    begin = "Signed in, welcome kim@example.org <Roe, Kim>, Date: 2026-10-02, Time: 07:15:00 GMT, "
    label, two, words, last, six = audit(
        world, begin + "IP: 198.51.100.23, Device: Phone, Application: Portal, Method: Cloud", begin + "IP: 198.51.100.23, 203.0.113.8, Application: Portal",
        "fine, Application: Portal, IP: 198.51.100.23 through a proxy", begin + "Application: Portal, IP: 198.51.100.23, Ticket: 12",
        begin + "IP: 2001:db8::5, Browser: Lynx")
    for one in (label, two, words, last):
        one.expect(client__ip="198.51.100.23", mimecast__application="Portal")
    for one in (label, words, last):
        one.expect(related__ip=["198.51.100.23"])
    two.expect(related__ip=["198.51.100.23", "203.0.113.8"])
    six.expect(client__ip="2001:db8::5", related__ip=["2001:db8::5"])


def test_labels_are_found_however_they_are_written(world):
    when = {"event__created": "2026-10-02T07:14:00.000Z"}
    blanks, doubled, prose, inline, port = audit(
        world, "kim@example.org tried to open the console without the permission, Date : 2026-10-02, Time : 07:14:00+0000, IP : 198.51.100.23, "
        "Application : Rest, Remote IP is 198.51.100.23",
        "No luck for kim@example.org <Kim>, Date: 2026-10-02, Time: 07:14:00 GMT, IP: : 198.51.100.23,, Application: POP-7, Reason: Too many tries",
        "The device of a user was enrolled, Remote IP is 198.51.100.23",
        "Made an entry for a log-on, emailAddress :com.example.Mail@7f[accountCode=C9,emailAddress=lou@example.net,id=4] remote IP : 198.51.100.23 application : Imap",
        "Signed in, Date: 2026-10-02, Time: 07:15:00 GMT, IP: 198.51.100.23:8443, Application: Portal")
    for one, application in ((blanks, "Rest"), (doubled, "POP-7"), (prose, ABSENT), (inline, "Imap"), (port, "Portal")):
        one.expect(client__ip="198.51.100.23", mimecast__application=application)
    blanks.expect(**when)
    doubled.expect(**when, event__reason="Too many tries")


def test_times_of_the_prose_with_their_zones(world):
    wanted = {"07:15:00 GMT": "07:15", "07:15:00+0000": "07:15", "03:15:00 GMT-04:00": "07:15", "17:15:00 GMT+10:00": "07:15", "07:15:00 AM GMT": "07:15",
              "20:15:00 NZDT": "07:15", "07:15:00 PM GMT": "19:15"}
    for (time, utc), one in zip(wanted.items(), audit(world, *(f"Signed in, Date: 2026-10-02, Time: {time}, IP: 198.51.100.23" for time in wanted)), strict=True):
        one.expect(event__created=f"2026-10-02T{utc}:00.000Z", client__ip="198.51.100.23")
    received, = audit(world, "Signed in, Date: 2026-10-02, Time: 07:15:00 of the clock, IP: 198.51.100.23")
    received.expect(event__created=lambda created: created != "2026-10-02T07:15:00.000Z", client__ip="198.51.100.23")


def test_a_file_is_one_that_the_prose_names(world):
    labelled, none, named = audit(
        world, "[Export type : Download,Name :overview,Requested By :kim@example.org,Export time :Fri Oct 02 07:15:00 GMT 2026,IP Address :198.51.100.23,"
        "Columns exported :Name|Role|,File name : overview_of_roles_9.csv,File Size: 512,File type : .csv], Date: 2026-10-02, Time: 07:15:00+0000, "
        "IP: 198.51.100.24, Application: console",
        "Export of a mailbox downloaded. Download filename (Text Report recovery id): zYx9 by kim@example.org, Date: 2026-10-02, Time: 07:15:00+0000, IP: 198.51.100.23",
        "Report download requested from desk.example.org by kim@example.org - autumn.xlsx, IP: 198.51.100.23", auditType="Report Download")
    labelled.expect(file__name="overview_of_roles_9.csv", file__extension="csv", file__size=512)
    none.expect(file=ABSENT)
    named.expect(file__name="autumn.xlsx", file__extension="xlsx")


def test_who_wrote_to_whom_about_what(world):
    one, = audit(world, "Viewed Message - Source: Archive, From: <Lou Poe> lou@example.net, To: <Kim Roe> kim@example.org, Subject: Plan: second part, "
                 "Processed: 2026-09-20 07:59:23+0000, Viewed Content: True, Date: 2026-10-02, Time: 07:15:00+0000, IP: 198.51.100.23, Application: review",
                 auditType="Message Action", category="case_review_logs")
    one.expect(email__from__address=["lou@example.net"], email__to__address=["kim@example.org"], email__subject="Plan: second part",
               client__ip="198.51.100.23", event__created="2026-10-02T07:15:00.000Z")


def test_fields_of_the_vendor_with_names_of_ours_stay(world):
    one, = audit(world, "Signed in, Application: Portal, Method: Cloud", application="their-app", method="their-method", unparsed="their-mark", **{"2FA": "their-2fa"})
    one.expect(mimecast__application="Portal", mimecast__method="Cloud").holds("their-app", "their-method", "their-mark", "their-2fa")


def test_what_an_audit_is_by_whole_words(world):
    def shown(audit_type):
        return audit(world, "Something, IP: 198.51.100.23", auditType=audit_type)[0]

    shown("User Logged On").expect(event__category=["authentication"], event__type=["start"], event__outcome="success")
    shown("Logon Authentication Failed").expect(event__category=["authentication"], event__type=["start"], event__outcome="failure")
    shown("Logon Requires Challenge").expect(event__category=["authentication"], event__outcome=lambda outcome: outcome in ("unknown", ABSENT))
    shown("Existing Authentication Profile Changed").expect(event__category=["configuration"], event__type=["change"])
    shown("Address Book Opened").expect(event__type=lambda types: "creation" not in types)
    shown("Subscription Renewed").expect(event__type=lambda types: "creation" not in types)
    shown("User Account Unlocked").expect(event__outcome=lambda outcome: outcome != "failure")


def test_prose_without_end_is_mapped(world):
    """It would be ended by the time that a script may take, were the work more than the text."""
    for piece in ("a: ", ":", "IP: ", "Date : x, ", "x, Subject: ", "<", "<a@b> ", "@"):
        one, = audit(world, piece * 40_000 + ", IP: 198.51.100.23")
        one.expect(mimecast__eventInfo=lambda text: len(text) > 40_000)
