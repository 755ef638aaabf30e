-- Tests of archive-view.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("archive-view", "archive-view", "a mail that was read", [[{"viewer":"Ann Lee <ann@corp.example>","source":"Discovery Case",
    "viewed":"2026-01-01T01:02:03+0000","from":"news@s.example","to":"bob@corp.example","subject":"offer",
    "messageDate":"2025-12-24T09:00:00+0100","discoveryCase":"Case 7","contentViewed":true}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.archive_view_logs","kind":"event","category":["api"],"type":["access"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z"},
    "user":{"email":"ann@corp.example","name":"ann","domain":"corp.example","full_name":"Ann Lee"},
    "email":{"subject":"offer","origination_timestamp":"2025-12-24T08:00:00.000Z","from":{"address":["news@s.example"]},
      "to":{"address":["bob@corp.example"]}},
    "related":{"user":["ann@corp.example","ann","news@s.example","bob@corp.example"]},
    "mimecast":{"source":"Discovery Case","discoveryCase":"Case 7","contentViewed":true}}]]),
  case("archive-view", "archive-view", "a mail to nobody, without a date", [[{"viewer":"<>","to":"<>","messageDate":"never"}]], {
    ["user"] = ABSENT, ["email"] = ABSENT, ["mimecast.messageDate"] = "never", ["mimecast.to"] = "<>" }),
}
