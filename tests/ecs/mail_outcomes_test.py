"""What the packaged mapping makes of mail: attachments, sizes, texts that are no Unicode, names twice, times, log types, URLs."""
import json
import re

from harness import ROOT, check
from outcome import ABSENT, ecs

EVENT = {"datetime": "2026-10-02T09:15:00+0200", "aCode": "k", "acc": "C9"}
TYPE_NAMES = re.compile(r"^\s*\[\w+\] = \"([a-z-]+)\",$", re.M)


def siem(world, *events, log_type=""):
    return ecs(world, [event if isinstance(event, bytes) else {**EVENT, **event} for event in events], "--source", "siem", "--type", log_type)


def files(document):
    attachments = document.at("email.attachments")
    return [] if attachments == ABSENT else [attachment["file"] for attachment in attachments]


def test_each_log_type_of_the_module_is_known(world):
    others = {"av": "avlog", "ttp-url": "url-protect", "ttp-attachment": "attachment-protect", "impersonation": "impersonation-protect",
              "iep": "internal-email-protect"}
    names = TYPE_NAMES.findall((ROOT / "modules/mimecast/siem_type.c").read_text())
    check(len(names) == 10 and set(others) <= set(names), f"{names}")
    for name in names:
        siem(world, {}, log_type=name)[0].expect(mimecast__log_type=others.get(name, name))


def test_attachments_are_those_that_have_names(world):
    counted, listed, comma, quotes, empty, null, brackets, one_in_brackets = siem(
        world, {"Delivered": True, "Attempt": 2, "AttCnt": 4, "AttSize": 70123, "IP": "198.51.100.23"},
        {"AttNames": ["plan.odt", "map.png"], "AttCnt": 2, "AttSize": 70123, "MsgSize": 90000}, {"AttNames": "Plan, second part.odt", "AttCnt": 1, "AttSize": 70123},
        {"AttNames": '"the "new" plan.odt", "map.png"', "AttCnt": 2, "AttSize": 70123}, {"AttNames": "[]", "AttCnt": 0, "AttSize": 0},
        {"AttNames": "null", "AttCnt": 0, "AttSize": 0}, {"AttNames": "[plan.odt, map.png]", "AttCnt": 2, "AttSize": 70123},
        {"AttNames": "[plan.odt]", "AttCnt": 1, "AttSize": 70123})
    two = [{"name": "plan.odt"}, {"name": "map.png"}]

    def names(document):
        return [{"name": file["name"]} for file in files(document)]

    check(files(counted) == [], counted.line)
    counted.expect(mimecast__AttSize=70123)
    for one in (listed, brackets):
        check(names(one) == two and not any("size" in file for file in files(one)), one.line)
    check(names(comma) == [{"name": "Plan, second part.odt"}] and files(comma)[0]["size"] == 70123, comma.line)
    check(names(quotes) == [{"name": 'the "new" plan.odt'}, {"name": "map.png"}], quotes.line)
    check(files(empty) == files(null) == [], empty.line + null.line)
    check(names(one_in_brackets) == two[:1] and files(one_in_brackets)[0]["size"] == 70123, one_in_brackets.line)


def test_a_size_that_is_no_attachments_stays(world):
    for document in siem(world, {"AttNames": "plan.odt, map.png", "AttSize": 70123}, {"AttNames": "plan.odt, map.png", "AttSize": 70123, "AttCnt": 1},
                         {"AttNames": ["plan.odt", "map.png"], "AttSize": "70123", "AttCnt": 2}, {"AttSize": 70123, "AttCnt": 9}):
        document.holds("70123")


def test_a_size_is_one_that_a_file_can_have(world):
    for size in ("88888888888888888888", -7, "-7", 1.5, "7 MB"):
        document, = siem(world, {"fileName": "plan.odt", "Size": size})
        document.expect(mimecast__Size=size)
        check(all("size" not in file for file in files(document)), document.line)


