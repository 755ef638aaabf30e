/* What a module's tables must be: each row spoils one thing of a module that is right. */
#include "parts.h"

#define SPOIL(name, statement)                                                                               \
    static void name(struct parts *p)                                                                        \
    {                                                                                                        \
        statement;                                                                                           \
    }
SPOIL(nothing, (void)p)
SPOIL(no_name, p->module.name = NULL)
SPOIL(odd_name, p->module.name = "Not A Name")
SPOIL(no_version, p->module.version = NULL)
SPOIL(source_small, p->source.size = 24)
SPOIL(source_odd_name, p->source.name = "lo_gs")
SPOIL(source_no_title, p->source.title = NULL)
SPOIL(source_no_next, p->source.next = NULL)
SPOIL(source_no_on_response, p->source.on_response = NULL)
SPOIL(source_no_streams, p->source.streams = NULL)
SPOIL(source_empty_streams, p->streams[0] = NULL)
SPOIL(stream_small, p->stream.size = 8)
SPOIL(stream_odd_name, p->stream.name = "other")
SPOIL(stream_prefix_only, p->stream.name = "logs-")
SPOIL(stream_no_dash, p->stream.name = "logsa")
SPOIL(stream_kind, p->stream.kind = 5)
SPOIL(stream_push, p->stream.kind = POSTERN_STREAM_PUSH)
SPOIL(stream_snapshot, p->stream.kind = POSTERN_STREAM_SNAPSHOT)
SPOIL(stream_of_before,
      (p->stream.size = 56, p->stream.product = "", p->stream.quota = &p->quota, p->quota.size = 0))
SPOIL(stream_empty_help, p->stream.empty_help = "")
SPOIL(stream_product, p->stream.product = "two\nlines")
SPOIL(stream_schedule,
      (p->stream.schedule = &p->schedule, p->source.schedule = NULL, p->schedule.slice_ms = -1))
SPOIL(stream_quota, p->stream.quota = &p->quota)
SPOIL(quota_small, (p->stream.quota = &p->quota, p->quota.size = 16))
SPOIL(quota_flag, (p->stream.quota = &p->quota, p->quota.flags = 1))
SPOIL(quota_name, (p->stream.quota = &p->quota, p->quota.name = "Too Odd"))
SPOIL(quota_calls, (p->stream.quota = &p->quota, p->quota.calls = 0))
SPOIL(quota_window, (p->stream.quota = &p->quota, p->quota.window_ms = 0))
SPOIL(source_off, p->source.flags = POSTERN_SOURCE_OFF)
SPOIL(source_flag, p->source.flags = 2)
SPOIL(stream_flags, p->stream.flags = 1)
SPOIL(stream_later, (p->stream.kind = 5, p->module.abi_minor = 5))
SPOIL(stream_no_auth, p->stream.auth = NULL)
SPOIL(stream_no_permission, p->stream.permission = NULL)
SPOIL(stream_twice, p->second_stream.name = "logs-a")
SPOIL(stream_volatile, p->field.path = "")
SPOIL(stream_volatile_part, p->field.path = "meta..offset")
SPOIL(stream_volatile_end, p->field.path = "meta.")
SPOIL(stream_volatile_small, p->field.size = 8)
SPOIL(schedule_small, p->schedule.size = 16)
SPOIL(schedule_negative, p->schedule.slice_ms = -1)
SPOIL(schedule_settle, (p->schedule.delay_ms = 2000, p->schedule.settle_ms = 1000))
SPOIL(option_name, p->option.name = "Size")
SPOIL(option_type, p->option.type = 12)
SPOIL(option_type_of_parameters, (p->option.type = POSTERN_OPTION_TIME, p->option.default_value = NULL))
SPOIL(option_type_later, (p->option.type = 12, p->module.abi_minor = 5))
SPOIL(option_flag, p->option.flags = 1u << 30)
SPOIL(option_flag_later, (p->option.flags = 1u << 30, p->module.abi_minor = 5))
SPOIL(option_small, p->option.size = 40)
SPOIL(option_help, p->option.help = NULL)
SPOIL(option_long_help, p->option.help = "two\nlines")
SPOIL(option_size, p->option.default_value = "64")
SPOIL(option_duration, p->second_option.default_value = "a while")
SPOIL(option_integer, (p->option.type = POSTERN_OPTION_INTEGER))
SPOIL(option_boolean, (p->option.type = POSTERN_OPTION_BOOLEAN))
SPOIL(option_secret, (p->option.type = POSTERN_OPTION_SECRET))
SPOIL(option_required_default, p->option.flags = POSTERN_OPTION_REQUIRED)
SPOIL(option_map, (p->option.type = POSTERN_OPTION_MAP))
SPOIL(option_bounds, (p->option.minimum = 1, p->option.maximum = 100))
SPOIL(option_bounds_turned, (p->option.minimum = 100, p->option.maximum = 1))
SPOIL(option_bounds_of_text, (p->option.type = POSTERN_OPTION_TEXT, p->option.maximum = 1))
SPOIL(option_choices_of_size, p->option.choices = p->choices)
SPOIL(option_no_choice, (p->option.type = POSTERN_OPTION_TEXT, p->option.choices = p->choices + 2))
SPOIL(option_other_choice, (p->option.type = POSTERN_OPTION_TEXT, p->option.choices = p->choices))
SPOIL(option_repeated_size, p->option.flags = POSTERN_OPTION_REPEATABLE)
SPOIL(option_repeated_default,
      (p->option.type = POSTERN_OPTION_TEXT, p->option.flags = POSTERN_OPTION_REPEATABLE))
