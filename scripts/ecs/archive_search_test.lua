-- Tests of archive-search.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("archive-search", "archive-search", "a search", [[{"createTime":"2026-01-01T01:02:03+0000","emailAddr":"Ann@corp.example",
    "source":"archive","searchText":"from:ceo | subject=offer","searchReason":"case 7","searchPath":"Inbox","isAdmin":true,
    "museQuery":"<xmlquery/>","description":"Message Tracking Search"}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.archive_search_logs","kind":"event","category":["api"],"type":["admin"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z"},
    "user":{"email":"Ann@corp.example","name":"Ann","domain":"corp.example"},
    "related":{"user":["Ann@corp.example","Ann"]},
    "mimecast":{"search_details":{"description":"Message Tracking Search","path":"Inbox","reason":"case 7","source":"archive",
      "text":"from:ceo | subject=offer"},"isAdmin":true,"museQuery":"<xmlquery/>"}}]]),
  case("archive-search", "archive-search", "a search of the system's own", [[{"emailAddr":"<>","searchText":"","isAdmin":"no"}]], {
    ["user"] = ABSENT, ["related"] = ABSENT, ["mimecast.emailAddr"] = "<>", ["mimecast.search_details"] = ABSENT,
    ["mimecast.isAdmin"] = false }),
  case("archive-search", "archive-search", "a name alone, and an object for a text", [[{"emailAddr":"admin","searchText":{"a":1}}]], {
    ["user.name"] = "admin", ["user.email"] = ABSENT, ["related.user[1]"] = "admin", ["mimecast.search_details.text"] = '{"a":1}' }),
}
