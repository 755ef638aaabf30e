-- Tests of hold-queue.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("hold-queue", "hold-queue", "a mail that waits", [[{"id":"eNoV1","reason":"Default Spam Scanning","reasonId":"spam",
    "reasonCode":"default_spam_scanning","policyInfo":"Spam policy","from":{"emailAddress":"bounce@news.example"},
    "fromHeader":{"emailAddress":"ann@news.example","displayableName":"Ann Lee"},
    "to":{"emailAddress":"bob@corp.example","displayableName":"Bob Doe"},"subject":"offer","route":"INBOUND",
    "hasAttachments":false,"size":512,"dateReceived":"2026-01-01T01:02:03+0000"}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.hold_queue","kind":"event","category":["email"],"type":["info"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z","action":"held","reason":"Default Spam Scanning"},
    "rule":{"name":"Spam policy"},
    "email":{"local_id":"eNoV1","subject":"offer","direction":"inbound",
      "from":{"address":["ann@news.example","bounce@news.example"]},"to":{"address":["bob@corp.example"]}},
    "related":{"user":["ann@news.example","bounce@news.example","bob@corp.example"]},
    "mimecast":{"reasonId":"spam","reasonCode":"default_spam_scanning","from":{"emailAddress":"bounce@news.example"},
      "fromHeader":{"emailAddress":"ann@news.example","displayableName":"Ann Lee"},
      "to":{"emailAddress":"bob@corp.example","displayableName":"Bob Doe"},"hasAttachments":false,"size":512}}]]),
  case("hold-queue", "hold-queue-left", "it left, at a time that its record does not say", [[{"id":"eNoV1",
    "dateReceived":"2026-01-01T00:01:00+0000"}]], {
    ["event.action"] = "left-hold-queue", ["@timestamp"] = "2026-01-01T00:05:00.000Z", ["tags"] = ABSENT,
    ["mimecast.dateReceived"] = "2026-01-01T00:01:00+0000", ["email.local_id"] = "eNoV1" }),
}
