/// MOL2 files: a record runs from one `@<TRIPOS>MOLECULE` to the next.
#include "record_splitter.hpp"
#include "text_fields.hpp"

namespace keyway::chem {
namespace {

constexpr std::string_view kStart = "@<TRIPOS>MOLECULE";

class Mol2Splitter : public RecordSplitter {
public:
    bool next(LineSource& lines, LigandRecord& record) override {
        record = {};
        std::size_t bytes = 0;
        bool too_big = false, in_molecule = false, name_follows = false;
        while (const Line* following = lines.peek()) {
            const bool starts = following->text.starts_with(kStart);
            if (starts && record.line != 0) break;
            Line line;
            lines.next(line);
            const auto text = trimmed(line.text);
            const bool comment = text.empty() || text.front() == '#';
            if (!in_molecule && !starts && comment) continue;  // between records
            if (record.line == 0) record.line = line.number;
            if (name_follows) {
                if (text != "*****") record.id = text;  // SYBYL's word for "no name"
                name_follows = false;
            }
            if (starts) in_molecule = name_follows = true;
            bytes += line.text.size() + 1;
            too_big = too_big || line.cut || bytes > kMaxLigandRecordBytes;
            if (too_big) continue;
            record.text += line.text;
            record.text += '\n';
        }
        if (record.line == 0) return false;
        if (too_big) {
            record.rejection = too_long(kMaxLigandRecordBytes);
            record.text.clear();
        }
        if (record.id.empty()) record.id = lines.place(record.line);
        return true;
    }
};

}  // namespace

std::unique_ptr<RecordSplitter> mol2_splitter() { return std::make_unique<Mol2Splitter>(); }

}  // namespace keyway::chem
