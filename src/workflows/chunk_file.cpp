/// Rows to lines and back, the footer, and reading a chunk block by block.
#include "chunk_file.hpp"

#include "keyway/core/crc32c.hpp"
#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

namespace keyway::workflows {
namespace {

void put_text(std::string& line, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\t':
                line += "\\t";
                break;
            case '\n':
                line += "\\n";
                break;
            case '\r':
                line += "\\r";
                break;
            case '\\':
                line += "\\\\";
                break;
            default:
                line += c;
        }
    }
}

std::string text_of(std::string_view field) {
    std::string text;
    text.reserve(field.size());
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] != '\\' || i + 1 == field.size()) {
            text += field[i];
            continue;
        }
        const char c = field[++i];
        text += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
    }
    return text;
}

/// Shortest decimals that read back to the same numbers.
void put_line(std::string& out, const ResultRow& row) {
    fmt::format_to(std::back_inserter(out), "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t", row.index,
                   row.line, row.file, row.receptor, row.prediction.pk, row.prediction.pk_sd,
                   row.pk_sd_models, row.heavy_atoms, row.domain.ligand.similarity,
                   row.domain.pocket.similarity,
                   !row.domain.is_inside   ? "?"
                   : *row.domain.is_inside ? "in"
                                           : "out");
    for (std::size_t i = 0; i < row.pk_by_receptor.size(); ++i)
        fmt::format_to(std::back_inserter(out), "{}{}", i == 0 ? "" : ",", row.pk_by_receptor[i]);
    for (const auto* text : {&row.id, &row.reason, &row.smiles, &row.input_smiles, &row.notes, &row.mol_block,
                             &row.rejected_text, &row.domain.ligand.name, &row.domain.pocket.name}) {
        out += '\t';
        put_text(out, *text);
    }
    out += '\n';
}

constexpr std::size_t kFields = 21;