SPOIL(option_templates_of_size, p->option.flags = POSTERN_OPTION_TEMPLATES)
SPOIL(account_option, (p->source.account_options = p->options, p->source.options = NULL, p->option.type = 12))
SPOIL(account_option_required, (p->source.account_options = p->options, p->source.options = NULL,
                                p->option.flags = POSTERN_OPTION_REQUIRED, p->option.default_value = NULL))
SPOIL(batching_small, p->batching.size = 8)
SPOIL(batching_negative, p->batching.wait_ms = -1)
SPOIL(sink_flags, p->sink.flags = 64)
SPOIL(module_flags, p->module.flags = 1)
SPOIL(module_flags_later, (p->module.flags = 1, p->module.abi_minor = 4))
SPOIL(needs_later, p->module.needs_minor = 6)
SPOIL(auth_small, p->auth.size = 40)
SPOIL(auth_name, p->auth.name = "Vendor 2")
SPOIL(auth_no_scheme, p->auth.scheme = NULL)
SPOIL(auth_twice, (p->second_auth = p->auth, p->auths[1] = &p->second_auth))
SPOIL(credential_name, p->credential.name = "to-ken")
SPOIL(credential_own_word, p->credential.name = "base_url")
SPOIL(credential_syntax, p->credential.syntax = 9)
SPOIL(credential_syntax_later, (p->credential.syntax = 9, p->module.abi_minor = 5))
SPOIL(credential_help, p->credential.help = NULL)
SPOIL(credential_twice, p->second_credential.name = "token")
SPOIL(known_host, p->known.host = "https://example.com")
SPOIL(known_host_region, p->known.region = "")
SPOIL(auths_alone, (p->sources[0] = NULL, p->sinks[0] = NULL))
SPOIL(option_twice, p->second_option.name = "size")
SPOIL(sink_small, p->sink.size = 40)
SPOIL(sink_name, p->sink.name = "")
SPOIL(sink_title, p->sink.title = "")
SPOIL(sink_write_missing, p->sink.write = NULL)
SPOIL(sink_open_missing, p->sink.open = NULL)
SPOIL(sink_without_create_and_close, (p->sink.create = NULL, p->sink.close = NULL))
SPOIL(offers_nothing, (p->sources[0] = NULL, p->sinks[0] = NULL, p->auths[0] = NULL, p->lookups[0] = NULL))
SPOIL(source_twice, (p->second_source = p->source, p->sources[1] = &p->second_source))
SPOIL(stream_of_two_sources, (p->streams[1] = NULL, p->second_source = p->source,
                              p->second_source.name = "logs-a", p->sources[1] = &p->second_source))
