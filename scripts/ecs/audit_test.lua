-- Tests of audit.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("audit", "audit", "a log-on", [[{"id":"eNo1","auditType":"User Logged On","user":"ada@corp.example",
    "eventTime":"2026-01-01T10:00:00+0000","eventInfo":"Successful authentication for Lovelace, Ada (Dr.) <ada@corp.example>, Date: 2026-01-01, Time: 05:00:01 EST, IP: 192.0.2.1, Application: mimecast-case-review, Method: Cloud, 2FA: Disabled",
    "category":"authentication_logs"}]]),
    [[{"@timestamp":"2026-01-01T10:00:00.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.audit_events","kind":"event","category":["authentication"],
      "type":["start"],"outcome":"success","id":"eNo1","created":"2026-01-01T10:00:01.000Z","action":"user-logged-on"},
    "user":{"email":"ada@corp.example","name":"ada","domain":"corp.example"},"client":{"ip":"192.0.2.1"},
    "related":{"ip":["192.0.2.1"],"user":["ada@corp.example"]},
    "mimecast":{"eventInfo":"Successful authentication for Lovelace, Ada (Dr.) <ada@corp.example>, Date: 2026-01-01, Time: 05:00:01 EST, IP: 192.0.2.1, Application: mimecast-case-review, Method: Cloud, 2FA: Disabled",
      "application":"mimecast-case-review","method":"Cloud","2FA":"Disabled","category":"authentication_logs"}}]]),

  case("audit", "audit", "a failed log-on without an address", [[{"id":"1","auditType":"Logon Authentication Failed",
    "eventTime":"2026-01-01T10:00:00+0000","eventInfo":"Failed authentication for x, Date: 2026-01-01, Time: 10:00:00+0100, Application: Web, Method: Cloud, Reason: Wrong password"}]], {
    ["event.category[1]"] = "authentication", ["event.type[1]"] = "start", ["event.outcome"] = "failure",
    ["event.created"] = "2026-01-01T09:00:00.000Z", ["event.reason"] = "Wrong password", ["client"] = ABSENT,
    ["related"] = ABSENT, ["user"] = ABSENT, ["mimecast.application"] = "Web", ["mimecast.unparsed"] = ABSENT,
  }),
  case("audit", "audit", "a log-off", [[{"auditType":"User Logged Off"}]], {
    ["event.type[1]"] = "end", ["event.outcome"] = "success", ["event.id"] = "00112233445566778899aabbccddeeff" }),
  case("audit", "audit", "a search: reason in quotes, a subject that looks like labels", [[{"auditType":"Search Action",
    "eventInfo":"Search by Ada <ada@corp.example> Reason: \"case 7\", Subject: a, b: c, How To: win, From: x@y.example, To: z@y.example",
    "category":"archive_service_logs"}]], {
    ["event.category[1]"] = "email", ["event.type[1]"] = "info", ["event.reason"] = "case 7",
    ["email.subject"] = "a, b: c, How To: win", ["email.from.address[1]"] = "x@y.example",
    ["email.to.address[1]"] = "z@y.example", ["event.action"] = "search-action",
    ["related.user[1]"] = "x@y.example", ["related.user[2]"] = "z@y.example", ["related.user[3]"] = "ada@corp.example",
  }),
  case("audit", "audit", "an export", [[{"auditType":"Content View Export","user":"ada@corp.example",
    "eventInfo":"Exported file mails_2026-01.tar.gz, Size: 2048, Date: 2026-01-01, Time: 10:00:00 GMT, IP: 2001:db8::7"}]], {
    ["event.category[1]"] = "file", ["event.type[1]"] = "access", ["file.name"] = "mails_2026-01.tar.gz",
    ["file.extension"] = "gz", ["file.size"] = 2048, ["client.ip"] = "2001:db8::7", ["related.ip[1]"] = "2001:db8::7" }),
  case("audit", "audit", "a changed policy, prose without labels", [[{"auditType":"Policy Changed","category":"policy_logs",
    "user":"ada@corp.example","eventInfo":"Policy \"Block, all | of = it\" changed by Ada <ada@corp.example>"}]], {
    ["event.category[1]"] = "configuration", ["event.type[1]"] = "change", ["mimecast.unparsed[1]"] = "eventInfo",
    ["mimecast.eventInfo"] = 'Policy "Block, all | of = it" changed by Ada <ada@corp.example>',
    ["related.user[1]"] = "ada@corp.example", ["related.user[2]"] = ABSENT,
  }),
  case("audit", "audit", "a new user", [[{"auditType":"New User Created","category":"account_logs","user":"admin",
    "eventInfo":"User created: Bob <bob@corp.example>\nsecond line"}]], {
    ["event.category[1]"] = "iam", ["event.type[1]"] = "creation", ["user.name"] = "admin", ["user.email"] = ABSENT,
    ["related.user[1]"] = "admin", ["related.user[2]"] = "bob@corp.example" }),
  case("audit", "audit", "a zone that nobody knows says no time", [[{"auditType":"User Logged On",
    "eventInfo":"x, Date: 2026-01-01, Time: 10:00:00 XYZT, IP: 192.0.2.1"}]], {
    ["event.created"] = "2026-01-01T00:05:00.000Z", ["client.ip"] = "192.0.2.1" }),
  case("audit", "audit", "a local time without a zone says no time", [[{"auditType":"User Logged On",
    "eventInfo":"x, Date: 2026-01-01, Time: 10:00:00"}]], { ["event.created"] = "2026-01-01T00:05:00.000Z" }),
  case("audit", "audit", "labels with nonsense behind them", [[{"auditType":"User Logged On",
    "eventInfo":"Date: soon, Time: now, IP: unknown, Application: , Method:"}]], {
    ["client"] = ABSENT, ["event.created"] = "2026-01-01T00:05:00.000Z", ["mimecast.application"] = ABSENT }),
  case("audit", "audit", "wrong shapes everywhere", [[{"id":5,"auditType":{"a":1},"user":["x"],"eventTime":0,
    "eventInfo":{"b":2},"category":null}]], {
    ["event.kind"] = "event", ["event.category[1]"] = "email", ["mimecast.auditType"] = '{"a":1}',
    ["mimecast.eventInfo"] = '{"b":2}' }),
  case("audit", "audit", "an empty event", [[{}]], { ["event.dataset"] = "mimecast.audit_events",
    ["@timestamp"] = "2026-01-01T00:05:00.000Z" }),
}
