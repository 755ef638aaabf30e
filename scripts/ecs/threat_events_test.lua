-- Tests of threat-events.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("threat-events", "threat-events", "a link", [[{"id":"th-1","timestamp":"2026-01-01T01:02:03+0000","source":"url",
    "analysis":"phishing","status":"blocked","direction":"Inbound","messageId":"<m>","subject":"look","senderEnvelope":"news@s.example",
    "recipients":["bob@corp.example"],"senderIp":"192.0.2.4","url":"https://s.example/login"}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.threat_events","kind":"alert","category":["email"],"type":["info"],
      "id":"th-1","created":"2026-01-01T00:05:00.000Z","action":"blocked"},
    "source":{"ip":"192.0.2.4"},
    "email":{"message_id":"<m>","subject":"look","direction":"inbound","from":{"address":["news@s.example"]},
      "to":{"address":["bob@corp.example"]}},
    "url":{"original":"https://s.example/login","full":"https://s.example/login","scheme":"https","domain":"s.example",
      "registered_domain":"s.example","top_level_domain":"example","path":"/login"},
    "related":{"user":["news@s.example","bob@corp.example"],"ip":["192.0.2.4"],"hosts":["s.example"]},
    "mimecast":{"source":"url","analysis":"phishing"}}]]),
  case("threat-events", "threat-events", "spam is no alert", [[{"analysis":"spam","fileHash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]], {
    ["event.kind"] = "event", ["related.hash[1]"] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ["event.id"] = "00112233445566778899aabbccddeeff" }),
  case("threat-events", "threat-events", "another shape than we think", [[{"sender":{"emailAddress":"a@s.example"},"to":[{"address":"b@x.example"}],
    "createdAt":1767229323456,"url":{"a":1}}]], {
    ["@timestamp"] = "2026-01-01T01:02:03.456Z", ["email.from.address[1]"] = "a@s.example", ["email.to.address[1]"] = "b@x.example",
    ["url.original"] = '{"a":1}', ["url.full"] = ABSENT }),
}