def test_thousands_of_attachments_are_mapped(world):
    quoted = ", ".join(f'"plan {i}.odt"' for i in range(10_000))
    plain, listed, odd = siem(world, {"AttNames": quoted, "AttCnt": 10_000}, {"AttNames": [f"plan {i}.odt" for i in range(10_000)]}, {"AttNames": '"' * 40_000 + ", " * 40_000})
    check([file["name"] for file in files(plain)] == [f"plan {i}.odt" for i in range(10_000)], "each name once, in their order")
    check(len(files(listed)) == 10_000, "each name of the list")
    odd.expect(event__kind="event")


def test_what_is_no_unicode_is_made_so(world):
    begin = b'{"datetime":"2026-10-02T09:15:00+0200","aCode":"k","acc":"C9",'
    bytes_, half, low, pair = siem(world, begin + b'"Subject":"th\xe9 froid","odd":"\xff\xfe","k\xe9y":1}', begin + b'"Subject":"half \\ud83d","\\ud83d":1}',
                                   begin + b'"Subject":"\\udc00 low","Act":"\\udc00"}', begin + b'"Subject":"whole \\ud83d\\ude00"}')
    bytes_.line.decode("utf-8")
    bytes_.expect(email__subject="th\ufffd froid", mimecast__odd="\ufffd\ufffd").holds("k\ufffdy")
    half.expect(email__subject="half \ufffd")
    low.expect(email__subject="\ufffd low")
    pair.expect(email__subject="whole \U0001f600")
    for document in (bytes_, half, low):
        json.dumps(document.top, ensure_ascii=False).encode()  # no half is left


def test_a_field_has_one_type(world):
    theft = {"CredentialTheftTags": ["B"]}
    documents = siem(world, {"url": "https://a.example/", "credentialTheft": theft}, {"url": "https://a.example/", "credentialTheft": json.dumps(theft)},
                     {"SpamProcessingDetail": {"spf": {"info": "X", "allow": True}}}, {"SpamProcessingDetail": '{"spf":{"info":"X","allow":true}}'},
                     {"SpamProcessingDetail": json.dumps('{"spf":{"info":"X","allow":true}}')}, {"SpamProcessingDetail": '{"spf":{"info":"CUT'},
                     {"SpamProcessingDetail": "null"}, {"credentialTheft": "null"}, {"SpamProcessingDetail": ["LIST"]}, {"credentialTheft": 70123})
    for document in documents:
        document.expect(mimecast__SpamProcessingDetail=lambda value: value == ABSENT or isinstance(value, dict),
                        mimecast__credentialTheft=lambda value: value == ABSENT or value == theft)
    for document in documents[:2]:
        document.expect(mimecast__credentialTheft=theft)
    for document in documents[2:5]:
        document.expect(mimecast__SpamProcessingDetail={"spf": {"info": "X", "allow": True}})
    documents[5].holds("CUT")
    documents[8].holds("LIST")
    documents[9].holds("70123")


def test_no_name_stands_twice(world):
    def members(pairs):
        check(len({name for name, _ in pairs}) == len(pairs), f"a name twice: {pairs}")
        return dict(pairs)

    begin = b'{"datetime":"2026-10-02T07:15:00Z",'
    twice, ours, inner = siem(world, begin + b'"x":"one","x":"two","x":null}', begin + b'"log_type":"theirs","Act":"Acc","Act":"Rej"}',
                              begin + b'"o":{"y":"one","y":"two"},"mimecast":{"log_type":"theirs"}}', log_type="receipt")
    for document in (twice, ours, inner):
        json.loads(document.line, object_pairs_hook=members)
        document.expect(mimecast__log_type="receipt")
    for document in (twice, inner):
        document.holds("one", "two")
    ours.expect(event__action="Acc").holds("theirs", "Rej")
    inner.holds("theirs")


