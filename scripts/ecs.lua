-- Mimecast events as the Elastic Common Schema (ECS) 8: the packaged mapping.
--
-- Each source has one map, a file in ecs/; ecs/common.lua holds what all of them share. What no entry takes stays under
-- `mimecast.` with its own name, values of an unexpected shape too. To change something, copy this file and the one that
-- you change beside your configuration (dlp: ecs.lua and ecs/dlp.lua) and edit them there; to add something, name a
-- script of your own behind it: transform = { "ecs", "mine" }. The tests lie beside the maps: `postern test`.
-- README.md says what becomes of which field, and what options.lua can turn on.

local SOURCES = {
  siem = postern.script "ecs/siem",
  audit = postern.script "ecs/audit",
  ["ttp-url"] = postern.script "ecs/ttp_url",
  ["ttp-attachment"] = postern.script "ecs/ttp_attachment",
  ["ttp-impersonation"] = postern.script "ecs/ttp_impersonation",
  dlp = postern.script "ecs/dlp",
  ["siem-ci"] = postern.script "ecs/siem_ci",
  ["held-release"] = postern.script "ecs/held_release",
  rejections = postern.script "ecs/rejections",
  ["hold-queue"] = postern.script "ecs/hold_queue",
  ["archive-search"] = postern.script "ecs/archive_search",
  ["archive-view"] = postern.script "ecs/archive_view",
  remediation = postern.script "ecs/remediation",
  ["threat-intel"] = postern.script "ecs/threat_intel",
  ["reported-emails"] = postern.script "ecs/reported_emails",
  ["threat-events"] = postern.script "ecs/threat_events",
}
local other = postern.script "ecs/other"

-- Lines that are given to `postern map` need not say their source: then the fields do, if they can. The first source that has one
-- of these tells; a null or an empty list is there as well.
local TELLING = {
  { "siem-ci", "threatState", "threatType", "policiesApplied", "authResults", "historicalMail" },
  { "siem", "datetime", "aCode", "acc", "aggregateId" },
  { "audit", "auditType", "eventInfo" },
  { "ttp-impersonation", "impersonationResults", "identifiers", "senderIpAddress", "similarDomain", "taggedMalicious", "taggedExternal" },
  { "ttp-attachment", "actionTriggered", "fileHash", "fileType" },
  { "ttp-url", "scanResult", "ttpDefinition", "userEmailAddress", "fromUserEmailAddress", "userAwarenessAction", "sendingIp" },
  { "held-release", "released", "heldReason", "rejectReason" },
  { "hold-queue", "dateReceived", "reasonCode" },
  { "archive-search", "searchText", "searchReason", "emailAddr" },
  { "archive-view", "viewer", "contentViewed" },
  { "remediation", "searchCriteria" },
  { "threat-intel", "valid_from", "relationship_type", "first_observed" },
  { "reported-emails", "threatAnalysis", "threatReports" },
}
local function source_by_fields(event)
  for _, telling in ipairs(TELLING) do
    for i = 2, #telling do
      if event[telling[i]] ~= nil then return SOURCES[telling[1]] end
    end
  end
  if event.senderAddress and (event.policy or event.eventTime) then return SOURCES.dlp end
end

local UNKNOWN = 'neither says the line of which source it is, nor do its fields: mapped as "other"; '
  .. "`postern map --source NAME` says it"

return function(event, ctx)
  local source = ctx.source
  if source == "notices" then return event end -- Postern's own words, in Postern's own names
  local apply = SOURCES[source]
  if not apply and (source == nil or source == "") then
    apply = source_by_fields(event)
    if not apply then ctx.note(UNKNOWN) end
  end
  return (apply or other)(event)
end
