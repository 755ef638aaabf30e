/* What the server's answers mean. The codes are PostgreSQL's SQLSTATEs; the longest beginning that fits
 * counts. */
#include "postgresql_sink.h"

static const struct sqlstate_meaning {
    const char *begins;
    postern_status status;
    const char *remedy;
} meanings[] = {
    /* Passes, or somebody else mends it. */
    {"08", POSTERN_E_RETRY, NULL},
    {"24", POSTERN_E_RETRY, NULL},
    {"25", POSTERN_E_RETRY, NULL},
    {"25006", POSTERN_E_RETRY,
     "the server is read only, such as a standby: name the primary too, as a further host"},
    {"26", POSTERN_E_RETRY, NULL},
    {"40", POSTERN_E_RETRY, NULL},
    {"53", POSTERN_E_RETRY, "give the server more of it; Postern goes on by itself"},
    {"53100", POSTERN_E_RETRY, "make room on the server's disk; Postern goes on by itself"},
    {"53300", POSTERN_E_RETRY, "raise the server's max_connections, or lower parallel"},
    {"55", POSTERN_E_RETRY, NULL},
    {"55P03", POSTERN_E_RETRY, "somebody holds a lock on the table"},
    {"57", POSTERN_E_RETRY, NULL},
    {"57014", POSTERN_E_RETRY, "it took too long: look for locks on the table, or raise timeout"},
    {"57P03", POSTERN_E_RETRY, NULL},
    {"58", POSTERN_E_RETRY, NULL},
    {"XX", POSTERN_E_RETRY, "look into the server's log"},
    /* The user must mend it. */
    {"0A", POSTERN_E_CONFIG, NULL},
    {"28", POSTERN_E_CONFIG, "check user, password and the server's pg_hba.conf"},
    {"3D", POSTERN_E_CONFIG, "check database, or create it"},
    {"3F", POSTERN_E_CONFIG, "check the schema in table"},
    {"42", POSTERN_E_CONFIG, "check table and columns"},
    {"42501", POSTERN_E_CONFIG,
     "grant INSERT and SELECT on the table, USAGE on its schema and TEMPORARY on the database"},
    {"42703", POSTERN_E_CONFIG,
     "check columns: they name the columns of your table, and \"\" leaves one out"},
    {"42804", POSTERN_E_CONFIG,
     "the column's type does not take it: text, timestamptz for the times, jsonb, json or "
     "text (event_type) for the event"},
    {"42P01", POSTERN_E_CONFIG, "make the table (the guide has its SQL), or set create_table = true"},
    {"42P10", POSTERN_E_CONFIG,
     "make a unique index or primary key on exactly the columns of unique: repeats are told "
     "by it"},
    {"54", POSTERN_E_CONFIG, NULL},
    {"57P04", POSTERN_E_CONFIG, "check database, or create it"},
    {"F0", POSTERN_E_CONFIG, "mend the server's configuration"},
    /* One event's fault, as long as others pass. */
    {"22", EVENT_REFUSED, NULL},
    {"23", EVENT_REFUSED, NULL},
    {"44", EVENT_REFUSED, NULL},
    {"54000", EVENT_REFUSED, NULL}, /* too long for jsonb or for the index */
    {"P0", EVENT_REFUSED, NULL},    /* a trigger of the user's */
};

postern_status refusal_of(const char *sqlstate, const char *constraint, const char **remedy)
{
    const struct sqlstate_meaning *found = NULL;
    *remedy = NULL;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        const struct sqlstate_meaning *meaning = &meanings[i];
        if (sqlstate && kit_starts_with(kit_text(sqlstate), meaning->begins) &&
            (!found || strlen(meaning->begins) > strlen(found->begins)))
            found = meaning;
    }
    /* A partitioned table has no partition for the row: that stops all that come, and is not the event's. */
    if (sqlstate && strcmp(sqlstate, "23514") == 0 && !constraint) {
        *remedy = "make the partition, or a default one; the events wait in the journal";
        return POSTERN_E_CONFIG;
    }
    if (!found) return POSTERN_E_RETRY;
    *remedy = found->remedy;
    return found->status;
}

/* The general part of the words: a value of the event behind it would make a reason of its own out of each
 * event, and one mistake of the configuration could not be seen as one. */
static size_t general_size(const char *words)
{
    const char *value = strstr(words, ": \"");
    return value ? (size_t)(value - words) : strcspn(words, "\n");
}

static postern_status fill(const char *words, const char *sqlstate, const char *constraint,
                           const char *action, postern_error *error)
{
    const char *remedy;
    postern_status status = refusal_of(sqlstate, constraint, &remedy);
    size_t size = status == EVENT_REFUSED ? general_size(words) : strcspn(words, "\n");
    return kit_fail(error, status, remedy, "%s: %.*s%s%s%s", action, (int)(size < 300 ? size : 300), words,
                    sqlstate ? " (" : "", sqlstate ? sqlstate : "", sqlstate ? ")" : "");
}

postern_status refusal_take(const PGresult *answer, const char *action, postern_error *error)
{
    const char *sqlstate = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    const char *words = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
    return fill(words ? words : PQresultErrorMessage(answer), sqlstate,
                PQresultErrorField(answer, PG_DIAG_CONSTRAINT_NAME), action, error);
}

/* "... failed: FATAL:  28P01: password ...", as PQERRORS_VERBOSE has it: the only way to the code. */
static bool find_code(const char *words, char code[6])
{
    for (const char *at = strstr(words, ":  "); at; at = strstr(at + 1, ":  ")) {
        const char *begin = at + 3;
        if (strspn(begin, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5 || begin[5] != ':') continue;
        memcpy(code, begin, 5);
        code[5] = '\0';
        return true;
    }
    return false;
}

postern_status refusal_to_connect(const PGconn *session, postern_error *error)
{
    char code[6], action[320] = "no connection";
    const char *words = PQerrorMessage(session), *host = PQhost(session);
    if (host && !strstr(words, host)) /* it names the address alone, where it was given one */
        snprintf(action, sizeof action, "no connection to %.260s", host);
    return fill(words, find_code(words, code) ? code : NULL, NULL, action, error);
}
