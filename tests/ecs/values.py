"""Values for the fields of an event, as bytes of JSON: good ones of each kind, and hostile ones.

A text that could get lost holds a mark: a word of its own, which must stand somewhere in what comes out. In every other place an
event holds the same few values, so that a mark is found only where its value went."""
import json

import prose

LONG = 100_000
WORDS = ("Acc", "Rej", "Hld", "Bnc", "Sdbx", "Ign", "none", "N/A", "hold", "block", "notification", "Continue", "authentication_logs", "account_logs")
TIMES = ("2026-11-26T09:00:00+0000", "2026-11-26T05:00:00-0400", "2026-11-26T09:00:00Z", "2026-11-26T9:05:31+0000", "2026-11-26T10:00:00+01:00")
AUDIT_TYPES = ("User Logged On", "User Logged Off", "Logon Authentication Failed", "Logon Requires Challenge", "Policy Changed", "New Policy",
               "Existing Authentication Profile Changed", "Search Action", "Message Action", "Page Data Exports", "New User Created",
               "Existing User Deleted", "Archive Mailbox Export Download", "Report Download", "Account Unlocked", "API Application Created",
               "Mail Address Renewed")


class Maker:
    """Makes values; `random` decides, `marks` gathers the marks of the event that is being made."""

    def __init__(self, random):
        self.random, self.marks, self.number = random, [], 0

    def mark(self):
        self.number += 1
        mark = f"q{self.number:07d}z"
        self.marks.append(mark.encode())
        return mark

    def marked_number(self):
        self.number += 1
        number = 900_000_000 + self.number
        self.marks.append(str(number).encode())
        return number

    def begin(self):
        self.marks = []

    def pick(self, choices):
        return choices[int(self.random.random() * len(choices))]

    def below(self, limit):
        return int(self.random.random() * limit)

    def ip(self):
        return self.pick((f"192.0.2.{self.below(256)}", f"2001:db8::{self.below(65536):x}"))

    def marked_address(self):
        return f"{self.mark()}@example.{self.pick(('com', 'net', 'org'))}"


def text(value):
    return json.dumps(value, ensure_ascii=False).encode()


# ---- Good values ----

def header_from(make):
    return make.pick(("{1}", "Ann {0} <{1}>", '"Lee, {0}" <{1}>', "=?utf-8?q?{0}?= <{1}>")).format(make.mark(), make.marked_address()) \
        if make.random.random() < 0.9 else "<>"


def recipients(make):
    addresses = [make.marked_address() for _ in range(1 + make.below(3))]
    return make.pick((addresses[:1], addresses)) if make.random.random() < 0.4 else ", ".join(addresses)


def names(make):
    files = [f"{make.mark()}.pdf" for _ in range(1 + make.below(3))]
    return make.pick((lambda: None, lambda: files, lambda: ", ".join(f'"{name}"' for name in files) + ",", lambda: "[" + ", ".join(files) + "]"))()


def url(make):
    return f"{make.pick(('https', 'http', 'ftp'))}://{make.pick(('www.example.com', '192.0.2.1', '[2001:db8::1]', 'a.b.example.co.uk:8443'))}" \
           f"/{make.mark()}/a.html?u={make.below(99)}&n=%2Fa|b#x"


def flag(make):
    return make.pick((True, False, "true", "false", None))


def detail(make):
    value = {"spf": {"info": make.mark(), "allow": True}, "dkim": {"info": "DKIM_UNKNOWN", "allow": False}}
    return make.pick((value, json.dumps(value), json.dumps(json.dumps(value)), None))


def digits(count):
    return lambda make: f"{int(make.random.random() * 2**53) << 500:0{count}x}"[:count]


def event_info(make):
    return prose.sentence(make)


WIRE_TYPES = ("receipt", "process", "delivery", "journal", "av", "spam", "url protect", "attachment protect", "impersonation protect",
              "internal email protect")

def mailbox(make):
    return {"emailAddress": sender(make), "displayableName": make.pick((f"Lee, {make.mark()}", "", None))}


def sender(make):
    return make.pick(("", "<>")) if make.random.random() < 0.05 else make.marked_address()


def pattern(make):
    return make.pick((f"[file:hashes.'SHA-256' = '{digits(64)(make)}']", f"[file:hashes.MD5 = '{digits(32)(make)}' OR file:name = '{make.mark()}']",
                      f"[domain-name:value = '{make.mark()}.example']"))


def spam_detail(make):
    return {"spf": {"info": make.mark(), "allow": True}, "verdict": make.pick((None, {}, {"categories": [{"name": make.mark()}]}))}


def criteria(make):
    return {"from": make.marked_address(), "to": f"{make.mark()}.example", "messageId": f"<{make.mark()}@x>", "fileHash": digits(64)(make)}


def reported(make):
    return {"messageId": f"<{make.mark()}@x>", "messageAggregateId": make.mark(), "subject": make.mark(), "sentDate": make.pick(TIMES),
            "lastReportedDate": make.pick(TIMES), "senderHeaders": make.pick((header_from(make), [mailbox(make)])), "recipientsCount": make.below(9),
            "recipients": [make.marked_address()]}


