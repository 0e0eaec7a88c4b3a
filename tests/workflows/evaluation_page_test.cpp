/// The page holds what the tables hold, and nothing that an id could smuggle in.
#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include "keyway/workflows/evaluate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::workflows {
namespace {

using keyway::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace testing;

TEST(EvaluationPage, IsSelfContainedAndEscapesIds) {
    const TemporaryFolder folder;
    std::vector<RowSpec> rows;
    for (int i = 0; i < 6; ++i)
        for (const auto* protein : {"P1", "P2"})
            rows.push_back({.pocket = protein,
                            .assay = protein == std::string("P1") ? "<script>alert(1)</script>" : "B",
                            .atoms = 10 + i,
                            .pk = 5 + 0.5 * i,
                            .split = Split::test,
                            .protein = protein,
                            .id = "\"><img src=x onerror=alert(2)>"});
    write_dataset(folder / "data.h5", rows);
    EvaluateOptions options;
    options.model = (folder / "weights.safetensors").string();
    options.datasets = {folder / "data.h5"};
    options.bootstrap_samples = 20;
    LineNetwork network;
    network.line = {.bias = 1, .per_atom = 0.25, .per_pocket_atom = 0.5};
    const std::string page = to_html(evaluate(options, network, silent_context()));
    for (const auto* part : {"Ranking within assays", "Predicted against measured", "Selectivity",
                             "the model without the pocket", "&lt;script&gt;alert(1)", "aria-sort"})
        EXPECT_THAT(page, HasSubstr(part));
    for (const auto* part : {"<script>alert", "<img", "http://", "https://", "src=\"", "url(", ">nan<"})
        EXPECT_THAT(page, Not(HasSubstr(part)));
}

}  // namespace
}  // namespace keyway::workflows
