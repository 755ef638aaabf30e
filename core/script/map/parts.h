/* The names of parts, as scripts write them, and their numbers. */
#ifndef POSTERN_SCRIPT_MAP_PARTS_H
#define POSTERN_SCRIPT_MAP_PARTS_H

enum map_meta {
    META_ACCOUNT,
    META_SOURCE,
    META_STREAM,
    META_TYPE,
    META_ID,
    META_PIPELINE,
    META_RECEIVED,
    META_TIME
};
enum map_email { EMAIL_ADDRESS, EMAIL_LOCAL, EMAIL_DOMAIN, EMAIL_NAME };
enum map_url {
    URL_FULL,
    URL_SCHEME,
    URL_DOMAIN,
    URL_IP,
    URL_REGISTERED_DOMAIN,
    URL_TOP_LEVEL_DOMAIN,
    URL_SUBDOMAIN,
    URL_PORT,
    URL_PATH,
    URL_EXTENSION,
    URL_QUERY,
    URL_FRAGMENT,
    URL_USERNAME,
};
enum map_time {
    TIME_ANY, /* how it is written is told by what stands there */
    TIME_MILLISECONDS,
    TIME_SECONDS,
    TIME_ZONED,
    TIME_PATTERN /* has no name */
};

enum map_names_form { NAMES_SEVERAL, NAMES_ONE };
enum map_json_form { JSON_OF_ANY_TYPE, JSON_OBJECT_ONLY };

/* NULL-terminated, in the order of the enums. */
extern const char *const map_meta_names[], *const map_email_names[], *const map_url_names[],
                                                                         *const map_time_names[],
                                                                             *const map_mention_names[],
                                                                                 *const map_names_forms[],
                                                                                     *const map_json_forms[];

#endif