template <class T>
bool read_number(std::string_view text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

bool read_list(std::string_view text, std::vector<float>& values) {
    values.clear();
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        if (!read_number(text.substr(0, comma), values.emplace_back())) return false;
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return true;
}

bool read_line(std::string_view line, ResultRow& row) {
    std::string_view fields[kFields];
    std::size_t count = 0;
    for (;;) {
        if (count == kFields) return false;
        const auto tab = line.find('\t');
        fields[count++] = line.substr(0, tab);
        if (tab == std::string_view::npos) break;
        line.remove_prefix(tab + 1);
    }
    if (count != kFields) return false;
    row.id = text_of(fields[12]);
    row.reason = text_of(fields[13]);
    row.smiles = text_of(fields[14]);
    row.input_smiles = text_of(fields[15]);
    row.notes = text_of(fields[16]);
    row.mol_block = text_of(fields[17]);
    row.rejected_text = text_of(fields[18]);
    row.domain.ligand.name = text_of(fields[19]);
    row.domain.pocket.name = text_of(fields[20]);
    row.domain.is_inside.reset();
    if (fields[10] != "?") row.domain.is_inside = fields[10] == "in";
    return read_number(fields[0], row.index) && read_number(fields[1], row.line) &&
           read_number(fields[2], row.file) && read_number(fields[3], row.receptor) &&
           read_number(fields[4], row.prediction.pk) && read_number(fields[5], row.prediction.pk_sd) &&
           read_number(fields[6], row.pk_sd_models) && read_number(fields[7], row.heavy_atoms) &&
           read_number(fields[8], row.domain.ligand.similarity) &&
           read_number(fields[9], row.domain.pocket.similarity) && read_list(fields[11], row.pk_by_receptor);
}

constexpr std::string_view kFooterStart = "#EOF plan=";

std::string to_text(const ChunkFooter& footer) {
    return fmt::format("{}{} chunk={} records={} rows={} ok={} bytes={} crc32c={:08x}\n", kFooterStart,
                       footer.plan, footer.chunk, footer.records, footer.rows, footer.ok, footer.bytes,
                       footer.crc32c);
}

std::optional<ChunkFooter> footer_of(std::string_view line) {
    ChunkFooter footer;
    char plan[17] = {};
    unsigned long long chunk, records, rows, ok, bytes;
    unsigned crc;
    if (std::sscanf(std::string(line).c_str(),
                    "#EOF plan=%16[0-9a-f] chunk=%llu records=%llu rows=%llu ok=%llu bytes=%llu crc32c=%x",
                    plan, &chunk, &records, &rows, &ok, &bytes, &crc) != 7)
        return std::nullopt;
    footer = {plan, chunk, records, rows, ok, bytes, crc};
    // Only the one way of writing it counts, so that no bit of the line can change unseen.
    if (to_text(footer) != line) return std::nullopt;
    return footer;
}

/// Closes itself.
struct Descriptor {
    int fd;
    explicit Descriptor(const std::filesystem::path& file) : fd(open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~Descriptor() {
        if (fd >= 0) close(fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
};

/// Bytes read, fewer at the end of the file; -1 on failure.
std::int64_t read_at(int fd, char* to, std::size_t bytes, std::uint64_t offset) {
    std::size_t done = 0;
    while (done < bytes) {
        const ssize_t got = pread(fd, to + done, bytes - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return static_cast<std::int64_t>(done);
}

std::optional<ChunkFooter> footer_at_end(int fd) {
    struct stat status {};
    if (fd < 0 || fstat(fd, &status) != 0) return std::nullopt;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    std::string tail(static_cast<std::size_t>(std::min<std::uint64_t>(size, 256)), '\0');
    if (read_at(fd, tail.data(), tail.size(), size - tail.size()) != static_cast<std::int64_t>(tail.size()))
        return std::nullopt;
    const auto start = tail.rfind(kFooterStart);
    if (start == std::string::npos) return std::nullopt;
    const auto footer = footer_of(std::string_view(tail).substr(start));
    if (!footer || footer->bytes != size - tail.size() + start) return std::nullopt;
    return footer;
}

}  // namespace

void write_chunk(const std::filesystem::path& file, ChunkFooter footer, std::vector<ResultRow> rows) {
    std::sort(rows.begin(), rows.end(), ranks_before);
    footer.rows = rows.size();
    footer.ok = static_cast<std::uint64_t>(
        std::count_if(rows.begin(), rows.end(), [](const ResultRow& row) { return row.ok(); }));
    OutputFile out(file, IfExists::overwrite, PartName::unique);
    std::string block;
    const auto write = [&] {
        footer.bytes += block.size();
        footer.crc32c = crc32c(block, footer.crc32c);
        out.write(block);
        block.clear();
    };
    for (const auto& row : rows) {
        put_line(block, row);
        if (block.size() > (1 << 18)) write();
    }
    write();
    out.write(to_text(footer));
    out.commit();
}

std::optional<ChunkFooter> read_footer(const std::filesystem::path& file) {
    return footer_at_end(Descriptor(file).fd);
}

std::optional<ChunkFooter> check_chunk(const std::filesystem::path& file) {
    const Descriptor in(file);
    const auto footer = footer_at_end(in.fd);
    if (!footer) return std::nullopt;
    std::string block(1 << 18, '\0');
    std::uint32_t crc = 0;
    for (std::uint64_t offset = 0; offset < footer->bytes;) {
        const auto want = std::min<std::uint64_t>(block.size(), footer->bytes - offset);
        if (read_at(in.fd, block.data(), want, offset) != static_cast<std::int64_t>(want))
            return std::nullopt;
        crc = crc32c(std::string_view(block).substr(0, want), crc);
        offset += want;
    }
    if (crc != footer->crc32c) return std::nullopt;
    return footer;
}

ChunkReader::ChunkReader(std::filesystem::path file, std::size_t block_bytes, Handle handle)
    : file_(std::move(file)), block_bytes_(block_bytes), handle_(handle) {
    const auto footer = read_footer(file_);
    if (!footer) fail("it has no footer");
    bytes_ = footer->bytes;
}

ChunkReader::~ChunkReader() {
    if (fd_ >= 0) close(fd_);
}

ChunkReader::ChunkReader(ChunkReader&& other) noexcept { *this = std::move(other); }

ChunkReader& ChunkReader::operator=(ChunkReader&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(block_bytes_, other.block_bytes_);
    std::swap(handle_, other.handle_);
    std::swap(fd_, other.fd_);
    std::swap(offset_, other.offset_);
    std::swap(bytes_, other.bytes_);
    std::swap(buffer_, other.buffer_);
    std::swap(at_, other.at_);
    return *this;
}

void ChunkReader::fail(const std::string& why) const {
    throw Error(ErrorKind::input, fmt::format("cannot read the chunk '{}': {}", file_.string(), why),
                "run the same `keyway screen` again: it does damaged chunks anew");
}

/// Appends the next block; false at the end.
bool ChunkReader::fill() {
    if (offset_ == bytes_) return false;
    if (fd_ < 0) fd_ = open(file_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) fail(std::strerror(errno));
    buffer_.erase(0, at_);
    at_ = 0;
    const auto want = std::min<std::uint64_t>(block_bytes_, bytes_ - offset_);
    const std::size_t had = buffer_.size();
    buffer_.resize(had + want);
    const auto got = read_at(fd_, buffer_.data() + had, want, offset_);
    if (got != static_cast<std::int64_t>(want)) fail(got < 0 ? std::strerror(errno) : "it became shorter");
    offset_ += want;
    if (handle_ == Handle::open_when_needed) {
        close(fd_);
        fd_ = -1;
    }
    return true;
}

bool ChunkReader::next(ResultRow& row) {
    std::size_t end;
    std::size_t searched = at_;
    while ((end = buffer_.find('\n', searched)) == std::string::npos) {
        searched = buffer_.size() - at_;
        if (!fill()) {
            if (!buffer_.empty() && at_ < buffer_.size()) fail("its last row is cut off");
            return false;
        }
    }
    if (!read_line(std::string_view(buffer_).substr(at_, end - at_), row)) fail("a row does not read");
    at_ = end + 1;
    return true;
}

}  // namespace keyway::workflows
