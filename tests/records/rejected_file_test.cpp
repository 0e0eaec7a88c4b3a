/// The list of refused records: complete, ordered, safe to open in a spreadsheet.
#include "keyway/records/rejected_file.hpp"

#include "keyway/core/text_input.hpp"

#include <gtest/gtest.h>

namespace keyway {
namespace {

std::filesystem::path temporary(const std::string& name) {
    return std::filesystem::path(testing::TempDir()) / (name + std::to_string(::getpid()) + ".csv");
}

TEST(RejectedFile, HoldsOneLineForEveryRefusedRecordAndCountsReasons) {
    const auto path = temporary("rejected");
    RejectedFile file(path, IfExists::overwrite);

    file.add({"lig 1", "labels.csv", 17, {"parse", "SMILES_SYNTAX", "unclosed ring, atom 3"}});
    file.add({"=cmd()", "labels.csv", 18, {"parse", "SMILES_SYNTAX", "say \"no\""}});
    file.add({"x", "labels.csv", 19, {"read", "PK_RANGE", "pk is 99"}});
    file.commit();

    EXPECT_EQ(read_text_file(path),
              "id,source,line,stage,reason,message\n"
              "lig 1,labels.csv,17,parse,SMILES_SYNTAX,\"unclosed ring, atom 3\"\n"
              "'=cmd(),labels.csv,18,parse,SMILES_SYNTAX,\"say \"\"no\"\"\"\n"
              "x,labels.csv,19,read,PK_RANGE,pk is 99\n");
    EXPECT_EQ(file.count(), 3u);
    EXPECT_EQ(file.by_reason().at("SMILES_SYNTAX"), 2u);
    std::filesystem::remove(path);
}

TEST(RejectedFile, AppearsOnlyOnCommit) {
    const auto path = temporary("rejected_uncommitted");
    { RejectedFile file(path, IfExists::overwrite); }
    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace keyway