def analysis(make):
    return {"threatAnalysisId": make.mark(), "classification": make.pick(("Malicious", "Safe", "Pending")), "details": make.mark(), "resolvedDate": None}


def files_of_cloud(make):
    return make.pick(([], None, [f"{make.mark()}.pdf", f"{make.mark()}.zip"], [{"fileName": f"{make.mark()}.pdf", "sha256": digits(64)(make)}]))


GOOD = {
    "epoch": lambda make: make.pick((1764151200123, "1764151200123")), "wire_type": lambda make: make.pick(WIRE_TYPES),
    "aggregate": lambda make: make.mark() + make.pick(("", "_1764151200")),
    "time": lambda make: make.pick(TIMES), "code": lambda make: f"c-{make.mark()}", "word": lambda make: make.pick(WORDS),
    "prose": lambda make: f"It says {make.mark()}, so", "subject": lambda make: f"Re: {make.mark()} | a=b, c: \u20ac \U0001f600",
    "sender": sender, "mailbox": mailbox, "mailboxes": lambda make: [mailbox(make) for _ in range(make.below(3))],
    "mailbox_or_text": lambda make: make.pick((mailbox(make), make.marked_address(), None)), "pattern": pattern, "spam_detail": spam_detail,
    "criteria": criteria, "reported": reported, "analysis": analysis, "ci_files": files_of_cloud,
    "ci_policies": lambda make: [{"action": "BLOCK", "mode": None, "name": make.mark()}],
    "ci_results": lambda make: [{"type": "SPF", "result": make.mark(), "aligned": None}], "indicator": lambda make: "indicator",
    "other_object": lambda make: make.pick(("malware", "observed-data", "relationship")),
    "provided": lambda make: f"SHA-256 of a file, Source: {make.mark()}", "threat": lambda make: make.pick(("malware", "spam", "phishing")),
    "address": Maker.marked_address, "header_from": header_from, "recipients": recipients, "message_id": lambda make: f"<{make.mark()}@x>",
    "direction": lambda make: make.pick(("Inbound", "inbound", "Outbound", "Internal", "external")), "ip": Maker.ip,
    "count": lambda make: make.pick((make.below(50), str(make.below(50)), None)), "size": Maker.marked_number,
    "list_text": lambda make: "[]", "tls": lambda make: make.pick(("TLSv1.3", "TLSv1.2", "SSLv3", "")), "names": names,
    "reply_code": lambda make: make.pick(("550", 550, "")), "domain": lambda make: f"{make.mark()}.example.com", "flag": flag,
    "yes_no": lambda make: make.pick(("Yes", "No")), "file_name": lambda make: f"Invoice {make.mark()}.{make.pick(('docm', 'pdf', 'zip'))}",
    "extension": lambda make: make.pick(("docm", "pdf", "zip")), "mime": lambda make: "application/pdf", "sha256": digits(64), "sha1": digits(40),
    "md5": digits(32), "url": url, "detail": detail, "audit_type": lambda make: make.pick(AUDIT_TYPES), "event_info": event_info,
    "result": lambda make: make.pick(("clean", "malicious", "safe", "unsafe", "timeout")), "words": lambda make: [f"b-{make.mark()}", "Subject"],
    "object": lambda make: {"UrlReputationScan": {"Status": [make.mark()], "Type": []}},
    "results": lambda make: [{"impersonationDomainSource": "internal_user_name", "similarDomain": f"{make.mark()}.example"}],
}


def good(make, kind):
    return text(GOOD[kind](make))


# ---- Hostile values: name → what makes the bytes ----

def constant(raw):
    return lambda make: raw


def marked(pattern):
    """A text with {} for a mark."""
    return lambda make: text(pattern.replace("{}", make.mark()))


def marked_raw(raw):
    """JSON with {} for a mark."""
    return lambda make: raw.replace(b"{}", make.mark().encode())


def deep(make):
    return b'{"a":' * 40 + text(make.mark()) + b"}" * 40