SPOIL(sink_twice, (p->second_sink = p->sink, p->sinks[1] = &p->second_sink))
SPOIL(lookups_alone, (p->sources[0] = NULL, p->sinks[0] = NULL, p->auths[0] = NULL))
SPOIL(lookup_small, p->lookup.size = 40)
SPOIL(lookup_flags, p->lookup.flags = 1)
SPOIL(lookup_name, p->lookup.name = "Find It")
SPOIL(lookup_title, p->lookup.title = NULL)
SPOIL(lookup_no_auth, p->lookup.auth = "")
SPOIL(lookup_no_permission, p->lookup.permission = NULL)
SPOIL(lookup_product, p->lookup.product = "")
SPOIL(lookup_no_next, p->lookup.next = NULL)
SPOIL(lookup_no_columns, p->columns[0] = NULL)
SPOIL(column_small, p->column.size = 8)
SPOIL(column_flags, p->column.flags = 1)
SPOIL(column_title, p->column.title = "")
SPOIL(column_path, p->column.path = "from..address")
SPOIL(parameter_name, p->parameter.name = "Since")
SPOIL(parameter_secret, (p->parameter.type = POSTERN_OPTION_SECRET, p->parameter.default_value = NULL))
SPOIL(parameter_default, p->parameter.default_value = "2026-01-01")
SPOIL(parameter_flag, (p->parameter.type = POSTERN_OPTION_BOOLEAN, p->parameter.default_value = "true"))
SPOIL(parameter_own_word, p->parameter.name = "config")
SPOIL(parameter_twice, p->parameters[1] = &p->parameter)
SPOIL(lookup_of_before, (p->module.size = offsetof(postern_module, lookups), p->lookup.name = NULL))
SPOIL(lookup_twice, (p->second_lookup = p->lookup, p->lookups[1] = &p->second_lookup))
SPOIL(lookup_of_two,
      (p->second_lookup = p->lookup, p->second_lookup.auth = "other", p->lookups[1] = &p->second_lookup))
SPOIL(magic, p->module.magic = 7)
SPOIL(major, p->module.abi_major = 9)

