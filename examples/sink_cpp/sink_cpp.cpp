// A sink in C++17: appends events to numbered files, each up to rotate_size, every event exactly once.
//     c++ -std=c++17 -shared -fPIC -fvisibility=hidden -o sink_cpp.so sink_cpp.cpp series.cpp
// Each delivery, a pipeline that leads here, has a row of files and a place in it, "number offset", as
// committed state: what a crash left behind the place is written over by the same bytes.
#include "boundary.hpp"
#include "series.hpp"
#include <cinttypes>
#include <cstdio>
#include <map>

namespace {

// A dead letter that is tried again: a batch of its own, between those of its delivery.
constexpr uint64_t letter = uint64_t{1} << 63;

// What belongs to one place. If two deliveries shared one, the first batch after a crash could be another's,
// and the batch that stands behind the place would come once more into another file.
std::string row_of(const postern_batch *batch)
{
    std::string row = text_of(batch->delivery).substr(0, 8);
    if (!(batch->id & letter)) return row;
    char id[20];
    std::snprintf(id, sizeof id, "-%" PRIx64, batch->id & ~letter);
    return row + id;
}

class sink {
  public:
    explicit sink(const postern_host *host)
        : series_(text_of(kit_option_text(host, "path")), kit_option_integer(host, "rotate_size"))
    {
    }

    void open(const postern_pair *state, size_t count)
    {
        places_.clear();
        for (size_t i = 0; i < count; i++)
            places_[text_of(state[i].name)] = place::read(text_of(state[i].value));
        series_.open();
    }

    void write(const postern_batch *batch, postern_result *result, const postern_call *call)
    {
        std::string lines;
        lines.reserve(batch->bytes + batch->count);
        for (size_t i = 0; i < batch->count; i++)
            lines.append(batch->events[i]->text.data, batch->events[i]->text.size).push_back('\n');
        // `postern sink test` comes without the state: it shows that a file can be written and leaves none.
        if (call->flags & POSTERN_CALL_TEST) return series_.try_out(lines);
        std::string row = row_of(batch);
        // The row of a letter is one batch: it begins at its beginning whenever it comes, and needs no state.
        if (batch->id & letter) return void(series_.write(row, {}, lines));
        place &at = places_[row];
        at = series_.write(row, at, lines);
        std::string words = at.words();
        check(result->set_state(result, kit_span(row.data(), row.size()),
                                kit_span(words.data(), words.size())));
    }

    void close() { series_.close(); }

  private:
    series series_;
    std::map<std::string, place> places_; // by row
};

// From here on C looks on: nothing is thrown past these functions (boundary.hpp).

postern_status create(const postern_host *host, void **self, postern_error *error)
{
    return guarded(error, [&] { *self = new sink(host); });
}

void destroy(void *self)
{
    delete static_cast<sink *>(self); // destructors do not throw
}

postern_status open_sink(void *self, const postern_call *, const postern_pair *state, size_t count,
                         postern_error *error)
{
    return guarded(error, [&] { static_cast<sink *>(self)->open(state, count); });
}

postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error)
{
    return guarded(error, [&] { static_cast<sink *>(self)->write(batch, result, call); });
}

void close_sink(void *self)
{
    guarded(nullptr, [&] { static_cast<sink *>(self)->close(); });
}

// C++17 has no initializers by name: an empty struct gets its fields by one function, before the module is
// looked at. constexpr: all of it is data when the file is loaded; no constructor runs.
constexpr postern_option make_option(const char *name, uint32_t type, uint32_t flags, const char *value,
                                     const char *help, int64_t minimum = 0, int64_t maximum = 0)
{
    postern_option option{};
    option.size = sizeof option;
    option.flags = flags;
    option.type = type;
    option.name = name;
    option.default_value = value;
    option.help = help;
    option.minimum = minimum;
    option.maximum = maximum;
    return option;
}

constexpr postern_option path_option =
    make_option("path", POSTERN_OPTION_PATH, POSTERN_OPTION_REQUIRED, nullptr, "the directory of the files");
constexpr postern_option rotate_option = make_option("rotate_size", POSTERN_OPTION_SIZE, 0, "64MiB",
                                                     "a file that has so much is finished", 1, INT64_MAX);
constexpr const postern_option *options[] = {&path_option, &rotate_option, nullptr};

constexpr postern_sink make_sink()
{
    postern_sink made{};
    made.size = sizeof made;
    made.flags = POSTERN_SINK_STABLE_BATCHES | POSTERN_SINK_KNOWS_TEST;
    made.name = "series";
    made.title = "numbered files, exactly once";
    made.options = options;
    made.create = create;
    made.destroy = destroy;
    made.open = open_sink;
    made.write = write_batch;
    made.close = close_sink;
    return made;
}

constexpr postern_sink series_sink = make_sink();
constexpr const postern_sink *sinks[] = {&series_sink, nullptr};

constexpr postern_module make_module()
{
    postern_module made{};
    made.size = sizeof made;
    made.magic = POSTERN_MODULE_MAGIC;
    made.abi_major = POSTERN_ABI_MAJOR;
    made.abi_minor = POSTERN_ABI_MINOR;
    made.needs_minor = 3; // POSTERN_SINK_KNOWS_TEST
    made.name = "series";
    made.version = "1.0";
    made.summary = "An example in C++";
    made.sinks = sinks;
    return made;
}

} // namespace

const postern_module postern_module_entry = make_module();
