// Files DIRECTORY/NAME-000001.ndjson, NAME-000002.ndjson ... that are only ever continued, a row of them for
// each NAME.
#ifndef SERIES_HPP
#define SERIES_HPP

#include <cstdint>
#include <string>

// How far a row has been written.
struct place {
    int64_t number = 1, offset = 0;

    std::string words() const;
    static place read(const std::string &words);
};

// Closes what it holds, however it is left.
class descriptor {
  public:
    explicit descriptor(int fd = -1) : fd_(fd) {}
    descriptor(const descriptor &) = delete;
    descriptor(descriptor &&other) noexcept : fd_(other.release()) {}
    descriptor &operator=(descriptor &&other) noexcept;
    ~descriptor() { reset(); }

    int get() const { return fd_; }
    void reset() noexcept;

  private:
    int release() noexcept;
    int fd_;
};

class series {
  public:
    series(std::string directory, int64_t rotate_size);

    void open();
    void close();
    // Writes the bytes behind the place, in that file of the row `of` or the next one. Nothing else that
    // stands there is lost: what is longer than the place is written over only if it is the beginning of
    // these very bytes. Returns the place behind them, once they are on the disk.
    place write(const std::string &of, place from, const std::string &bytes);
    // Writes them to a file beside the rows and removes that.
    void try_out(const std::string &bytes);

  private:
    bool takes(int fd, int64_t offset, const std::string &bytes) const;

    std::string path_;
    int64_t rotate_size_;
    descriptor directory_;
};

#endif