def long_text(make):
    return b'"' + b"long " * (LONG // 5) + make.mark().encode() + b'"'


RAW = {
    "null": b"null", "empty": b'""', "blank": b'"  "', "true": b"true", "false": b"false", "zero": b"0", "one": b"1", "negative": b"-1",
    "beyond 64 bits": b"99999999999999999999", "below 64 bits": b"-99999999999999999999", "least": b"-9223372036854775808",
    "most": b"9223372036854775807", "fraction": b"1.5", "whole fraction": b"3.0", "minus zero": b"-0.0", "exponent": b"1e5", "no double": b"1e400",
    "epoch seconds": b"1764151200", "epoch milliseconds": b"1764151200000", "port too high": b"99999", "object": b"{}", "list": b"[]",
    "list of null": b"[null]", "list of empty": b'["",[],{}]', "list of booleans": b"[true,false]", "list of numbers": b"[1,-2,3.5]",
    "text of zero": b'"0"', "text of a negative": b'"-5"', "text beyond 64 bits": b'"99999999999999999999"', "text of a boolean": b'"tRuE"',
    "text of null": b'"null"', "text of a list": b'"[]"', "text of an object": b'"{}"', "text N/A": b'"N/A"', "only quotes": b'"\\"\\""',
    "only a comma": b'","', "only a colon": b'":"', "only an at": b'"@"', "null sender": b'"<>"', "a dot": b'"."', "IP and port": b'"192.0.2.7:443"',
}
MARKED = {
    "text": "{}", "text with blanks": "  {}  ", "display name": "Ann {} <ann@example.com>", "quoted name": '"Lee, {}" <ann@example.com>',
    "address list": "a-{}@example.com, b@example.net;c@example.org", "address with blanks": "ann {}@example.com",
    "two ats": "a@{}@example.com", "address and tail": "ann@example.com {}", "angle open": "<{}@example.com", "address at number": "{}@1.2",
    "IP and label": "192.0.2.7, Browser: {}", "IP list": "192.0.2.7, 198.51.100.9 {}", "IPv6 scope": "fe80::1%{}",
    "no IP": "Internal IP {}", "name and IP": "{} [192.0.2.7]", "domain with blank": "mail {}.example.com", "domain and path": "{}.example.com/x",
    "domain dots": "..{}..example", "domain long": "{}" + "a" * 300 + ".com", "domain of dashes": "-{}-.example", "domain IDN": "b\u00fccher-{}.example",
    "label prose": "Date: 2026-11-26, Time: 09:00:00 GMT, IP: 192.0.2.7, Application: {}", "JSON": '{"a":["{}",1]}', "JSON twice": '"{\\"a\\":\\"{}\\"}"',
    "JSON cut": '{"a":"{}', "JSON of a list": '["{}.pdf","b"]', "quoted list": '"say "{}".txt", "b, c.txt",', "bracket list": "[{}.pdf, b.pdf]",
    "comma name": "Q3 report, {}.pdf", "extension with blank": "Report v1.2 {}", "extension long": "x." + "e" * 80 + "{}", "dots at the end": "{}...",
    "path": "../../etc/{}.pdf", "drive": "C:\\temp\\{}.exe", "pipes": "\\{}\\|Act=Acc|x=\\", "markup": "<script>{}</script>",
    "right to left": "\u202e{}\u202c fdp.exe", "zero width": "a\u200b{}\u2060", "byte order": "\ufeff{}", "separators": "a\u2028{}\u2029b",
    "astral": "\U0001f600{}\U0010ffff", "newlines": "a\n{}\r\nb", "tabs": "\t{}\t", "NUL": "a\0{}", "controls": "\x01{}\x1b[31m\x7f",
    "URL port": "https://{}.example:99999/x", "URL user": "https://u:p@{}.example/x", "URL mail": "mailto:{}@example.net",
    "URL script": "javascript:alert('{}')", "URL none": "//{}.example/x.y z", "URL blanks": "https://a {}.example/ b?c d",
    "URL host": "https://{}_.-.example:x/", "URL brackets": "https://[::{}]/a.b", "URL data": "data:text/plain;base64,{}", "URL bare": "{}.example/a.pdf",
    "URL empty host": "https:///{}.txt", "hash short": "abc{}", "time": "26 Nov 2026 09:00 {}", "name of ours": "mimecast.log_type {}",
}
RAW_MARKED = {
    "object of text": b'{"a":"{}"}', "object of objects": b'{"a":{"b":{"c":["{}",{"d":null}]}}}', "list of a text": b'["{}"]',
    "list of texts": b'["{}@example.com","b@example.net",""]', "list with null": b'["{}",null,"b@example.net"]', "list of lists": b'[["{}"],["192.0.2.1"]]',
    "list of objects": b'[{"similarDomain":"{}"},{"a":1}]', "list mixed": b'["192.0.2.1",{"a":"{}"},5,true,null,["x"]]',
    "high surrogate": b'"{} \\ud83d"', "low surrogate": b'"\\udc00{}"', "surrogates turned": b'"\\udc00\\ud83d{}"', "escaped NUL": b'"\\u0000{}"',
    "wrong byte": b'"{} b\xffd"', "overlong": b'"\xc0\xaf{}"', "surrogate bytes": b'"\xed\xa0\x80{}"', "cut byte": b'"{}\xe2\x82"', "beyond Unicode": b'"\xf5\x80\x80\x80{}"',
    "latin": b'"caf\xe9 {}"', "keys twice": b'{"x":"{}","x":2,"x":null}', "our keys": b'{"mimecast":{"log_type":"{}"},"@timestamp":1,"":{}}'.replace(b'"":{}', b'"":0'),
    "key of bytes": b'{"\xff":"{}","\\ud800":1}', "key with a dot": b'{"a.b":"{}"}', "escapes": b'"\\u0041\\/\\b\\f{}"',
}
HOSTILE = {**{name: constant(raw) for name, raw in RAW.items()}, **{name: marked(pattern) for name, pattern in MARKED.items()},
           **{name: marked_raw(raw) for name, raw in RAW_MARKED.items()}, "deep": deep, "md5": lambda make: text("d41d8cd98f00b204e9800998ecf8427e"),
           "sha256 in capitals": lambda make: text("AB" * 32)}
HOSTILE_NAMES = tuple(HOSTILE)
