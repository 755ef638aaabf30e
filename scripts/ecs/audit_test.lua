-- Tests of audit.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

-- An event with this eventInfo.
local function prose(name, info, matches)
  return case("audit", "audit", name, { auditType = "Kind Of Its Own", eventInfo = info }, matches)
end

-- An audit type, and what its kind is.
local function kind(audit_type, category, event_category, event_type, outcome)
  return case("audit", "audit", "the kind of " .. audit_type, { auditType = audit_type, category = category }, {
    ["event.category[1]"] = event_category, ["event.type[1]"] = event_type, ["event.outcome"] = outcome or ABSENT })
end

return {
  whole(case("audit", "audit", "a log-on", [[{"id":"eNo1","auditType":"User Logged On","user":"ada@corp.example",
    "eventTime":"2026-01-01T10:00:00+0000","eventInfo":"Successful authentication for Lovelace, Ada (Dr.) <ada@corp.example>, Date: 2026-01-01, Time: 05:00:01 EST, IP: 192.0.2.1, Application: mimecast-case-review, Method: Cloud, 2FA: Disabled",
    "category":"authentication_logs"}]]),
    [[{"@timestamp":"2026-01-01T10:00:00.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.audit_events","kind":"event","category":["authentication"],
      "type":["start"],"outcome":"success","id":"eNo1","created":"2026-01-01T10:00:01.000Z","action":"user-logged-on"},
    "user":{"email":"ada@corp.example","name":"ada","domain":"corp.example"},"client":{"ip":"192.0.2.1"},
    "related":{"ip":["192.0.2.1"],"user":["ada@corp.example","ada"]},
    "mimecast":{"eventInfo":"Successful authentication for Lovelace, Ada (Dr.) <ada@corp.example>, Date: 2026-01-01, Time: 05:00:01 EST, IP: 192.0.2.1, Application: mimecast-case-review, Method: Cloud, 2FA: Disabled",
      "application":"mimecast-case-review","method":"Cloud","2FA":"Disabled","category":"authentication_logs"}}]]),

  case("audit", "audit", "a failed log-on without an address", [[{"id":"1","auditType":"Logon Authentication Failed",
    "eventTime":"2026-01-01T10:00:00+0000","eventInfo":"Failed authentication for x, Date: 2026-01-01, Time: 10:00:00+0100, Application: Web, Method: Cloud, Reason: Wrong password"}]], {
    ["event.category[1]"] = "authentication", ["event.type[1]"] = "start", ["event.outcome"] = "failure",
    ["event.created"] = "2026-01-01T09:00:00.000Z", ["event.reason"] = "Wrong password", ["client"] = ABSENT,
    ["related"] = ABSENT, ["user"] = ABSENT, ["mimecast.application"] = "Web", ["mimecast.unparsed"] = ABSENT,
  }),
  case("audit", "audit", "a log-off", [[{"auditType":"User Logged Off"}]], {
    ["event.type[1]"] = "end", ["event.outcome"] = "success", ["event.id"] = "00112233445566778899aabbccddeeff" }),
  case("audit", "audit", "a search: reason in quotes, a subject that looks like labels", [[{"auditType":"Search Action",
    "eventInfo":"Search by Ada <ada@corp.example> Reason: \"case 7\", Subject: a, b: c, How To: win, Message Id: 7, Where: here, From: x@y.example, To: z@y.example",
    "category":"archive_service_logs"}]], {
    ["event.category[1]"] = "email", ["event.type[1]"] = "info", ["event.reason"] = "case 7",
    ["email.subject"] = "a, b: c, How To: win", ["mimecast.event_info.message_id"] = "7", ["mimecast.event_info.where"] = "here", ["email.from.address[1]"] = "x@y.example",
    ["email.to.address[1]"] = "z@y.example", ["event.action"] = "search-action",
    ["related.user[1]"] = "x@y.example", ["related.user[2]"] = "z@y.example", ["related.user[3]"] = "ada@corp.example",
  }),
  case("audit", "audit", "an export", [[{"auditType":"Content View Export","user":"ada@corp.example",
    "eventInfo":"Exported file mails_2026-01.tar.gz, Size: 2048, Date: 2026-01-01, Time: 10:00:00 GMT, IP: 2001:db8::7"}]], {
    ["event.category[1]"] = "file", ["event.type[1]"] = "access", ["file.name"] = "mails_2026-01.tar.gz",
    ["file.extension"] = "gz", ["file.size"] = 2048, ["client.ip"] = "2001:db8::7", ["related.ip[1]"] = "2001:db8::7" }),
  case("audit", "audit", "a changed policy, prose without labels", [[{"auditType":"Policy Changed","category":"policy_logs",
    "user":"ada@corp.example","eventInfo":"Policy \"Block, all | of = it\" changed by Ada <ada@corp.example>"}]], {
    ["event.category[1]"] = "configuration", ["event.type[1]"] = "change", ["mimecast.unparsed[1]"] = "eventInfo",
    ["mimecast.eventInfo"] = 'Policy "Block, all | of = it" changed by Ada <ada@corp.example>',
    ["related.user[1]"] = "ada@corp.example", ["related.user[2]"] = "ada", ["related.user[3]"] = ABSENT,
  }),
  case("audit", "audit", "a new user", [[{"auditType":"New User Created","category":"account_logs","user":"admin",
    "eventInfo":"User created: Bob <bob@corp.example>\nsecond line"}]], {
    ["event.category[1]"] = "iam", ["event.type[1]"] = "creation", ["user.name"] = "admin", ["user.email"] = ABSENT,
    ["related.user[1]"] = "admin", ["related.user[2]"] = "bob@corp.example" }),
  case("audit", "audit", "a zone that nobody knows says no time", [[{"auditType":"User Logged On",
    "eventInfo":"x, Date: 2026-01-01, Time: 10:00:00 XYZT, IP: 192.0.2.1"}]], {
    ["event.created"] = "2026-01-01T00:05:00.000Z", ["client.ip"] = "192.0.2.1" }),
  case("audit", "audit", "a local time without a zone says no time", [[{"auditType":"User Logged On",
    "eventInfo":"x, Date: 2026-01-01, Time: 10:00:00"}]], { ["event.created"] = "2026-01-01T00:05:00.000Z" }),
  case("audit", "audit", "labels with nonsense behind them", [[{"auditType":"User Logged On",
    "eventInfo":"Date: soon, Time: now, IP: unknown, Application: , Method:"}]], {
    ["client"] = ABSENT, ["event.created"] = "2026-01-01T00:05:00.000Z", ["mimecast.application"] = ABSENT }),
  case("audit", "audit", "wrong shapes everywhere", [[{"id":5,"auditType":{"a":1},"user":["x"],"eventTime":0,
    "eventInfo":{"b":2},"category":null}]], {
    ["event.kind"] = "event", ["event.category[1]"] = "email", ["mimecast.auditType"] = '{"a":1}',
    ["mimecast.eventInfo"] = '{"b":2}' }),
  case("audit", "audit", "an empty event", [[{}]], { ["event.dataset"] = "mimecast.audit_events",
    ["@timestamp"] = "2026-01-01T00:05:00.000Z" }),

  ------------------------------------------------------------------------------------------------------- client.ip

  prose("other labels behind the address", "ok for a@b.example <Lee, Ann>, Date: 2026-11-26, Time: 09:00:00 GMT, IP: 192.0.2.7, Browser: Firefox, Application: Web", {
    ["client.ip"] = "192.0.2.7", ["related.ip[1]"] = "192.0.2.7", ["related.ip[2]"] = ABSENT, ["mimecast.application"] = "Web",
    ["mimecast.event_info.browser"] = "Firefox", ["event.created"] = "2026-11-26T09:00:00.000Z" }),
  prose("several addresses", "ok, IP: 192.0.2.7, 198.51.100.9, Application: Web", {
    ["client.ip"] = "192.0.2.7", ["related.ip[1]"] = "192.0.2.7", ["related.ip[2]"] = "198.51.100.9" }),
  prose("words behind the address", "ok, Application: Web, IP: 192.0.2.7 via gateway", {
    ["client.ip"] = "192.0.2.7", ["mimecast.application"] = "Web" }),
  prose("a port", "ok, IP: 192.0.2.7:443, Application: Web", { ["client.ip"] = "192.0.2.7" }),
  prose("a port behind brackets", "ok, IP: [2001:db8::1]:443, Application: Web", { ["client.ip"] = "2001:db8::1" }),
  prose("no address", "ok, IP: null, Remote IP is unknown", { ["client"] = ABSENT, ["related.ip"] = ABSENT }),
  prose("an address in a subject", "Viewed, From: <Bob> bob@x.example, To: <Ann> ann@b.example, Subject: Hi, IP: 203.0.113.6, From: evil@x.example, Processed: now, IP: 192.0.2.7", {
    ["client.ip"] = "192.0.2.7", ["related.ip[2]"] = ABSENT, ["email.from.address[1]"] = "bob@x.example",
    ["email.from.address[2]"] = ABSENT, ["email.subject"] = "Hi, IP: 203.0.113.6, From: evil@x.example",
    ["mimecast.event_info.processed"] = "now" }),

  ------------------------------------------------------------------------------------------------------- labels

  prose("blanks before colons, a sentence at the end", "no permissions, Date : 2026-11-26, Time : 08:59:00+0000, IP : 192.0.2.7, Application : API, Remote IP is 192.0.2.7", {
    ["client.ip"] = "192.0.2.7", ["event.created"] = "2026-11-26T08:59:00.000Z", ["mimecast.application"] = "API" }),
  prose("doubled colons and commas", "Failed for a@b.example <Ann>, Date: 2026-11-26, Time: 08:59:00 GMT, IP: : 192.0.2.7,, Application: SMTP-MTA2, Reason: Account locked", {
    ["client.ip"] = "192.0.2.7", ["event.created"] = "2026-11-26T08:59:00.000Z", ["mimecast.application"] = "SMTP-MTA2",
    ["event.reason"] = "Account locked" }),
  prose("a sentence with the address", "Succesfully enrolled user, Remote IP is 192.0.2.7", { ["client.ip"] = "192.0.2.7" }),
  prose("labels without commas between them", "Creating the entry, emailAddress :com.x.Address@4a[code=C1,emailAddress=bob@x.example,id=2] remote IP : 192.0.2.7 application : LFS", {
    ["client.ip"] = "192.0.2.7", ["mimecast.application"] = "LFS", ["related.user[1]"] = "bob@x.example" }),
  prose("no commas at all", "Action Performed - Deleted Folder by a@b.example<Ann> Date: 2026-11-26 Time: 19:23:10 +0100 IP: 192.0.2.7 Application: Console", {
    ["client.ip"] = "192.0.2.7", ["event.created"] = "2026-11-26T18:23:10.000Z", ["mimecast.application"] = "Console" }),
  prose("the time before the date, in a zone by its name", "x, Time: 11:00:00 PM NZDT, Date: 2026-11-26, IP: 192.0.2.7", {
    ["event.created"] = "2026-11-26T10:00:00.000Z" }),
  prose("an offset behind GMT", "x, Date: 2022-05-31, Time: 08:50:33 GMT-04:00, IP: 192.0.2.7", {
    ["event.created"] = "2022-05-31T12:50:33.000Z" }),
  prose("labels in lines", "Connector creation for O365\nName: Sync - 365, Description: null, App (provider): O365\nSuccess: true, IP: 192.0.2.7", {
    ["mimecast.event_info.name"] = "Sync - 365", ["mimecast.event_info.app_provider"] = "O365",
    ["mimecast.event_info.success"] = "true", ["client.ip"] = "192.0.2.7" }),
  prose("labels that come again, and that look alike", "x, Step: a, Step: b, step: c, IP: 192.0.2.7", {
    ["mimecast.event_info.step"] = "a", ["mimecast.event_info.step_2"] = "b", ["mimecast.event_info.step_3"] = "c" }),
  prose("40,000 colons", ("a: "):rep(40000) .. ", IP: 192.0.2.7", { ["client.ip"] = "192.0.2.7" }),
  prose("10,000 labels", "x" .. (", Label: y"):rep(10000) .. ", IP: 192.0.2.7", { ["client.ip"] = "192.0.2.7" }),

  ------------------------------------------------------------------------------------------------------- file.name

  prose("an export in brackets", "[Export type : Download,Name :list_view,Requested By :a@b.example,Export time :Thu Nov 26 09:00:00 GMT 2026,IP Address :192.0.2.7,Columns exported :Name|Email|,File name : export_17.xlsx,File Size: 6864,File type : .xlsx], Date: 2026-11-26, Time: 09:00:00+0000, IP: 192.0.2.8, Application: matfe", {
    ["file.name"] = "export_17.xlsx", ["file.extension"] = "xlsx", ["file.size"] = 6864, ["client.ip"] = "192.0.2.8",
    ["related.ip[2]"] = "192.0.2.7", ["mimecast.event_info.file_type"] = ".xlsx", ["related.user[1]"] = "a@b.example" }),
  prose("a download that names no file", "Mailbox export downloaded. Download filename (HTML Report recovery id): eNqVOTS by a@b.example, IP: 192.0.2.7", {
    ["file"] = ABSENT }),
  prose("hosts and addresses are no files", "Report download requested from portal.example.com by a@b.example - quarterly.pdf, IP: 192.0.2.7", {
    ["file.name"] = "quarterly.pdf", ["file.extension"] = "pdf" }),
  prose("a download by someone", "Mailbox export downloaded. Download filename: Mail box.pst by a@b.example, IP: 192.0.2.7", {
    ["file.name"] = "Mail box.pst", ["file.extension"] = "pst" }),
  prose("a download without an extension by someone", "Download filename: eNqVOTS by a@b.example, IP: 192.0.2.7", {
    ["file.name"] = "eNqVOTS", ["file.extension"] = ABSENT }),
  prose("a path", [[Export, File name: C:\Mail box\final report.csv, File Size: 12]], { ["file.name"] = "final report.csv", ["file.size"] = 12 }),
  prose("a size as people write it", "Export, File name: a.csv, File Size: 6,864 Bytes, IP: 192.0.2.7", { ["file.size"] = 6864 }),
  prose("a size that is none in bytes", "Export, File name: a.csv, File Size: 12 KB, IP: 192.0.2.7", { ["file.size"] = ABSENT }),
  prose("no file", "Export, File name: null, File Size: null", { ["file"] = ABSENT }),
  prose("a name in quotes", [[Exported file "Q3 report, final.pdf" of 'other.txt', IP: 192.0.2.7]], { ["file.name"] = "Q3 report, final.pdf" }),
  prose("a name with blanks behind a dash", "Report download requested by a@b.example - Q3 report v1.2 final.pdf, IP: 192.0.2.7", {
    ["file.name"] = "Q3 report v1.2 final.pdf", ["file.extension"] = "pdf" }),
  prose("a label that says what was done", "Report downloaded: summary.csv by a@b.example from admin.example.co.uk, IP: 192.0.2.7", {
    ["file.name"] = "summary.csv" }),
  prose("a feed", "Threat intel multiple feeds download  - grid_csv_2021.zip, Date: 2021-10-10", { ["file.name"] = "grid_csv_2021.zip" }),
  prose("a file in another sentence", "Opened quarterly.pdf, IP: 192.0.2.7", { ["file"] = ABSENT }),

  ------------------------------------------------------------------------------------------------------- kinds

  kind("Logon Requires Challenge", "authentication_logs", "authentication", "start", "unknown"),
  kind("Existing Authentication Profile Changed", "account_logs", "configuration", "change"),
  kind("Mimecast Support Login", "mimecast_access_logs", "authentication", "start", "success"),
  kind("Email Address Changed", "account_logs", "iam", "change"), -- no "add"
  kind("Licence Key Renewed", "account_logs", "iam", "change"), -- no "new"
  kind("User Unlocked", "account_logs", "iam", "change"), -- no "lock"
  kind("Console Logon Denied", "authentication_logs", "authentication", "start", "failure"),
  kind("Session Logged Off", "authentication_logs", "authentication", "end", "success"),
  kind("Login Pending", "authentication_logs", "authentication", "start", "unknown"),
  kind("User Not Logged On", "authentication_logs", "authentication", "start", "failure"), -- "logged on" is no success there
  kind("No Successful Logon", "authentication_logs", "authentication", "start", "failure"),
  kind("Successfully Completed Sign-In", "authentication_logs", "authentication", "start", "success"),
  kind("Sign On Denied", "account_logs", "authentication", "start", "failure"),
  kind("User Authentication Succeeded", "account_logs", "authentication", "start", "success"),
  kind("User Authentication Denied", "account_logs", "authentication", "start", "failure"),
  kind("Two-Factor Authentication Enabled", "authentication_logs", "configuration", "change"),
  kind("User Authentication Reset", "account_logs", "iam", "change"),
  kind("Logon Restrictions Added", "authentication_logs", "configuration", "creation"),
  kind("User Logged On After Password Was Changed", "authentication_logs", "authentication", "start", "success"),
  kind("Logon Policy Deleted", "policy_logs", "configuration", "deletion"),
  kind("New Address Alteration Definition", "policy_logs", "configuration", "creation"),
  kind("Preview Downloaded", "account_logs", "file", "access"),
  kind("Something Else", "account_logs", "iam", "info"),
  kind("Something Else", "other_things", "email", "info"),

  case("audit", "audit", "fields with the names of ours", [[{"auditType":"User Logged On","eventInfo":"Application: q, Method: m",
    "application":"vendor-app","method":"vendor-method","event_info":"x","2FA":"y","unparsed":1}]], {
    ["mimecast.application"] = "q", ["mimecast.application_2"] = "vendor-app", ["mimecast.method_2"] = "vendor-method",
    ["mimecast.event_info"] = "x", ["mimecast.2FA"] = "y", ["mimecast.unparsed"] = 1 }),
  case("audit", "audit", "a user field with two addresses", [[{"auditType":"User Logged On","user":"a@x.example, b@y.example"}]], {
    ["user.email"] = "a@x.example", ["user.name"] = "a", ["user.domain"] = "x.example", ["related.user[1]"] = "a@x.example",
    ["related.user[2]"] = "b@y.example", ["related.user[3]"] = "a", ["related.user[4]"] = "b", ["related.user[5]"] = ABSENT }),
  case("audit", "audit", "a user field with a name", [[{"auditType":"User Logged On","user":"Ann Lee <ann@x.example>"}]], {
    ["user.email"] = "ann@x.example", ["user.full_name"] = "Ann Lee", ["related.user[3]"] = ABSENT }),
  prose("a sentence with the address, and another form of it", "Opened from the web, IP is 192.0.2.7", { ["client.ip"] = "192.0.2.7" }),
  prose("an address in parentheses", "Opened (IP: 192.0.2.7)", { ["client.ip"] = "192.0.2.7" }),
  prose("only a receiver", "To: Ann <ann@x.example>", { ["mimecast.unparsed"] = ABSENT, ["email.to.address[1]"] = "ann@x.example" }),
  case("audit", "audit", "a user field with an address and what is none", [[{"auditType":"User Logged On","user":["a@x.example","Carl"]}]], {
    ["user.email"] = "a@x.example", ["mimecast.user[2]"] = "Carl" }),
  prose("several receivers with their names", "Viewed, From: bob@x.example <Bob, Jr.>, To: <Ann Lee> ann@b.example, <Lou> lou@b.example, Subject: x, IP: 192.0.2.7", {
    ["email.from.address[1]"] = "bob@x.example", ["email.from.address[2]"] = ABSENT, ["email.to.address[1]"] = "ann@b.example",
    ["email.to.address[2]"] = "lou@b.example", ["email.subject"] = "x" }),
  case("audit", "audit", "a user field with a name behind the address", [[{"auditType":"User Logged On","user":"ann@x.example <Lee, Ann>"}]], {
    ["user.email"] = "ann@x.example", ["user.full_name"] = "Lee, Ann", ["user.name"] = "ann" }),
  prose("a subject with commas, colons, quotes", [[Viewed - From: <Bob> bob@x.example, To: ann@b.example, Subject: Re: "Budget", Q3: final, Total: 5, Processed: today, Viewed Content: True, IP: 192.0.2.7]], {
    ["email.subject"] = [[Re: "Budget", Q3: final, Total: 5]], ["mimecast.event_info.processed"] = "today",
    ["mimecast.event_info.viewed_content"] = "True", ["mimecast.event_info.q3"] = ABSENT, ["client.ip"] = "192.0.2.7" }),
  prose("a reason with a label behind it", "Failed, Reason: Account locked, Session: 12, IP: 192.0.2.7", {
    ["event.reason"] = "Account locked", ["mimecast.event_info.session"] = "12" }),
}
