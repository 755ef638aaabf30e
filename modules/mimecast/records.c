#include "records.h"
#include "json_outline.h"

struct record_list records_over(postern_text text)
{
    return (struct record_list){.walk = json_walk_over(text)};
}

struct record_list records_set_aside(postern_text text)
{
    struct record_list list = records_over(text);
    struct json_walk *walk = &list.walk;
    while (walk->at < walk->end && (kit_is_space(*walk->at) || *walk->at == ','))
        walk->at++;
    list.begun = list.at_record = walk->at < walk->end && *walk->at != '[';
    return list;
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
    if (list->at_record) {
        list->at_record = false;
        return true;
    }
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

static enum record_kind broken(struct record *record, postern_text text, const char *reason)
{
    *record = (struct record){.text = text, .reason = reason};
    return RECORD_BROKEN;
}

/* Over what stands here and is no record, to where the list goes on. */
static enum record_kind step_over(struct record_list *list, struct record *record)
{
    struct json_walk *walk = &list->walk;
    const char *from = walk->at;
    bool sound, deep = walk->fault == WALK_DEEP;
    if (!json_outline_record(walk, &sound)) return lost(list, from, record);
    const char *end = walk->at;
    list->at_record = *end == '{';
    while (list->at_record && end > from && (kit_is_space(end[-1]) || end[-1] == ','))
        end--; /* what stands between the two */
    broken(record, kit_trim(kit_between(from, end)),
           deep ? "it is nested deeper than 128 levels" : "it breaks the rules of JSON");
    record->is_one = sound;
    return deep && sound ? RECORD_STRANGE : RECORD_BROKEN;
}

/* Between two records stands something else than a comma. */
static enum record_kind step_between(struct record_list *list, struct record *record)
{
    const char *at = list->walk.at;
    list->at_record = *at == '{';
    return list->at_record ? broken(record, kit_between(at, at), "the comma in front of a record is missing")
                           : step_over(list, record);
}

enum record_kind records_next(struct record_list *list, struct record *record, json_member member,
                              void *context)
{
    struct json_walk *walk = &list->walk;
    const char *start = walk->at;
    bool over, begun = list->begun;
    walk->fault = WALK_FINE;
    if (!step_to_record(list, &over))
        return begun && walk->at < walk->end ? step_between(list, record) : lost(list, start, record);
    if (over) return RECORDS_END;
    json_walk_space(walk);
    start = walk->at;
    if (start == walk->end) return lost(list, start, record);
    if (json_walk_value(walk, member, context)) {
        *record = (struct record){
            .text = kit_between(start, walk->at), .reason = "it is no JSON object", .is_one = true};
        return *start == '{' ? RECORD : RECORD_STRANGE;
    }
    bool cut = walk->fault == WALK_CUT;
    walk->at = cut ? walk->end : start;
    return cut ? lost(list, start, record) : step_over(list, record);
}
