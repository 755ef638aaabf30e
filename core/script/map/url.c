/* The method of a map that gives the parts of a URL. */
#include "script/map/values.h"

#include "parse/domain.h"
#include "script/map/parts.h"

static void read_url(const struct map_run *run, const struct map_value *value)
{
    struct known_url *url = &run->machine->url;
    postern_text text = map_plain_text(run, value);
    url->is_url = url_parse(text, &url->parts);
    url->host_is_malformed = url->is_url && url->parts.domain.size && !host_is_valid(url->parts.domain);
    url->has_names = false;
    url->form = value->form == TEXT_WRITTEN ? TEXT_PLAIN : value->form;
    url->text = value->text;
}

static const struct public_suffix_parts *names_of(const struct map_run *run, struct known_url *url)
{
    if (url->has_names) return &url->names;
    sandbox_charge(run->L, 8);
    if (!public_suffix_split(url->parts.domain, map_scratch(run, PUBLIC_SUFFIX_BUFFER), &run->machine->hosts,
                             &url->names))
        url->names = (struct public_suffix_parts){0};
    url->has_names = true;
    return &url->names;
}

static postern_text port_text(const struct map_run *run, int port)
{
    struct buffer digits = {.data = map_scratch(run, 16), .capacity = 16, .limit = 16};
    if (port > 0) json_write_integer(&digits, port);
    return buffer_text(&digits);
}

static postern_text url_part(const struct map_run *run, struct known_url *url, enum map_url part)
{
    switch (part) {
    case URL_FULL:
        return url->parts.full;
    case URL_SCHEME:
        return url->parts.scheme;
    case URL_DOMAIN:
        return url->parts.domain;
    case URL_IP:
        return url_host_address(&url->parts);
    case URL_REGISTERED_DOMAIN:
        return names_of(run, url)->registered;
    case URL_TOP_LEVEL_DOMAIN:
        return names_of(run, url)->top_level;
    case URL_SUBDOMAIN:
        return names_of(run, url)->subdomain;
    case URL_PORT:
        return port_text(run, url->parts.port);
    case URL_PATH:
        return url->parts.path;
    case URL_EXTENSION:
        return url->parts.extension;
    case URL_QUERY:
        return url->parts.query;
    case URL_FRAGMENT:
        return url->parts.fragment;
    case URL_USERNAME:
        return url->parts.username;
    }
    return (postern_text){0};
}

enum map_outcome map_give_url_part(const struct map_run *run, const struct step *step,
                                   struct map_value *value)
{
    struct known_url *url = &run->machine->url;
    if (value->type != POSTERN_JSON_STRING) return MAP_UNREADABLE;
    if (url->text.data != value->text.data || url->text.size != value->text.size) read_url(run, value);
    if (!url->is_url) return MAP_UNREADABLE;
    if (step->part == URL_PORT && url->parts.port == URL_UNUSABLE_PORT) return MAP_UNREADABLE;
    if (step->part == URL_DOMAIN && url->host_is_malformed) return MAP_UNREADABLE;
    value->text = url_part(run, url, (enum map_url)step->part);
    value->form = (uint8_t)url->form;
    if (step->part == URL_PORT) value->type = POSTERN_JSON_NUMBER;
    return value->text.size ? MAP_ONE : MAP_NONE;
}
