-- Kinds of audit: audit type → event.category, event.type and, of what can fail, event.outcome. Words tell the kind of those
-- that the table lacks. Categories and types are those that ECS allows together.

local kinds = {}

local function kind(category, types, outcome)
  return { category = category, type = types, outcome = outcome }
end

local LOGON = kind("authentication", { "start" }, "success")
local LOGON_FAILED = kind("authentication", { "start" }, "failure")
local LOGON_OPEN = kind("authentication", { "start" }, "unknown") -- a question is still to be answered
local LOGOFF = kind("authentication", { "end" }, "success")
local USER_NEW, USER_CHANGED = kind("iam", { "creation", "user" }), kind("iam", { "change", "user" })
local IAM_CHANGED, IAM_READ = kind("iam", { "change" }), kind("iam", { "info" })
local SETTING_NEW, SETTING_CHANGED = kind("configuration", { "creation" }), kind("configuration", { "change" })
local FILE_READ = kind("file", { "access" })
local MAIL = kind("email", { "info" })

kinds.by_type = {
  ["User Logged On"] = LOGON,
  ["User Logged Off"] = LOGOFF,
  ["Mimecast Support Login"] = LOGON,
  ["Logon Authentication Failed"] = LOGON_FAILED,
  ["Logon Requires Challenge"] = LOGON_OPEN,

  ["New User Created"] = USER_NEW,
  ["User Password Changed"] = USER_CHANGED,
  ["Completed Directory Sync"] = IAM_READ,
  ["Folder Log Entry"] = IAM_CHANGED, -- of groups of profiles, which Mimecast calls folders

  ["Policy Changed"] = SETTING_CHANGED,
  ["Existing Policy Changed"] = SETTING_CHANGED,
  ["Existing Authentication Profile Changed"] = SETTING_CHANGED,
  ["Existing Archive Task Changed"] = SETTING_CHANGED,
  ["Connectors Management"] = SETTING_CHANGED,
  ["Custom Report Definition Created"] = SETTING_NEW,

  ["Archive Mailbox Export Download"] = FILE_READ,
  ["Content View Export"] = FILE_READ,
  ["Page Data Exports"] = FILE_READ,
  ["Report Download"] = FILE_READ,
  ["Threat Intel Feed Download"] = FILE_READ,

  ["Archive Mailbox Restore"] = MAIL,
  ["Case Action"] = MAIL,
  ["Message Action"] = MAIL,
  ["Remediation Incident Adjustment"] = MAIL,
  ["Review Set Action"] = MAIL,
  ["Search Action"] = MAIL,
}

-------------------------------------------------------------------------------------------------------------------
-- What the table lacks: whole words, so that "add" is not found in "address" nor "lock" in "unlocked".
-------------------------------------------------------------------------------------------------------------------

local function set(words)
  local made = {}
  for word in words:gmatch "%S+" do made[word] = true end
  return made
end

local KINDS = { -- the first that fits
  { "configuration", set "policy policies setting settings configuration configured definition definitions connector connectors profile profiles dictionary dictionaries route routes rule rules template templates task tasks application applications integration integrations" },
  { "authentication", set "logon logons logoff login logout signin authenticated" },
  { "file", set "export exports exported download downloads downloaded" },
  { "iam", set "user users account accounts role roles group groups password passwords permission permissions administrator administrators key keys address alias domain domains" },
}
local CHANGES = {
  { "deletion", set "deleted removed delete remove deletion" },
  { "change", set "changed updated edited modified reset renewed enabled disabled locked unlocked existing change update renamed" },
  { "creation", set "new created added create add creation" },
}
local FAILED = set "fail failed fails failure denied refused rejected invalid locked unsuccessful unsuccessfully blocked not no never without"
local SUCCEEDED = set "success successful successfully succeeded completed"
-- What is done to the settings of log-ons, and to no log-on: "Two-Factor Authentication Enabled".
local SET_UP = set "changed updated edited modified reset enabled disabled added created removed deleted renamed change update"
local ON, OFF = set "on in", set "off out"
local BEFORE_ON = set "logged log signed sign"

-- The words of a text: as a set, in which "logged on" and "sign-in" are "logon" and "logged off" is "logoff".
local function words_of(text)
  local found, before = {}, nil
  for word in postern.lower(text):gmatch "%w+" do
    if BEFORE_ON[before] then
      local done = before == "logged" or before == "signed"
      if ON[word] then found.logon, found.done = true, done end
      if OFF[word] then found.logoff, found.done = true, done end
    end
    found[word], before = true, word
  end
  return found
end

local function holds_one(words, wanted)
  for word in pairs(wanted) do
    if words[word] then return true end
  end
  return false
end

local function first_that_fits(words, choices)
  for _, choice in ipairs(choices) do
    if holds_one(words, choice[2]) then return choice[1] end
  end
end

-- Not the log-on of someone, though it is about log-ons.
local function is_set_up(words)
  return not words.done and holds_one(words, SET_UP)
end

-- "authentication" alone is about settings as often as about a log-on.
local function category_of(words)
  local found = first_that_fits(words, KINDS)
  if found == "authentication" and is_set_up(words) then return "configuration" end
  if words.authentication and (found == "iam" or not found) then
    if is_set_up(words) then return found or "configuration" end
    return (not found or holds_one(words, FAILED) or holds_one(words, SUCCEEDED)) and "authentication" or found
  end
  return found
end

local function logon_of(words)
  local types = (words.logoff or words.logout) and { "end" } or { "start" }
  if holds_one(words, FAILED) then return kind("authentication", types, "failure") end
  local done = words.done or holds_one(words, SUCCEEDED)
  return kind("authentication", types, done and "success" or "unknown")
end

-- The kind of an audit by the words of its type, and where they say nothing, of its category.
function kinds.by_words(audit_type, category)
  local words = words_of(type(audit_type) == "string" and audit_type or "")
  local found = category_of(words)
    or category_of(words_of(type(category) == "string" and category:gsub("_", " ") or "")) or "email"
  if found == "authentication" then return logon_of(words) end
  if found == "email" then return MAIL end
  if found == "file" then return FILE_READ end
  return kind(found, { first_that_fits(words, CHANGES) or (found == "configuration" and "change" or "info") })
end

return kinds
