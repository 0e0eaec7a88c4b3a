/// SD files: records end at `$$$$`, or where the next record's header shows that a `$$$$` is missing.
#include "record_splitter.hpp"
#include "text_fields.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace keyway::chem {
namespace {

/// Title, program and comment lines stand above the counts line.
constexpr std::size_t kHeaderLines = 3;

class SdfSplitter : public RecordSplitter {
public:
    explicit SdfSplitter(std::string id_tag) : id_tag_(std::move(id_tag)) {}

    bool next(LineSource& lines, LigandRecord& record) override {
        record = {};
        text_.clear();
        std::string title, tag_value;
        std::size_t bytes = 0, taken = 0;
        bool blank = true, too_big = false, seen_counts = false, ended = false, tag_follows = false;
        std::size_t tag_rank = kUsualTags.size();
        for (Line line; !ended;) {
            // A `$$$$` is missing.
            if (seen_counts && second_header_follows(lines)) break;
            if (!lines.next(line)) break;
            if (line.text.starts_with("$$$$")) {
                ended = true;
                if (record.line == 0) record.line = line.number;
                break;
            }
            if (blank && trimmed(line.text).empty() && !header_follows(lines)) continue;
            if (taken++ == 0) {
                record.line = line.number;
                title = trimmed(line.text);
            }
            blank = blank && trimmed(line.text).empty();
            seen_counts = seen_counts || is_counts_line(line.text);
            read_tag(line.text, tag_follows, tag_rank, tag_value);
            bytes += line.text.size() + 1;
            too_big = too_big || line.cut || bytes > kMaxLigandRecordBytes;
            if (too_big) continue;
            text_ += line.text;
            text_ += '\n';
        }
        if (record.line == 0 || (blank && !ended)) return false;
        if (blank) record.rejection = Rejection{"parse", "EMPTY", "nothing stands before $$$$"};
        if (too_big)
            record.rejection = too_long(kMaxLigandRecordBytes);
        else
            record.text = text_;
        // A record that starts with its counts line has no title.
        record.id = is_counts_line(title) ? "" : title;
        if (record.id.empty()) record.id = tag_value;
        if (record.id.empty()) record.id = lines.place(record.line);
        return true;
    }

private:
    /// True if a counts line is near enough for the blank line before it to be part of its header.
    static bool header_follows(LineSource& lines) {
        for (std::size_t i = 0; i < kHeaderLines; ++i) {
            const Line* line = lines.peek(i);
            if (!line || line->text.starts_with("$$$$")) return false;
            if (is_counts_line(line->text)) return true;
        }
        return false;
    }

    /// True if the next line is the title of another molecule: three lines above a counts line, or fewer
    /// where an `M  END` stands between.
    static bool second_header_follows(LineSource& lines) {
        for (std::size_t i = 0; i <= kHeaderLines; ++i) {
            const Line* line = lines.peek(i);
            if (!line || line->text.starts_with("$$$$")) return false;
            if (is_counts_line(line->text)) return true;
            if (trimmed(line->text) == "M  END") return false;
        }
        return false;
    }

    /// Keeps the value of the wanted data field: the line after "> <NAME>".
    void read_tag(std::string_view line, bool& follows, std::size_t& best, std::string& value) const {
        if (follows) {
            value = trimmed(line);
            follows = false;
            return;
        }
        if (!line.starts_with('>')) return;
        const auto open = line.find('<'), close = line.rfind('>');
        if (open == std::string_view::npos || close == std::string_view::npos || close <= open) return;
        const auto name = line.substr(open + 1, close - open - 1);
        if (!id_tag_.empty()) {
            follows = name == id_tag_ && value.empty();
            return;
        }
        const auto plain = plain_name(name);
        const auto rank = static_cast<std::size_t>(std::find(kUsualTags.begin(), kUsualTags.end(), plain) -
                                                   kUsualTags.begin());
        follows = rank < best;
        if (follows) best = rank;
    }

    static constexpr std::array<std::string_view, 12> kUsualTags = {
        "id",       "name",  "idnumber",   "zincid",   "catalogid",          "compoundid",
        "ligandid", "molid", "moleculeid", "chemblid", "pubchemcompoundcid", "title"};
    std::string id_tag_, text_;
};

}  // namespace

bool is_counts_line(std::string_view line) {
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    if (line.size() < 12 || !(line.ends_with("V2000") || line.ends_with("V3000"))) return false;
    if (line.size() > 45) return false;
    return std::all_of(line.begin(), line.end() - 5,
                       [](unsigned char c) { return c == ' ' || std::isdigit(c); });
}

std::unique_ptr<RecordSplitter> sdf_splitter(std::string id_tag) {
    return std::make_unique<SdfSplitter>(std::move(id_tag));
}

}  // namespace keyway::chem
