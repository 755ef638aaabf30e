-- Tests of events from elsewhere, and events that do not say where from.

local tests = postern.script "ecs/test_case"
local case, ABSENT = tests.case, tests.ABSENT

-- In no source may an event pass the time of its receipt for its own.
local function times(source, log_type, name)
  local function at(value, matches)
    local input = value and '{"' .. name .. '":' .. value .. '}' or "{}"
    return case(source, log_type, name .. " = " .. (value or "nothing"), input, matches)
  end
  local received = { ["@timestamp"] = "2026-01-01T00:05:00.000Z", ["tags[1]"] = "no_event_time", ["tags[2]"] = ABSENT }
  local function kept(value)
    local matches = { ["mimecast." .. name] = value }
    for path, expected in pairs(received) do matches[path] = expected end
    return matches
  end
  return {
    at(nil, received), at("null", received), at('""', received), at('"yesterday"', kept "yesterday"),
    at('"2026-02-30T00:00:00Z"', kept "2026-02-30T00:00:00Z"), at('{"a":1}', kept(source == "brand-new" and { a = 1 } or '{"a":1}')), at("true", kept(true)),
    at('"2025-12-31T23:00:00-0100"', { ["@timestamp"] = "2026-01-01T00:00:00.000Z", tags = ABSENT,
      ["mimecast." .. name] = ABSENT }),
  }
end

local function together(...)
  local all = {}
  for _, list in ipairs { ... } do
    for _, test in ipairs(list) do all[#all + 1] = test end
  end
  return all
end

return together({
  case("brand-new", "x", "a source that nobody knows yet is kept whole", [[{"date":"2026-01-01T01:02:03Z","a":{"b":[1]}}]], {
    ["@timestamp"] = "2026-01-01T01:02:03.000Z", ["event.dataset"] = "mimecast.other", ["mimecast.a.b[1]"] = 1,
    ["event.kind"] = "event" }),
  case("", "", "without a source the fields tell: siem", [[{"aCode":"a","Delivered":true}]], {
    ["event.dataset"] = "mimecast.siem_logs" }),
  case("", "", "without a source the fields tell: audit", [[{"auditType":"User Logged On"}]], {
    ["event.dataset"] = "mimecast.audit_events" }),
  case("", "", "without a source the fields tell: clicks", [[{"ttpDefinition":"x","url":"https://x.example"}]], {
    ["event.dataset"] = "mimecast.ttp_url_logs" }),
  case("", "", "without a source the fields tell: attachments", [[{"fileHash":"x"}]], {
    ["event.dataset"] = "mimecast.ttp_ap_logs" }),
  case("", "", "without a source the fields tell: impersonations", [[{"identifiers":[]}]], {
    ["event.dataset"] = "mimecast.ttp_ip_logs" }),
  case("", "", "without a source the fields tell: impersonations, of which the sender's address is not known", [[{"senderAddress":"a@b.example",
    "eventTime":"2026-01-01T00:00:00Z","hits":1,"taggedExternal":false}]], { ["event.dataset"] = "mimecast.ttp_ip_logs" }),
  case("", "", "without a source the fields tell: clicks of nobody", [[{"url":"https://x.example","userAwarenessAction":"N/A"}]], {
    ["event.dataset"] = "mimecast.ttp_url_logs" }),
  case("", "", "without a source the fields tell: attachments without a hash", [[{"fileName":"a.pdf","fileType":"application/pdf"}]], {
    ["event.dataset"] = "mimecast.ttp_ap_logs" }),
  case("", "", "without a source the fields tell: leaks", [[{"policy":"x","senderAddress":"a@b.example"}]], {
    ["event.dataset"] = "mimecast.dlp_logs" }),
  case("", "", "without a source the fields tell: siem of API 2.0", [[{"aggregateId":"k","eventType":"journal"}]], {
    ["event.dataset"] = "mimecast.siem_logs", ["mimecast.log_type"] = "jrnl" }),
  case("", "", "without a source the fields tell: Cloud Integrated", [[{"aggregateId":"k","authResults":[]}]], {
    ["event.dataset"] = "mimecast.cloud_integrated_logs" }),
  case("", "", "without a source the fields tell: releases", [[{"released":"2026-01-01T00:00:00Z"}]], {
    ["event.dataset"] = "mimecast.message_release_logs" }),
  case("", "", "without a source the fields tell: the hold queue", [[{"dateReceived":"2026-01-01T00:00:00Z"}]], {
    ["event.dataset"] = "mimecast.hold_queue" }),
  case("", "", "without a source the fields tell: searches", [[{"searchReason":""}]], { ["event.dataset"] = "mimecast.archive_search_logs" }),
  case("", "", "without a source the fields tell: views", [[{"viewer":"a@b.example"}]], { ["event.dataset"] = "mimecast.archive_view_logs" }),
  case("", "", "without a source the fields tell: remediation", [[{"searchCriteria":{}}]], {
    ["event.dataset"] = "mimecast.remediation_incidents" }),
  case("", "", "without a source the fields tell: indicators, of which feed is not known", [[{"type":"indicator","valid_from":"x"}]], {
    ["event.dataset"] = "mimecast.threat_intel" }),
  case("", "", "without a source the fields tell: reports", [[{"threatAnalysis":{}}]], { ["event.dataset"] = "mimecast.reported_emails" }),
  case("notices", "account.failed", "Postern's own words pass as they are", [[{"kind":"account.failed","message":"refused"}]], {
    kind = "account.failed", message = "refused", ["@timestamp"] = ABSENT, event = ABSENT }),
  case("", "", "an event of nobody", [[{"x":1}]], { ["event.dataset"] = "mimecast.other", ["mimecast.x"] = 1 }),
}, times("siem", "receipt", "datetime"), times("siem", "ttp-url", "datetime"), times("audit", "audit", "eventTime"),
  times("ttp-url", "ttp-url", "date"), times("ttp-attachment", "ttp-attachment", "date"),
  times("ttp-impersonation", "ttp-impersonation", "eventTime"), times("dlp", "dlp", "eventTime"),
  times("siem-ci", "ci-mailflow", "timestamp"), times("held-release", "held-release", "released"),
  times("rejections", "rejections", "rejected"), times("hold-queue", "hold-queue", "dateReceived"),
  times("archive-search", "archive-search", "createTime"), times("archive-view", "archive-view", "viewed"),
  times("remediation", "remediation", "modified"), times("threat-intel", "malware", "created"),
  times("threat-events", "threat-events", "timestamp"), times("siem", "receipt", "timestamp"),
  times("brand-new", "x", "datetime"), times("brand-new", "x", "date"), times("brand-new", "x", "eventTime"))
