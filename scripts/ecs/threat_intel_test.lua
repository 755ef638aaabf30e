-- Tests of threat-intel.

local tests = postern.script "ecs/test_case"
local of_stream, whole, ABSENT = tests.of_stream, tests.whole, tests.ABSENT

return {
  whole(of_stream("threat-intel", "threat-intel-malware-customer", "indicator", "a hash", [[{"type":"indicator","id":"indicator--1",
    "created":"2026-01-01T01:02:03.456Z","modified":"2026-01-02T01:02:03.456Z","labels":["malicious-activity","corrected"],
    "description":"SHA-256 of a file, Source: Mimecast","valid_from":"2026-01-01T01:02:03.456Z",
    "pattern":"[file:hashes.'SHA-256' = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855']"}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.456Z","tags":["malicious-activity","corrected"],"ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.threat_intel_malware_customer","kind":"enrichment","category":["threat"],
      "type":["indicator"],"id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z"},
    "threat":{"indicator":{"type":"file","first_seen":"2026-01-01T01:02:03.456Z","modified_at":"2026-01-02T01:02:03.456Z",
      "provider":"Mimecast","file":{"hash":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}}},
    "related":{"hash":["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]},
    "mimecast":{"type":"indicator","id":"indicator--1","description":"SHA-256 of a file, Source: Mimecast",
      "pattern":"[file:hashes.'SHA-256' = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855']"}}]]),
  of_stream("threat-intel", "threat-intel-malware-grid", "indicator", "several hashes of one file", [[{"type":"indicator",
    "pattern":"[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e' OR file:hashes.'SHA-1'='da39a3ee5e6b4b0d3255bfef95601890afd80709']"}]], {
    ["event.dataset"] = "mimecast.threat_intel_malware_grid", ["threat.indicator.type"] = "file",
    ["threat.indicator.file.hash.md5"] = "d41d8cd98f00b204e9800998ecf8427e", ["tags[1]"] = "no_event_time",
    ["threat.indicator.file.hash.sha1"] = "da39a3ee5e6b4b0d3255bfef95601890afd80709", ["related.hash[2]"] = "d41d8cd98f00b204e9800998ecf8427e" }),
  of_stream("threat-intel", "threat-intel-malware-grid", "indicator", "what is no file, and no hash", [[{"type":"indicator",
    "pattern":"[domain-name:value = 'bad.example']","labels":"one"}]], {
    ["threat.indicator.type"] = "domain-name", ["threat.indicator.file"] = ABSENT, ["tags[2]"] = "one" }),
  of_stream("threat-intel", "threat-intel-malware-grid", "indicator", "a pattern of a kind that ECS does not know", [[{"type":"indicator",
    "pattern":"[email-message:subject = 'x']","description":{"a":1}}]], {
    ["threat"] = ABSENT, ["mimecast.description"] = '{"a":1}', ["event.type[1]"] = "indicator" }),
  of_stream("threat-intel", "threat-intel-malware-customer", "malware", "what is no indicator is kept", [[{"type":"malware",
    "id":"malware--1","created":"2026-01-01T01:02:03.456Z","modified":"2026-01-01T01:02:03.456Z","name":"Trojan","labels":["virus"]}]], {
    ["event.kind"] = "enrichment", ["event.category[1]"] = "malware", ["event.type[1]"] = "info", ["threat"] = ABSENT,
    ["mimecast.name"] = "Trojan", ["mimecast.modified"] = "2026-01-01T01:02:03.456Z", ["tags[1]"] = "virus" }),
  of_stream("threat-intel", "threat-intel-malware-customer", "observed-data", "objects in an object", [[{"type":"observed-data",
    "created":"2026-01-01T01:02:03Z","objects":{"0":{"type":"email-addr","value":"a@b.example"}}}]], {
    ["mimecast.objects.0.value"] = "a@b.example", ["event.category[1]"] = "malware" }),
}
