#include "records.h"

struct record_list records_over(postern_text text)
{
    return (struct record_list){.walk = json_walk_over(text)};
}

static enum record_kind lost(struct record_list *list, const char *from, struct record *record)
{
    bool cut = list->walk.at == list->walk.end;
    *record = (struct record){
        .text = kit_between(from, list->walk.end),
        .reason = cut ? "the list of records ends early" : "the list of records breaks off here",
    };
    list->walk.at = list->walk.end;
    return RECORDS_LOST;
}

/* Over the bracket or the comma in front of the next record. */
static bool step_to_record(struct record_list *list, bool *over)
{
    struct json_walk *walk = &list->walk;
    json_walk_space(walk);
    if (walk->at == walk->end) return false;
    char c = *walk->at;
    *over = list->begun && c == ']';
    if (!*over && c != (list->begun ? ',' : '[')) return false;
    walk->at++;
    if (!list->begun) { /* an empty list */
        list->begun = true;
        json_walk_space(walk);
        *over = walk->at < walk->end && *walk->at == ']';
        if (*over) walk->at++;
    }
    return true;
}

enum record_kind records_next(struct record_list *list, struct record *record, json_member member,
                              void *context)
{
    struct json_walk *walk = &list->walk;
    const char *start = walk->at;
    bool over;
    if (!step_to_record(list, &over)) return lost(list, start, record);
    if (over) return RECORDS_END;
    json_walk_space(walk);
    start = walk->at;
    if (start == walk->end) return lost(list, start, record);
    if (json_walk_value(walk, member, context)) {
        *record = (struct record){.text = kit_between(start, walk->at), .reason = "it is no JSON object"};
        return *start == '{' ? RECORD : RECORD_STRANGE;
    }
    if (walk->fault == WALK_CUT) {
        walk->at = walk->end;
        return lost(list, start, record);
    }
    walk->at = start;
    if (!json_walk_outline(walk)) return lost(list, start, record);
    *record = (struct record){.text = kit_between(start, walk->at), .reason = "it breaks the rules of JSON"};
    json_walk_space(walk);
    bool goes_on = walk->at < walk->end && (*walk->at == ',' || *walk->at == ']');
    return goes_on ? RECORD_BROKEN : lost(list, start, record);
}
