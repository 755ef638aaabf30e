-- Tests of dlp.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("dlp", "dlp", "a held mail", [[{"senderAddress":"payroll@corp.example","recipientAddress":"office@s.example",
    "subject":"salaries","eventTime":"2026-01-01T01:02:03+0000","route":"outbound","policy":"Credit cards, \"strict\" = on",
    "action":"hold","messageId":"<m>"}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.dlp_logs","kind":"alert","category":["email"],"type":["info"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z","action":"hold"},
    "rule":{"name":"Credit cards, \"strict\" = on"},
    "email":{"from":{"address":["payroll@corp.example"]},"to":{"address":["office@s.example"]},"subject":"salaries",
      "message_id":"<m>","direction":"outbound"},
    "related":{"user":["payroll@corp.example","office@s.example"]}}]]),
  case("dlp", "dlp", "a notification blocks nothing", [[{"action":"notification","extra":{"kept":[1]}}]], {
    ["event.kind"] = "event", ["event.action"] = "notification", ["mimecast.extra"] = '{"kept":[1]}' }),
  case("dlp", "dlp", "a name beside an address, and no address", [[{"senderAddress":"\"Lee, Ann\" <ann@example.com>",
    "recipientAddress":["bob@example.net","everybody"]}]], {
    ["email.from.address[1]"] = "ann@example.com", ["mimecast.senderAddress"] = '"Lee, Ann" <ann@example.com>',
    ["email.to.address[1]"] = "bob@example.net", ["email.to.address[2]"] = ABSENT, ["mimecast.recipientAddress[2]"] = "everybody" }),
}
