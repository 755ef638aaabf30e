/* Accounts and streams that are new, made together. */
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"

struct enrolled_list {
    const struct enrolled *list;
    size_t count;
};

static bool is_too_long(const char *name)
{
    return name && strlen(name) >= RECORD_NAME_SIZE;
}

static postern_status check(const struct enrolled *one, postern_error *error)
{
    if (!is_too_long(one->account) && !is_too_long(one->source) && !is_too_long(one->name) &&
        !is_too_long(one->auth))
        return POSTERN_OK;
    return error_set(error, POSTERN_E_INVALID,
                     "%s: the name of the account, source, stream or authentication profile is too long",
                     one->account);
}

static postern_status make_all(struct journal *journal, void *context, postern_error *error)
{
    const struct enrolled_list *all = context;
    const char *account = "";
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < all->count; i++) {
        const struct enrolled *one = &all->list[i];
        status = check(one, error);
        if (status == POSTERN_OK && strcmp(account, one->account) != 0)
            status = account_make(journal, one->account, error);
        if (status == POSTERN_OK && one->source) status = stream_make(journal, one, error);
        account = one->account;
    }
    return status;
}

postern_status journal_enrol(struct journal *journal, const struct enrolled *list, size_t count,
                             postern_error *error)
{
    struct enrolled_list all = {list, count};
    return count ? writer_call(journal, make_all, &all, error) : POSTERN_OK;
}
