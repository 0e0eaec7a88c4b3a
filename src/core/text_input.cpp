/// Lines from plain or gzip files, with every zlib error checked.
#include "keyway/core/text_input.hpp"

#include "keyway/core/error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace keyway {

struct TextInput::Impl {
    std::string name;
    gzFile file = nullptr;  // null: reading from `buffer` alone
    std::vector<char> buffer;
    std::size_t begin = 0, end = 0;
    std::uint64_t line = 0, total = 0;
    bool cut = false, finished = false, first = true;

    ~Impl() {
        if (file) gzclose(file);
    }

    [[noreturn]] void fail(const std::string& reason) const {
        throw Error(ErrorKind::input, fmt::format("cannot read '{}' after line {}: {}", name, line, reason),
                    "the file is damaged or was cut off; copy or download it again");
    }

    /// True if at least one more byte is there. gzread calls a truncated file complete, so both gzerror
    /// and gzclose are asked at the end.
    bool fill() {
        if (begin < end) return true;
        if (!file || finished) return false;
        const int got = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()));
        if (got > 0) {
            begin = 0;
            end = static_cast<std::size_t>(got);
            return true;
        }
        int code = Z_OK;
        const char* message = gzerror(file, &code);
        if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
            fail(code == Z_ERRNO       ? std::strerror(errno)
                 : code == Z_BUF_ERROR ? "unexpected end of the gzip stream"
                                       : message);
        finished = true;
        const int closed = gzclose(file);
        file = nullptr;
        if (closed != Z_OK) fail("unexpected end of the gzip stream");
        return false;
    }

    /// The next byte, or -1 at the end.
    int get() { return fill() ? static_cast<unsigned char>(buffer[begin++]) : -1; }
    int peek() { return fill() ? static_cast<unsigned char>(buffer[begin]) : -1; }
};

TextInput::TextInput(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
    auto& in = *impl_;
    in.name = path == "-" ? "standard input" : path.string();
    in.buffer.resize(1 << 18);
    if (path == "-") {
        in.file = gzdopen(dup(STDIN_FILENO), "rb");
    } else {
        const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            throw Error(ErrorKind::input, fmt::format("cannot open '{}': {}", in.name, std::strerror(errno)));
        struct stat status {};
        if (fstat(fd, &status) != 0 || S_ISDIR(status.st_mode)) {
            close(fd);
            throw Error(ErrorKind::input, fmt::format("expected a file, but '{}' is a folder", in.name),
                        "name a file inside it");
        }
        in.total = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
        in.file = gzdopen(fd, "rb");
    }
    if (!in.file) throw Error(ErrorKind::input, fmt::format("cannot open '{}'", in.name));
    gzbuffer(in.file, 1 << 17);
}

TextInput::TextInput(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TextInput::~TextInput() = default;
TextInput::TextInput(TextInput&&) noexcept = default;
TextInput& TextInput::operator=(TextInput&&) noexcept = default;

TextInput TextInput::from_string(std::string text, std::string name) {
    auto impl = std::make_unique<Impl>();
    impl->name = std::move(name);
    impl->buffer.assign(text.begin(), text.end());
    impl->end = impl->total = text.size();
    return TextInput(std::move(impl));
}

bool TextInput::next_line(std::string& line) {
    auto& in = *impl_;
    line.clear();
    in.cut = false;
    if (in.first) {
        in.first = false;
        // A byte order mark can only stand at the very start, and the first fill holds it whole.
        if (in.fill() && in.end - in.begin >= 3 &&
            std::memcmp(in.buffer.data() + in.begin, "\xEF\xBB\xBF", 3) == 0)
            in.begin += 3;
    }
    if (!in.fill()) return false;
    ++in.line;
    while (in.fill()) {
        const char* start = in.buffer.data() + in.begin;
        const char* stop = in.buffer.data() + in.end;
        const char* at = start;
        while (at < stop && *at != '\n' && *at != '\r') ++at;
        const std::size_t length = static_cast<std::size_t>(at - start);
        const std::size_t room = max_line_bytes - line.size();
        line.append(start, std::min(length, room));
        if (length > room) in.cut = true;
        in.begin += length;
        if (at < stop) {
            const int ending = in.get();
            if (ending == '\r' && in.peek() == '\n') in.get();
            break;
        }
    }
    return true;
}

bool TextInput::line_was_cut() const { return impl_->cut; }
std::uint64_t TextInput::line_number() const { return impl_->line; }
std::uint64_t TextInput::bytes_read() const {
    if (!impl_->file) return impl_->total;
    const auto offset = gzoffset(impl_->file);
    return offset < 0 ? 0 : static_cast<std::uint64_t>(offset);
}
std::uint64_t TextInput::bytes_total() const { return impl_->total; }
const std::string& TextInput::name() const { return impl_->name; }

std::string read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
    TextInput input(path);
    input.max_line_bytes = max_bytes;  // a file of one long line is whole or too large, never cut
    std::string text, line;
    while (input.next_line(line)) {
        text += line;
        text += '\n';
        if (text.size() > max_bytes)
            throw Error(ErrorKind::input,
                        fmt::format("'{}' is larger than {} bytes", path.string(), max_bytes));
    }
    return text;
}

}  // namespace keyway
