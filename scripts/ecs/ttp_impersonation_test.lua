-- Tests of ttp-impersonation.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("ttp-impersonation", "ttp-impersonation", "a false director", [[{"id":"MTOKEN:eNo","senderAddress":"ceo@s.example",
    "recipientAddress":"bob@corp.example","subject":"hi","definition":"Default, \"strict\"","hits":2,
    "identifiers":["similar_internal_domain"],"action":"hold","taggedExternal":false,"taggedMalicious":true,
    "senderIpAddress":"192.0.2.4","eventTime":"2026-01-01T01:02:03+0000",
    "impersonationResults":[{"impersonationDomainSource":"internal_user_name","similarDomain":"c0rp.example"}],
    "messageId":""}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.ttp_ip_logs","kind":"alert","category":["email"],"type":["info"],
      "id":"MTOKEN:eNo","created":"2026-01-01T00:05:00.000Z","action":"hold"},
    "rule":{"name":"Default, \"strict\""},"source":{"ip":"192.0.2.4","domain":"c0rp.example"},
    "email":{"from":{"address":["ceo@s.example"]},"to":{"address":["bob@corp.example"]},"subject":"hi"},
    "related":{"ip":["192.0.2.4"],"user":["ceo@s.example","bob@corp.example"],"hosts":["c0rp.example"]},
    "mimecast":{"hits":2,"identifiers":["similar_internal_domain"],"taggedExternal":false,"taggedMalicious":true,
      "impersonationResults":[{"impersonationDomainSource":"internal_user_name","similarDomain":"c0rp.example"}]}}]]),
  case("ttp-impersonation", "ttp-impersonation", "nothing malicious, no action", [[{"taggedMalicious":false,"action":"N/A",
    "impersonationResults":[]}]], {
    ["event.kind"] = "event", ["event.action"] = ABSENT, ["source"] = ABSENT, ["mimecast.taggedMalicious"] = false,
    ["event.id"] = "00112233445566778899aabbccddeeff" }),
  case("ttp-impersonation", "ttp-impersonation", "several domains, and what is none", [[{"similarDomain":"Ann Lee <ann@a.example>",
    "senderIpAddress":"192.0.2.4, 192.0.2.5","impersonationResults":[{"similarDomain":"a.example"},{"similarDomain":"192.0.2.1"},
    {"similarDomain":"b.example"},{"similarDomain":true}]}]], {
    ["source.domain"] = "a.example", ["source.ip"] = ABSENT, ["mimecast.senderIpAddress"] = "192.0.2.4, 192.0.2.5",
    ["related.hosts[1]"] = "a.example", ["related.hosts[2]"] = "b.example", ["related.hosts[3]"] = ABSENT,
    ["mimecast.similarDomain"] = "Ann Lee <ann@a.example>" }),
  case("ttp-impersonation", "ttp-impersonation", "flags and numbers as texts, and what is neither", [[{"taggedMalicious":"true",
    "taggedExternal":"maybe","hits":"2"}]], {
    ["event.kind"] = "alert", ["mimecast.taggedMalicious"] = true, ["mimecast.taggedExternal"] = ABSENT,
    ["mimecast.taggedExternal_text"] = "maybe", ["mimecast.hits"] = 2 }),
  case("ttp-impersonation", "ttp-impersonation", "no number", [[{"hits":"many"}]], {
    ["mimecast.hits"] = ABSENT, ["mimecast.hits_text"] = "many" }),
}
