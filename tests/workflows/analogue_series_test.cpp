/// Which rows become one series, and which stay as they are.
#include "workflows/analogue_series.hpp"

#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <optional>

namespace keyway::workflows {
namespace {

using keyway::testing::TemporaryFolder;
using namespace testing;

/// Bits `first` to `first` + 9, the last one replaced by `own`: two of a family share 9 of 11 bits.
std::vector<std::uint16_t> family(std::uint16_t first, std::uint16_t own) {
    std::vector<std::uint16_t> bits(10);
    std::iota(bits.begin(), bits.end(), first);
    bits.back() = own;
    return bits;
}

/// `count` rows of one family.
void add_family(std::vector<RowSpec>& rows, const RowSpec& like, int count, std::uint16_t first) {
    for (int i = 0; i < count; ++i) {
        RowSpec row = like;
        row.fingerprint = family(first, static_cast<std::uint16_t>(1000 + rows.size()));
        rows.push_back(row);
    }
}

struct Cut {
    std::size_t series;
    std::vector<int> of_row;
    std::vector<std::string> name;
};
Cut cut(const std::vector<RowSpec>& rows, double similarity, std::optional<Split> only = Split::train) {
    TemporaryFolder folder;
    write_dataset(folder / "a.h5", rows);
    RecordingLog log;
    LabelledData data({folder / "a.h5"}, log);
    Cut result{cut_into_series(data, similarity, only), {}, {}};
    for (const auto& row : data.rows) {
        result.of_row.push_back(row.series);
        result.name.push_back(row.series < 0 ? "" : data.series_name(row.series));
    }
    return result;
}

TEST(AnalogueSeries, ATableOfATargetFallsIntoItsFamiliesAndTheCoreSetStays) {
    std::vector<RowSpec> rows;
    add_family(rows, {.assay = "paper", .source = "core"}, 3, 0);
    add_family(rows, {.assay = "paper", .source = "core"}, 3, 100);
    add_family(rows, {.assay = "target", .source = "extra"}, 6, 0);
    add_family(rows, {.assay = "target", .source = "extra"}, 8, 100);
    add_family(rows, {.assay = "target", .source = "extra"}, 4, 200);
    const Cut result = cut(rows, 0.4);
    EXPECT_EQ(result.series, 2u);
    for (int i = 0; i < 6; ++i) EXPECT_EQ(result.name[i], "paper") << i;
    for (int i = 6; i < 12; ++i) EXPECT_EQ(result.name[i], "target, series 2") << i;
    for (int i = 12; i < 20; ++i) EXPECT_EQ(result.name[i], "target, series 1") << "the largest comes first";
    for (int i = 20; i < 24; ++i) EXPECT_EQ(result.of_row[i], -1) << "four analogues are too few";
    EXPECT_NE(result.of_row[6], result.of_row[12]);
}

TEST(AnalogueSeries, TheThresholdDecidesWhoIsAnAnalogue) {
    std::vector<RowSpec> rows;
    add_family(rows, {.source = "core"}, 2, 0);
    add_family(rows, {.source = "extra"}, 6, 0);  // pairs share 9 of 11 bits
    EXPECT_EQ(cut(rows, 9.0 / 11).series, 1u);
    EXPECT_EQ(cut(rows, 9.0 / 11 + 1e-9).series, 0u);
}

TEST(AnalogueSeries, MeasuresAndPocketsAreNotMixedAndOtherSplitsAreNotTouched) {
    std::vector<RowSpec> rows;
    add_family(rows, {.source = "core"}, 2, 0);
    add_family(rows, {.source = "extra", .measure = Measure::ki}, 5, 0);
    add_family(rows, {.source = "extra", .measure = Measure::ic50}, 5, 0);
    add_family(rows, {.pocket = "P2", .source = "extra", .measure = Measure::ki}, 5, 0);
    add_family(rows, {.assay = "held out", .split = Split::valid, .source = "extra"}, 5, 0);
    const Cut result = cut(rows, 0.4);
    EXPECT_EQ(result.series, 3u);
    EXPECT_NE(result.of_row[2], result.of_row[7]);
    EXPECT_NE(result.of_row[2], result.of_row[12]);
    for (int i = 17; i < 22; ++i) EXPECT_EQ(result.name[i], "held out") << i;
}

TEST(AnalogueSeries, WithoutASplitEveryRowIsCut) {
    std::vector<RowSpec> rows;
    add_family(rows, {.assay = "paper", .split = Split::valid, .source = "core"}, 2, 0);
    add_family(rows, {.assay = "target", .split = Split::valid, .source = "extra"}, 5, 0);
    add_family(rows, {.assay = "target", .split = Split::valid, .source = "extra"}, 3, 100);
    EXPECT_EQ(cut(rows, 0.4, Split::train).series, 0u);
    const Cut result = cut(rows, 0.4, std::nullopt);
    EXPECT_EQ(result.series, 1u);
    EXPECT_EQ(result.name[0], "paper");
    EXPECT_EQ(result.name[2], "target, series 1");
    EXPECT_EQ(result.of_row[7], -1);
}

TEST(AnalogueSeries, OneSourceIsTheCoreSet) {
    std::vector<RowSpec> rows;
    add_family(rows, {.assay = "all", .source = "only"}, 9, 0);
    const Cut result = cut(rows, 0.4);
    EXPECT_EQ(result.series, 0u);
    EXPECT_EQ(result.name.front(), "all");
}

}  // namespace
}  // namespace keyway::workflows