def test_a_time_is_read_or_said_to_be_unreadable(world):
    read = siem(world, *({"datetime": time} for time in ("2026-10-02T07:15:00 GMT", "Fri, 02 Oct 2026 07:15:00 GMT", "2026-10-02T09:15:00+0200")))
    for document in read:
        document.expect(**{"@timestamp": "2026-10-02T07:15:00.000Z"}, tags=ABSENT)
    for document in siem(world, *({"datetime": time} for time in ("2026-10-02", "yesterday", "2026-13-02T07:15:00Z", {"at": 7}))):
        document.expect(tags=["no_event_time"])
    seconds, = siem(world, {"datetime": 1790925300})
    seconds.expect(**{"@timestamp": lambda time: not time.startswith("1970")}, tags=lambda tags: tags == ABSENT or tags == ["no_event_time"])


def test_urls_are_read_as_far_as_they_can_be(world):
    click = {"date": "2026-10-02T07:15:00+0000", "userEmailAddress": "kim@example.org"}
    port, mail = ecs(world, [{**click, "url": "https://bad.example:70000/a"}, {**click, "url": "mailto:kim@example.org"}], "--source", "ttp-url")
    port.expect(url__domain="bad.example", related__hosts=["bad.example"], url__port=ABSENT, url__original="https://bad.example:70000/a")
    mail.expect(url__extension=ABSENT, url__original="mailto:kim@example.org")


def test_extensions_and_hashes_are_what_they_are_called(world):
    attachment = {"date": "2026-10-02T07:15:00+0000", "senderAddress": "kim@example.org", "actionTriggered": "none"}
    name, short, long = ecs(world, [{**attachment, "fileName": "Plan v2.7 second part", "fileHash": "0cc175b9c0f1b6a831c399e269772661"},
                                    {**attachment, "fileName": "plan.tar.gz", "fileHash": "abc"}, {**attachment, "fileName": "plan.odt", "fileHash": "a" * 64}],
                            "--source", "ttp-attachment")
    check("extension" not in files(name)[0] and "sha256" not in files(name)[0].get("hash", {}), name.line)
    name.holds("0cc175b9c0f1b6a831c399e269772661")
    check(files(short)[0]["extension"] == "gz" and "hash" not in files(short)[0], short.line)
    short.expect(mimecast__fileHash="abc", related__hash=ABSENT)
    check(files(long)[0]["hash"] == {"sha256": "a" * 64}, long.line)


def test_the_source_of_an_event_is_found(world):
    audit = {"id": "a1", "auditType": "User Logged On", "user": "kim@example.org", "eventTime": "2026-10-02T07:15:00+0000", "eventInfo": "Signed in",
             "category": "authentication_logs"}
    about = {"account": "acme", "source": "audit", "stream": "audit", "type": "", "id": "0" * 32, "received": 1790925400000, "time": 1790925300000}
    wide = json.dumps({"postern": about, "event": audit}, indent=1).replace("\n", " ").encode()
    for document in ecs(world, [audit, {"postern": about, "event": audit}, wide, b"  " + wide]):
        document.expect(event__dataset="mimecast.audit_events", **{"@timestamp": "2026-10-02T07:15:00.000Z"}, mimecast__postern=ABSENT)


def test_records_of_api_2_have_one_type_whatever_form_they_come_in(world):
    verdict, link = {"spf": {"info": "X", "allow": True}}, {"malicious": ["B"]}
    for text in (verdict, json.dumps(verdict), json.dumps(json.dumps(verdict))):
        one, = siem(world, {"spamProcessingDetail": text, "spamScore": "7", "numberAttachments": 2, "taggedMalicious": "true"}, log_type="receipt")
        one.expect(mimecast__SpamProcessingDetail=verdict, mimecast__spamScore=7, mimecast__numberAttachments=2, mimecast__taggedMalicious=True)
    for analysis in (link, json.dumps(link)):
        siem(world, {"url": "https://a.example/", "analysis": analysis}, log_type="ttp-url")[0].expect(mimecast__analysis=link)
    to = ["kim@example.org", "lou@example.net"]
    for name, value in (("recipients", to), ("recipients", ", ".join(to)), ("recipient", to), ("RECIPIENTS", ",".join(to))):
        siem(world, {name: value}, log_type="av")[0].expect(email__to__address=to)
