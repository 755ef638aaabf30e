#include "series.hpp"
#include "boundary.hpp"
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

constexpr int file_flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC;

[[noreturn]] void fail(const std::string &what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

std::string name_of(const std::string &of, int64_t number)
{
    char digits[24];
    std::snprintf(digits, sizeof digits, "%06lld", static_cast<long long>(number));
    return of + "-" + digits + ".ndjson";
}

void write_all(int fd, int64_t offset, const std::string &bytes, const std::string &name)
{
    for (size_t done = 0; done < bytes.size();) {
        ssize_t more =
            pwrite(fd, bytes.data() + done, bytes.size() - done, offset + static_cast<off_t>(done));
        if (more < 0 && errno != EINTR) fail("cannot write " + name);
        if (more > 0) done += static_cast<size_t>(more);
    }
    if (fsync(fd) != 0) fail("cannot write " + name);
}

} // namespace

std::string place::words() const
{
    return std::to_string(number) + " " + std::to_string(offset);
}

place place::read(const std::string &words)
{
    place read;
    long long number = 0, offset = 0;
    if (std::sscanf(words.c_str(), "%lld %lld", &number, &offset) != 2 || number < 1 || offset < 0)
        throw configuration_error("the recorded place \"" + words + "\" is none of this sink's");
    read.number = number;
    read.offset = offset;
    return read;
}

descriptor &descriptor::operator=(descriptor &&other) noexcept
{
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

void descriptor::reset() noexcept
{
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

int descriptor::release() noexcept
{
    return std::exchange(fd_, -1);
}

series::series(std::string directory, int64_t rotate_size)
    : path_(std::move(directory)), rotate_size_(rotate_size)
{
}

void series::open()
{
    directory_ = descriptor(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory_.get() < 0) fail("cannot open the directory " + path_);
}

void series::close()
{
    directory_.reset();
}

// Whether the file ends at the offset, or goes on with what these bytes begin with.
bool series::takes(int fd, int64_t offset, const std::string &bytes) const
{
    struct stat status;
    if (fstat(fd, &status) != 0) fail("cannot look at a file in " + path_);
    if (!S_ISREG(status.st_mode) || status.st_size < offset) return false;
    size_t left = static_cast<size_t>(status.st_size - offset);
    if (left > bytes.size()) return false;
    std::vector<char> there(std::min(left, size_t{65536}));
    for (size_t done = 0; done < left;) {
        ssize_t more =
            pread(fd, there.data(), std::min(there.size(), left - done), offset + static_cast<off_t>(done));
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) fail("cannot read a file in " + path_);
        if (more == 0 || std::memcmp(there.data(), bytes.data() + done, static_cast<size_t>(more)) != 0)
            return false;
        done += static_cast<size_t>(more);
    }
    return true;
}

place series::write(const std::string &of, place to, const std::string &bytes)
{
    if (to.offset >= rotate_size_) to = {to.number + 1, 0};
    for (;; to = {to.number + 1, 0}) {
        std::string name = name_of(of, to.number);
        descriptor file(openat(directory_.get(), name.c_str(), file_flags, 0640));
        if (file.get() < 0) fail("cannot open " + path_ + "/" + name);
        if (!takes(file.get(), to.offset, bytes)) continue; // an older state was restored: it stays as it is
        write_all(file.get(), to.offset, bytes, path_ + "/" + name);
        if (to.offset == 0 && fsync(directory_.get()) != 0) fail("cannot write the directory " + path_);
        to.offset += static_cast<int64_t>(bytes.size());
        return to;
    }
}

void series::try_out(const std::string &bytes)
{
    const char *name = ".postern-test";
    descriptor file(openat(directory_.get(), name, file_flags | O_TRUNC, 0640));
    if (file.get() < 0) fail("cannot open " + path_ + "/" + name);
    write_all(file.get(), 0, bytes, path_ + "/" + name);
    if (unlinkat(directory_.get(), name, 0) != 0) fail("cannot remove " + path_ + "/" + name);
}
