// Between C++ and the core, which is C: what is thrown ends here and becomes a status with words.
#ifndef BOUNDARY_HPP
#define BOUNDARY_HPP

#include <exception>
#include <new>
#include <postern/kit.h>
#include <string>
#include <system_error>
#include <utility>

// The user must change something; trying again does not help.
struct configuration_error : std::exception {
    explicit configuration_error(std::string words) : words_(std::move(words)) {}
    const char *what() const noexcept override { return words_.c_str(); }

  private:
    std::string words_;
};

// A status of the core's that is to be handed back as it is.
struct refused {
    postern_status status;
};

inline void check(postern_status status)
{
    if (status < 0) throw refused{status};
}

// Copies: what the core hands over lives until the call returns.
inline std::string text_of(postern_text text)
{
    return text.size ? std::string(text.data, text.size) : std::string();
}

// Runs what may throw. noexcept is a promise, not a net: nothing may get out of the last catch.
template <class Work> postern_status guarded(postern_error *error, Work work) noexcept
{
    try {
        work();
        return POSTERN_OK;
    } catch (const refused &thrown) {
        return thrown.status;
    } catch (const std::bad_alloc &) {
        return kit_no_memory(error);
    } catch (const configuration_error &thrown) {
        return kit_fail(error, POSTERN_E_CONFIG, nullptr, "%s", thrown.what());
    } catch (const std::system_error &thrown) {
        return kit_fail(error, POSTERN_E_IO, nullptr, "%s", thrown.what());
    } catch (const std::exception &thrown) {
        return kit_fail(error, POSTERN_E_RETRY, nullptr, "%s", thrown.what());
    } catch (...) {
        return kit_fail(error, POSTERN_E_RETRY, nullptr, "an exception without words");
    }
}

#endif
