-- Tests of remediation.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("remediation", "remediation", "an incident that changed", [[{"id":"eNoV1","code":"TR-C0A0-00001-M","type":"automatic",
    "reason":"Malware found","create":"2026-01-01T00:00:00+0000","modified":"2026-01-01T01:02:03+0000","identified":3,
    "successful":"2","failed":1,"restored":0,"searchCriteria":{"from":"news@s.example","to":"bob@corp.example","messageId":"<m>",
    "fileHash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","start":"2025-12-01T00:00:00+0000"}}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.remediation_incidents","kind":"event","category":["email"],"type":["info"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z","action":"automatic","reason":"Malware found"},
    "email":{"message_id":"<m>","from":{"address":["news@s.example"]},"to":{"address":["bob@corp.example"]}},
    "related":{"user":["news@s.example","bob@corp.example"],
      "hash":["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]},
    "mimecast":{"id":"eNoV1","code":"TR-C0A0-00001-M","create":"2026-01-01T00:00:00+0000","identified":3,"successful":2,"failed":1,
      "restored":0,"searchCriteria":{"from":"news@s.example","to":"bob@corp.example","messageId":"<m>",
      "fileHash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","start":"2025-12-01T00:00:00+0000"}}}]]),
  case("remediation", "remediation", "a new incident, searched by a domain", [[{"create":"2026-01-01T00:00:00+0000",
    "searchCriteria":{"from":"s.example","fileHash":"x"}}]], {
    ["@timestamp"] = "2026-01-01T00:00:00.000Z", ["email"] = ABSENT, ["related"] = ABSENT, ["mimecast.searchCriteria.from"] = "s.example" }),
  case("remediation", "remediation", "no criteria", [[{"searchCriteria":"all","failed":"none"}]], {
    ["mimecast.searchCriteria_text"] = "all", ["mimecast.failed_text"] = "none" }),
}