static const struct {
    void (*spoil)(struct parts *parts);
    const char *message; /* NULL: accepted */
} rows[] = {
    {nothing, NULL},
    {no_name, "\"(no name)\" is no valid module name"},
    {odd_name, "\"Not A Name\" is no valid module name"},
    {no_version, "lacks a version or a summary"},
    {source_small, "source whose struct is too small"},
    {source_odd_name, "source \"lo_gs\" has no valid name"},
    {source_no_title, "source \"logs\" has no title"},
    {source_no_next, "lacks the function next or on_response"},
    {source_no_on_response, "lacks the function next or on_response"},
    {source_no_streams, "has no streams"},
    {source_empty_streams, "has no streams"},
    {stream_small, "stream whose struct is too small"},
    {stream_odd_name, "stream \"other\" is not named as its source"},
    {stream_prefix_only, "stream \"logs-\" is not named as its source"},
    {stream_no_dash, "stream \"logsa\" is not named as its source"},
    {stream_kind, "stream \"logs-a\" is of unknown kind"},
    {stream_later, "is of unknown kind: it needs ABI 1.5, and this Postern has 1.3"},
    {stream_push, "which this Postern cannot take in: not yet"},
    {stream_snapshot, "names no type for the items that have left"},
    {stream_of_before, NULL},
    {stream_product, "stream \"logs-a\" has a product without words"},
    {stream_schedule, "stream \"logs-a\" has a schedule with a negative time"},
    {stream_empty_help, "stream \"logs-a\" has a help for emptiness that is not one line"},
    {stream_quota, NULL},
    {quota_small, "quota whose struct is too small"},
    {quota_flag, "quota \"logs\" has an unknown flag"},
    {quota_name, "stream \"logs-a\" has a quota without a valid name"},
    {quota_calls, "stream \"logs-a\" has a quota that lets nothing through"},
    {quota_window, "stream \"logs-a\" has a quota that lets nothing through"},
    {source_off, NULL},
    {source_flag, "source \"logs\" has an unknown flag"},
    {stream_flags, "stream \"logs-a\" has an unknown flag"},
    {stream_no_auth, "names no authentication"},
    {stream_no_permission, "names no permission"},
    {stream_twice, "comes twice for one kind of authentication"},
    {stream_volatile, "volatile field without a valid path"},
    {stream_volatile_part, "volatile field without a valid path"},
    {stream_volatile_end, "volatile field without a valid path"},
    {stream_volatile_small, "volatile field whose struct is too small"},
    {schedule_small, "schedule whose struct is too small"},
    {schedule_settle, "schedule whose settle_ms is shorter than its delay_ms"},
    {schedule_negative, "schedule with a negative time"},
    {option_name, "option \"Size\" has no valid name"},
    {option_type, "option \"size\" has an unknown type"},
    {option_type_later, "has an unknown type: it needs ABI 1.5"},
    {option_flag, "option \"size\" has an unknown flag"},
    {option_flag_later, "has an unknown flag: it needs ABI 1.5"},
    {option_small, "option whose struct is too small"},
    {option_help, "has no help of one line"},
    {option_long_help, "has no help of one line"},
    {option_size, "default that does not fit its type"},
    {option_duration, "option \"wait\" has a default that does not fit its type"},
    {option_integer, "default that does not fit its type"},
    {option_boolean, "default that does not fit its type"},
    {option_secret, "has a default, which its type cannot have"},
    {option_map, "has a default, which its type cannot have"},
    {option_bounds, "default that does not fit its type, bounds or choices"},
    {option_bounds_turned, "minimum above its maximum"},
    {option_bounds_of_text, "has bounds and is no number"},
    {option_choices_of_size, "has choices, which its type cannot have"},
    {option_no_choice, "has an empty list of choices"},
    {option_other_choice, "default that does not fit its type, bounds or choices"},
    {option_repeated_size, "is repeatable, which its type cannot be"},
    {option_repeated_default, "has a default, which its type cannot have"},
    {option_templates_of_size, "has templates, which its type cannot have"},
    {account_option, "option \"size\" has an unknown type"},
    {account_option_required, "option \"size\" is one of accounts, which none is required to give"},
    {batching_small, "batching of the sink whose struct is too small"},
    {batching_negative, "batching with a negative number"},
    {sink_flags, "sink \"pipe\" has an unknown flag"},
    {module_flags, "module \"parts\" has an unknown flag"},
    {module_flags_later, "has an unknown flag: it needs ABI 1.4"},
    {needs_later, "it needs ABI 1.6, and this Postern has 1.3"},
    {auth_small, "authentication profile whose struct is too small"},
    {auth_name, "authentication profile \"Vendor 2\" has no valid name"},
    {auth_no_scheme, "has no title or no scheme"},
    {auth_twice, "the authentication profile \"vendor/2.0\" is already offered by the same module"},
    {credential_name, "has a credential without a valid name"},
    {credential_own_word, "credential \"base_url\" has the name of a key that accounts have by themselves"},
    {credential_syntax, "credential \"token\" is of unknown syntax"},
    {credential_syntax_later, "is of unknown syntax: it needs ABI 1.5"},
    {credential_help, "has no title or no help of one line"},
    {credential_twice, "credential \"token\" comes twice"},
    {known_host, "is no host name, or has no region"},
    {known_host_region, "is no host name, or has no region"},
    {auths_alone, NULL},
    {option_required_default, "is required and has a default"},
    {option_twice, "option \"size\" comes twice"},
    {sink_small, "sink whose struct is too small"},
    {sink_name, "has no valid name"},
    {sink_title, "sink \"pipe\" has no title"},
    {sink_write_missing, "lacks one of the functions"},
    {sink_open_missing, "lacks one of the functions"},
    {sink_without_create_and_close, NULL},
    {offers_nothing, "offers no source, no sink, no authentication profile and no lookup"},
    {source_twice, "the source \"logs\" is already offered by the same module"},
    {stream_of_two_sources, "the stream \"logs-a\" is already offered by the same module"},
    {sink_twice, "the sink \"pipe\" is already offered by the same module"},
    {option_type_of_parameters, "option \"size\" has a type that only parameters of lookups have"},
    {lookups_alone, NULL},
    {lookup_small, "lookup whose struct is too small"},
    {lookup_flags, "lookup \"find\" has an unknown flag"},
    {lookup_name, "lookup \"Find It\" has no valid name"},
    {lookup_title, "lookup \"find\" has no title"},
    {lookup_no_auth, "lookup \"find\" names no authentication"},
    {lookup_no_permission, "lookup \"find\" names no permission"},
    {lookup_product, "lookup \"find\" has a product without words"},
    {lookup_no_next, "lookup \"find\" lacks the function next or on_response"},
    {lookup_no_columns, "lookup \"find\" has no columns"},
    {column_small, "column whose struct is too small"},
    {column_flags, "column \"From\" has an unknown flag"},
    {column_title, "lookup \"find\" has a column without a title or a valid path"},
    {column_path, "lookup \"find\" has a column without a title or a valid path"},
    {parameter_name, "option \"Since\" has no valid name"},
    {parameter_secret, "parameter \"since\" has a type that no parameter has"},
    {parameter_default, "option \"since\" has a default that does not fit"},
    {parameter_flag, "parameter \"since\" is given or not, and has a default"},
    {parameter_own_word, "parameter \"config\" has the name of an option of all lookups"},
    {parameter_twice, "option \"since\" comes twice"},
    {lookup_of_before, NULL},
    {lookup_twice, "the lookup \"find\" is already offered by the same module"},
    {lookup_of_two, NULL},
    {magic, "wrong magic"},
    {major, "was built for module ABI 9.0"},
};

