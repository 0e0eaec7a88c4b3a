/// Plots: escaping, clipping, and numbers that are not there.
#include "keyway/report/svg_plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace keyway::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(EscapeHtml, LeavesNothingThatCouldBeMarkup) {
    EXPECT_EQ(escape_html("<a href=\"x\" id='y'>&\x01"),
              "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;\xEF\xBF\xBD");
}

TEST(SvgPlot, EscapesTitlesAndLabels) {
    SvgPlot plot({"<x>", 0, 10}, {"y", 0, 10}, "\"><script>");
    plot.points({{1, 2, 0, 0, "</title><script>alert(1)</script>"}}, "model");
    EXPECT_THAT(plot.to_svg(), Not(HasSubstr("<script")));
    EXPECT_THAT(plot.to_svg(), HasSubstr("&lt;x&gt;"));
}

TEST(SvgPlot, ClipsToTheAxesAndLeavesOutWhatIsNotFinite) {
    SvgPlot plot({"x", 0, 10}, {"y", 0, 10}, "d", {440, 340});
    plot.points({{5, 1e9, 0, 0, "far"}, {std::nan(""), 1, 0, 0, "nowhere"}}, "model");
    EXPECT_THAT(plot.to_svg(), HasSubstr("cy=\"10.0\"")) << "the top of the frame";
    EXPECT_THAT(plot.to_svg(), Not(HasSubstr("nowhere")));
    EXPECT_THAT(plot.to_svg(), Not(HasSubstr("nan")));
}

TEST(SvgPlot, ALogAxisHasPowersOfTen) {
    const SvgPlot plot({"x", 0.001, 1, Scale::log10}, {"y", 0, 1}, "d");
    for (const auto* tick : {">0.001<", ">0.01<", ">0.1<"}) EXPECT_THAT(plot.to_svg(), HasSubstr(tick));
}

TEST(SvgBars, WriteTheNumberAndTheInterval) {
    const std::string svg =
        svg_bars({{"a", "model", {0.5, 0.25, 0.75}}, {"b", "other", {std::nan(""), 0, 0}}}, {"x", 0, 1}, "d");
    EXPECT_THAT(svg, HasSubstr("0.500  [0.250, 0.750]"));
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace keyway::report
