-- Mimecast events as the Elastic Common Schema (ECS) 8: the packaged mapping.
--
-- Each source has one map, a file in ecs/; ecs/common.lua holds what all of them share. What no entry takes stays under
-- `mimecast.` with its own name, values of an unexpected shape too. To change something, copy this file and the one that
-- you change beside your configuration (dlp: ecs.lua and ecs/dlp.lua) and edit them there; to add something, name a
-- script of your own behind it: transform = { "ecs", "mine" }. The tests lie beside the maps: `postern test`.
-- README.md says what becomes of which field, and what options.lua can turn on.

local choose = postern.choose

local siem = postern.script "ecs/siem"
local siem_ci = postern.script "ecs/siem_ci"
local audit = postern.script "ecs/audit"
local ttp_url = postern.script "ecs/ttp_url"
local ttp_attachment = postern.script "ecs/ttp_attachment"
local ttp_impersonation = postern.script "ecs/ttp_impersonation"
local dlp = postern.script "ecs/dlp"
local held_release = postern.script "ecs/held_release"
local rejections = postern.script "ecs/rejections"
local hold_queue = postern.script "ecs/hold_queue"
local archive_search = postern.script "ecs/archive_search"
local archive_view = postern.script "ecs/archive_view"
local remediation = postern.script "ecs/remediation"
local threat_intel = postern.script "ecs/threat_intel"
local reported_emails = postern.script "ecs/reported_emails"
local threat_events = postern.script "ecs/threat_events"
local other = postern.script "ecs/other"

-- Lines that are given to `postern map` need not say their source: then the fields do, if they can. The first source that has one
-- of these tells; a null or an empty list is there as well.
local TELLING = {
  { siem_ci, "threatState", "threatType", "policiesApplied", "authResults", "historicalMail" },
  { siem, "datetime", "aCode", "acc", "aggregateId" },
  { audit, "auditType", "eventInfo" },
  { ttp_impersonation, "impersonationResults", "identifiers", "senderIpAddress", "similarDomain", "taggedMalicious", "taggedExternal" },
  { ttp_attachment, "actionTriggered", "fileHash", "fileType" },
  { ttp_url, "scanResult", "ttpDefinition", "userEmailAddress", "fromUserEmailAddress", "userAwarenessAction", "sendingIp" },
  { held_release, "released", "heldReason", "rejectReason" },
  { hold_queue, "dateReceived", "reasonCode" },
  { archive_search, "searchText", "searchReason", "emailAddr" },
  { archive_view, "viewer", "contentViewed" },
  { remediation, "searchCriteria" },
  { threat_intel, "valid_from", "relationship_type", "first_observed" },
  { reported_emails, "threatAnalysis", "threatReports" },
}
local function map_by_fields(event)
  for _, telling in ipairs(TELLING) do
    for i = 2, #telling do
      if event[telling[i]] ~= nil then return telling[1] end
    end
  end
  if event.senderAddress and (event.policy or event.eventTime) then return dlp end
end

local UNKNOWN = 'neither says the line of which source it is, nor do its fields: mapped as "other"; '
  .. "`postern map --source NAME` says it"

local function by_fields(event, ctx)
  local map = map_by_fields(event)
  if not map then ctx.note(UNKNOWN) end
  return (map or other)(event)
end

return choose {
  by = "source",
  { "siem", siem },
  { "siem-ci", siem_ci },
  { "audit", audit },
  { "ttp-url", ttp_url },
  { "ttp-attachment", ttp_attachment },
  { "ttp-impersonation", ttp_impersonation },
  { "dlp", dlp },
  { "held-release", held_release },
  { "rejections", rejections },
  { "hold-queue", hold_queue },
  { "archive-search", archive_search },
  { "archive-view", archive_view },
  { "remediation", remediation },
  { "threat-intel", threat_intel },
  { "reported-emails", reported_emails },
  { "threat-events", threat_events },
  { "notices", choose.keep }, -- Postern's own words, in Postern's own names
  { "", by_fields },
  other = other,
}
