/* Which authentication profile an account has, told by its `auth`, its `api`, or the keys that are given. */
#ifndef POSTERN_CONFIG_PROFILES_H
#define POSTERN_CONFIG_PROFILES_H

#include "config/check.h"

/* NULL with the problem noted if it cannot be told. */
const postern_auth *profile_choose(struct check *check, const struct declaration *declaration);
/* How the user chooses it: "api = 1", or: auth = "vendor/1.0". Returns `label`. */
#define PROFILE_LABEL_SIZE 96
const char *profile_label(const postern_auth *profile, char label[PROFILE_LABEL_SIZE]);
/* A profile that has a key of this name; NULL if none has. */
const postern_auth *profile_with_key(const struct check *check, const char *key);
/* What an account may have: its own keys and those of all profiles; ends with NULL, in the configuration's
 * memory. */
const char *const *profile_keys(struct check *check);

#endif
