/// Small plots as inline SVG: no script, no network; colours come from the page's CSS classes.
#pragma once

#include "keyway/report/metrics.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyway::report {

/// For text and attribute values of HTML and SVG: & < > " ' as entities, control characters as U+FFFD.
std::string escape_html(std::string_view text);

enum class Scale { linear, log10 };
struct Axis {
    std::string label;
    double low = 0, high = 1;
    Scale scale = Scale::linear;
};

struct PlotPoint {
    double x = 0, y = 0;
    double low = 0, high = 0;  ///< of y: a whisker where they differ
    std::string title;         ///< shown on hover
};

/// Everything is clipped to the axes. Text is escaped here.
class SvgPlot {
public:
    struct Size {
        int width = 440, height = 340;
    };
    SvgPlot(Axis x, Axis y, std::string description, Size size = {440, 340});

    /// y = x, dashed.
    void identity();
    void horizontal(double y);
    void vertical(double x);
    void points(const std::vector<PlotPoint>& points, std::string_view css_class, double radius = 2.5);
    void line(const std::vector<std::pair<double, double>>& points, std::string_view css_class,
              std::string_view title);
    std::string to_svg() const;

private:
    double px(double x) const;
    double py(double y) const;
    void add_line(double x1, double y1, double x2, double y2, std::string_view css_class);

    Axis x_, y_;
    std::string description_;
    Size size_;
    std::string body_;
};

/// One bar with its interval.
struct Bar {
    std::string label, css_class;
    Interval value;
};
/// Horizontal bars from `axis.low` or 0, with the number written behind each; undefined values say "-".
std::string svg_bars(const std::vector<Bar>& bars, const Axis& axis, std::string_view description);

}  // namespace keyway::report
