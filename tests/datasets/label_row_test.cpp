/// One row of a label table: values, units, relations and the assay it belongs to.
#include "datasets/label_row.hpp"

#include "datasets/source_helpers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::datasets {
namespace {

Target kinase() {
    Target target;
    target.id = "KIN_01";
    target.protein = "KIN";
    target.cluster = "C1";
    target.split = "valid";
    return target;
}

std::variant<RawRecord, Rejected> read(const std::string& header, const std::string& row) {
    TableReader table(TextInput::from_string(header + "\n" + row + "\n", "dir/labels.csv"));
    require_label_columns(table);
    EXPECT_TRUE(table.next());
    return record_from_row(table, kinase());
}

constexpr auto kHeader = "target_id,assay,ligand_id,smiles,relation,pk,measure,source";

TEST(LabelRow, BecomesARecordOfItsTarget) {
    const auto result = read(kHeader, "KIN_01,series A,4i,CCO,<,7.5942,Ki,ChEMBL");

    ASSERT_TRUE(std::holds_alternative<RawRecord>(result));
    const auto& record = std::get<RawRecord>(result);
    EXPECT_EQ(record.id, "KIN_01/4i");
    EXPECT_EQ(record.ligand_id, "4i");
    EXPECT_EQ(record.source, "labels.csv");
    EXPECT_EQ(record.line, 2u);
    EXPECT_EQ(record.pocket_id, "KIN_01");
    EXPECT_EQ(record.smiles, "CCO");
    EXPECT_DOUBLE_EQ(record.affinity.pk, 7.5942);
    EXPECT_EQ(record.affinity.relation, Relation::less);
    EXPECT_EQ(record.affinity.measure, Measure::ki);
    EXPECT_EQ(record.assay, "KIN_01/series A");
    EXPECT_EQ(record.protein, "KIN");
    EXPECT_EQ(record.cluster, "C1");
    EXPECT_EQ(record.split, "valid");
}

TEST(LabelRow, GroupsPooledRowsByMeasureAndOrigin) {
    const auto assay = [](const std::string& row) { return std::get<RawRecord>(read(kHeader, row)).assay; };
    EXPECT_EQ(assay("KIN_01,target,a,C,=,6,Ki,Metz"), "KIN_01/Ki/Metz");
    EXPECT_EQ(assay("KIN_01,target,a,C,=,6,IC50,kekulescope"), "KIN_01/IC50/kekulescope");
    EXPECT_EQ(assay("KIN_01,,a,C,=,6,,"), "KIN_01/unstated");
}

TEST(LabelRow, TurnsAConcentrationIntoPkAndItsRelationRound) {
    const auto record = std::get<RawRecord>(read("ligand_id,smiles,value,unit,relation", "a,C,10,uM,>"));
    EXPECT_NEAR(record.affinity.pk, 5.0, 1e-12);
    EXPECT_EQ(record.affinity.relation, Relation::less) << "weaker than 10 uM means a pK of at most 5";
}

TEST(LabelRow, NamesALigandWithoutIdByItsLine) {
    EXPECT_EQ(std::get<RawRecord>(read("smiles,pk", "C,6")).ligand_id, "line_2");
}

TEST(LabelRow, IsRefusedWithAReasonWhenAValueIsWrong) {
    const auto reason = [](const std::string& header, const std::string& row) {
        const auto result = read(header, row);
        return std::holds_alternative<Rejected>(result) ? std::get<Rejected>(result).why.reason : "none";
    };
    EXPECT_EQ(reason(kHeader, "KIN_01,a,x,C,=,n/a,Ki,s"), "PK_SYNTAX");
    EXPECT_EQ(reason(kHeader, "KIN_01,a,x,C,=,,Ki,s"), "PK_SYNTAX");
    EXPECT_EQ(reason(kHeader, "KIN_01,a,x,C,=,nan,Ki,s"), "PK_SYNTAX");
    EXPECT_EQ(reason(kHeader, "KIN_01,a,x,C,=,7.1 ,Ki,s"), "PK_SYNTAX");
    EXPECT_EQ(reason(kHeader, "KIN_01,a,x,C,=,42,Ki,s"), "PK_RANGE");
    EXPECT_EQ(reason(kHeader, "KIN_01,a,x,C,=,-1,Ki,s"), "PK_RANGE");
    EXPECT_EQ(reason(kHeader, "KIN_01,a,x,C,approx,7,Ki,s"), "RELATION");
    EXPECT_EQ(reason(kHeader, "KIN_01,a,x,C,=,7,potency,s"), "MEASURE");
    EXPECT_EQ(reason("smiles,value,unit", "C,10,furlong"), "UNIT");
    EXPECT_EQ(reason("smiles,value,unit", "C,0,nM"), "UNIT");
}

TEST(LabelRow, NeedsASmilesAndAValue) {
    const auto problem = [](const std::string& header) {
        return testing::message_of(
            [&] { require_label_columns(TableReader(TextInput::from_string(header + "\n", "t.csv"))); },
            ErrorKind::input);
    };
    EXPECT_THAT(problem("ligand_id,pk"), ::testing::HasSubstr("smiles"));
    EXPECT_THAT(problem("smiles,value"), ::testing::HasSubstr("unit"));
    EXPECT_EQ(problem("smiles,value,unit"), "");
}

}  // namespace
}  // namespace keyway::datasets
