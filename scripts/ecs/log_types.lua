-- siem: log types as API 1.0 and 2.0 name them → one name.
return {
  receipt = "receipt", process = "process", delivery = "delivery", spam = "spam", av = "avlog", jrnl = "jrnl",
  journal = "jrnl", ttp_url = "url-protect", ttp_ap = "attachment-protect", impersonation = "impersonation-protect",
  iep = "internal-email-protect",
}
