-- Tests of ttp-url.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("ttp-url", "ttp-url", "a click on a bad link", [[{"userEmailAddress":"bob@corp.example",
    "fromUserEmailAddress":"news@s.example","url":"https://s.example/c/1?a=1&b=%7C","ttpDefinition":"Inbound 'Aggressive'",
    "subject":"look","action":"block","adminOverride":"N/A","userOverride":"None","scanResult":"malicious",
    "category":"Phishing & Fraud","sendingIp":"192.0.2.4","userAwarenessAction":"Continue","date":"2026-01-01T01:02:03+0000",
    "actions":"Hold, None","route":"inbound","creationMethod":"User Click","emailPartsDescription":["Body","Subject"],
    "messageId":"<m@s.example>","tagMap":{"ContentCheck":{}}}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.ttp_url_logs","kind":"alert","category":["email"],"type":["info"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z","action":"Continue"},
    "url":{"original":"https://s.example/c/1?a=1&b=%7C","full":"https://s.example/c/1?a=1&b=%7C","scheme":"https",
      "domain":"s.example","registered_domain":"s.example","top_level_domain":"example","path":"/c/1",
      "query":"a=1&b=%7C"},
    "rule":{"name":"Inbound 'Aggressive'"},"source":{"ip":"192.0.2.4"},
    "email":{"from":{"address":["news@s.example"]},"to":{"address":["bob@corp.example"]},"subject":"look",
      "message_id":"<m@s.example>","direction":"inbound"},
    "user":{"email":"bob@corp.example"},
    "related":{"ip":["192.0.2.4"],"user":["news@s.example","bob@corp.example"],"hosts":["s.example"]},
    "mimecast":{"action":"block","adminOverride":"N/A","userOverride":"None","scanResult":"malicious",
      "category":"Phishing & Fraud","actions":"Hold, None","creationMethod":"User Click",
      "emailPartsDescription":["Body","Subject"],"tagMap":{"ContentCheck":{}}}}]]),
  case("ttp-url", "ttp-url", "an internal sender, no action, a clean link", [[{"sendingIp":"Internal IP",
    "userAwarenessAction":"N/A","scanResult":"clean","action":"allow","emailPartsDescription":"Body"}]], {
    ["event.kind"] = "event", ["source"] = ABSENT, ["mimecast.sendingIp"] = "Internal IP", ["event.action"] = ABSENT,
    ["mimecast.emailPartsDescription"] = "Body" }),
  case("ttp-url", "ttp-url", "blocked although clean", [[{"scanResult":"clean","action":"Block"}]], {
    ["event.kind"] = "alert" }),
  case("ttp-url", "ttp-url", "a record of 2020, half of the fields", [[{"userEmailAddress":"b@x.example","url":"N/A",
    "date":"2020-01-01T00:00:00+0000","action":"warn"}]], {
    ["@timestamp"] = "2020-01-01T00:00:00.000Z", ["url.original"] = "N/A", ["url.domain"] = ABSENT,
    ["url.full"] = ABSENT, ["email.from"] = ABSENT, ["mimecast.action"] = "warn" }),
  case("ttp-url", "ttp-url", "a port that there is not", [[{"url":"https://evil.example:99999/x"}]], {
    ["url.original"] = "https://evil.example:99999/x", ["url.domain"] = "evil.example", ["url.path"] = "/x",
    ["url.port"] = ABSENT, ["related.hosts[1]"] = "evil.example", ["url.registered_domain"] = "evil.example" }),
  case("ttp-url", "ttp-url", "no file in a mail address", [[{"url":"mailto:bob@example.net"}]], {
    ["url.full"] = "mailto:bob@example.net", ["url.scheme"] = "mailto", ["url.extension"] = ABSENT,
    ["url.domain"] = ABSENT, ["related"] = ABSENT }),
  case("ttp-url", "ttp-url", "a host that is none", [[{"url":"https://exa_mple..com/a.pdf"}]], {
    ["url.original"] = "https://exa_mple..com/a.pdf", ["url.domain"] = ABSENT, ["url.extension"] = "pdf", ["related"] = ABSENT }),
  case("ttp-url", "ttp-url", "several users, of whom one is the user", [[{"userEmailAddress":["Bob <bob@x.example>","al@x.example"],
    "sendingIp":["192.0.2.4","x"]}]], {
    ["user.email"] = "bob@x.example", ["email.to.address[2]"] = "al@x.example", ["source.ip"] = "192.0.2.4",
    ["mimecast.userEmailAddress[1]"] = "Bob <bob@x.example>", ["mimecast.sendingIp[2]"] = "x" }),
  case("ttp-url", "ttp-url", "whose host it is", [[{"userEmailAddress":"b@x.example, c@x.example",
    "url":"https://Click.Shop.example.co.uk/a.html"}]], {
    ["user.email"] = "b@x.example", ["email.to.address[2]"] = "c@x.example", ["related.user[2]"] = "c@x.example",
    ["url.full"] = "https://Click.Shop.example.co.uk/a.html", ["url.domain"] = "Click.Shop.example.co.uk",
    ["url.registered_domain"] = "example.co.uk", ["url.top_level_domain"] = "co.uk", ["url.subdomain"] = "click.shop" }),
  case("ttp-url", "ttp-url", "an address for a host is an address that was seen", [[{
    "url":"http://[2001:db8::7]/x","sendingIp":"192.0.2.1"}]], {
    ["url.domain"] = "[2001:db8::7]", ["related.ip[1]"] = "192.0.2.1", ["related.ip[2]"] = "2001:db8::7",
    ["url.registered_domain"] = ABSENT }),
  case("ttp-url", "ttp-url", "a host without a scheme is no whole URL", [[{"url":"www.example.com/x"}]], {
    ["url.original"] = "www.example.com/x", ["url.full"] = ABSENT, ["url.domain"] = "www.example.com" }),
  case("ttp-url", "ttp-url", "the host that a browser goes to", [[{"url":"https://good.example\\@bad.example/"}]], {
    ["url.domain"] = "good.example" }),
}