static void tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct module_registry *registry = registry_new(&limits);
        struct parts parts;
        postern_error error = ERROR_INIT;
        make_parts(&parts);
        rows[i].spoil(&parts);
        postern_status status = registry_add(registry, &parts.module, "/modules/parts.so", &error);
        if (rows[i].message) {
            refused(&error, status, rows[i].message, "");
            assert_non_null(strstr(error.message, "module /modules/parts.so: "));
        } else if (status < 0) {
            fail_msg("%s", error.message);
        }
        registry_free(registry);
    }
}

static void names_across_modules(void **state)
{
    (void)state;
    struct parts first, second;
    struct module_registry *registry = registry_new(&limits);
    postern_error error = ERROR_INIT;
    make_parts(&first);
    assert_int_equal(registry_add(registry, &first.module, "first.so", &error), POSTERN_OK);
    make_parts(&second);
    refused(&error, registry_add(registry, &second.module, "second.so", &error),
            "the module \"parts\" is already offered by first.so", "");
    second.module.name = "second";
    refused(&error, registry_add(registry, &second.module, "second.so", &error),
            "the source \"logs\" is already", "");
    second.source.name = second.stream.name = "logs-a"; /* as the first one's stream */
    second.streams[1] = NULL;
    refused(&error, registry_add(registry, &second.module, "second.so", &error),
            "the stream \"logs-a\" is already", "");
    second.source.name = second.stream.name = "others";
    refused(&error, registry_add(registry, &second.module, "second.so", &error),
            "the sink \"pipe\" is already", "");
    second.sink.name = "tube";
    refused(&error, registry_add(registry, &second.module, "second.so", &error),
            "the authentication profile \"vendor/2.0\" is already", "");
    second.auth.name = "vendor/3.0";
    refused(&error, registry_add(registry, &second.module, "second.so", &error),
            "the lookup \"find\" is already", "");
    second.lookup.auth = "vendor/3.0";
    assert_int_equal(registry_add(registry, &second.module, "second.so", &error), POSTERN_OK);
    assert_ptr_equal(registry_lookup(registry, "find", "vendor/2.0"), &first.lookup);
    assert_ptr_equal(registry_lookup(registry, "find", "vendor/3.0"), &second.lookup);
    assert_null(registry_lookup(registry, "find", "none"));
    assert_ptr_equal(registry_sink(registry, "tube"), &second.sink);
    assert_ptr_equal(registry_source(registry, "others"), &second.source);
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables),
        cmocka_unit_test(names_across_modules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
