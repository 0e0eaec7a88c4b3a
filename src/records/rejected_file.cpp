/// Writes refused records as CSV.
#include "keyway/records/rejected_file.hpp"

#include "keyway/core/table.hpp"

namespace keyway {

RejectedFile::RejectedFile(const std::filesystem::path& path, IfExists if_exists) : file_(path, if_exists) {
    file_.write("id,source,line,stage,reason,message\n");
}

void RejectedFile::add(const Rejected& rejected) {
    file_.write(table_row({rejected.id, rejected.source, std::to_string(rejected.line), rejected.why.stage,
                           rejected.why.reason, rejected.why.message},
                          TableFormat::csv));
    ++count_;
    ++by_reason_[rejected.why.reason];
}

}  // namespace keyway
