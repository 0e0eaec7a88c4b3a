/// Axes, points, lines and bars.
#include "keyway/report/svg_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace keyway::report {
namespace {

constexpr double kLeft = 52, kRight = 12, kTop = 10, kBottom = 42;

std::string text_of(double value, int decimals = 1) {
    std::array<char, 64> buffer;
    const int length = std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
    return {buffer.data(), static_cast<std::size_t>(std::max(length, 0))};
}

std::string tick_text(double value) {
    std::array<char, 64> buffer;
    const int length = std::snprintf(buffer.data(), buffer.size(), "%g", std::abs(value) < 1e-9 ? 0 : value);
    return {buffer.data(), static_cast<std::size_t>(std::max(length, 0))};
}

/// 1, 2 or 5 times a power of ten apart, about five of them; on a log scale the powers of ten.
std::vector<double> ticks_of(const Axis& axis) {
    std::vector<double> ticks;
    if (axis.scale == Scale::log10) {
        for (double tick = std::pow(10, std::ceil(std::log10(axis.low) - 1e-9)); tick <= axis.high * 1.0001;
             tick *= 10)
            ticks.push_back(tick);
        return ticks;
    }
    const double rough = (axis.high - axis.low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
    const double step = power * (rough / power < 1.5   ? 1
                                 : rough / power < 3.5 ? 2
                                 : rough / power < 7.5 ? 5
                                                       : 10);
    for (double tick = std::ceil(axis.low / step - 1e-9) * step; tick <= axis.high + 1e-9 * step;
         tick += step)
        ticks.push_back(tick);
    return ticks;
}

double share_of(const Axis& axis, double value) {
    const double share = axis.scale == Scale::log10
                             ? std::log(std::max(value, axis.low) / axis.low) / std::log(axis.high / axis.low)
                             : (value - axis.low) / (axis.high - axis.low);
    return std::clamp(share, 0.0, 1.0);
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view text,
                    std::string_view more = "") {
    return "<text x=\"" + text_of(x) + "\" y=\"" + text_of(y) + "\" text-anchor=\"" + std::string(anchor) +
           "\"" + std::string(more) + ">" + escape_html(text) + "</text>";
}

std::string opening(double width, double height, std::string_view description) {
    return "<svg viewBox=\"0 0 " + text_of(width, 0) + " " + text_of(height, 0) + "\" width=\"" +
           text_of(width, 0) + "\" role=\"img\" aria-label=\"" + escape_html(description) + "\">";
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '&')
            escaped += "&amp;";
        else if (c == '<')
            escaped += "&lt;";
        else if (c == '>')
            escaped += "&gt;";
        else if (c == '"')
            escaped += "&quot;";
        else if (c == '\'')
            escaped += "&#39;";
        else if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
            escaped += "\xEF\xBF\xBD";
        else
            escaped += c;
    }
    return escaped;
}

SvgPlot::SvgPlot(Axis x, Axis y, std::string description, Size size)
    : x_(std::move(x)), y_(std::move(y)), description_(std::move(description)), size_(size) {}

double SvgPlot::px(double x) const { return kLeft + share_of(x_, x) * (size_.width - kLeft - kRight); }
double SvgPlot::py(double y) const {
    return size_.height - kBottom - share_of(y_, y) * (size_.height - kTop - kBottom);
}

void SvgPlot::add_line(double x1, double y1, double x2, double y2, std::string_view css_class) {
    body_ += "<line class=\"" + std::string(css_class) + "\" x1=\"" + text_of(x1) + "\" y1=\"" + text_of(y1) +
             "\" x2=\"" + text_of(x2) + "\" y2=\"" + text_of(y2) + "\"/>";
}

void SvgPlot::identity() {
    const double low = std::max(x_.low, y_.low), high = std::min(x_.high, y_.high);
    add_line(px(low), py(low), px(high), py(high), "guide");
}
void SvgPlot::horizontal(double y) { add_line(px(x_.low), py(y), px(x_.high), py(y), "guide"); }
void SvgPlot::vertical(double x) { add_line(px(x), py(y_.low), px(x), py(y_.high), "guide"); }

void SvgPlot::points(const std::vector<PlotPoint>& points, std::string_view css_class, double radius) {
    body_ += "<g class=\"points " + std::string(css_class) + "\">";
    for (const auto& point : points) {
        if (!std::isfinite(point.x) || !std::isfinite(point.y)) continue;
        if (point.high > point.low)
            add_line(px(point.x), py(point.low), px(point.x), py(point.high), "whisker");
        body_ += "<circle cx=\"" + text_of(px(point.x)) + "\" cy=\"" + text_of(py(point.y)) + "\" r=\"" +
                 text_of(radius) + "\">";
        if (!point.title.empty()) body_ += "<title>" + escape_html(point.title) + "</title>";
        body_ += "</circle>";
    }
    body_ += "</g>";
}

void SvgPlot::line(const std::vector<std::pair<double, double>>& points, std::string_view css_class,
                   std::string_view title) {
    body_ += "<polyline class=\"curve " + std::string(css_class) + "\" points=\"";
    for (const auto& [x, y] : points) body_ += text_of(px(x)) + "," + text_of(py(y)) + " ";
    body_ += "\"><title>" + escape_html(title) + "</title></polyline>";
}

std::string SvgPlot::to_svg() const {
    std::string svg = opening(size_.width, size_.height, description_);
    const double left = px(x_.low), right = px(x_.high), bottom = py(y_.low), top = py(y_.high);
    for (const double tick : ticks_of(x_)) {
        svg += "<line class=\"grid\" x1=\"" + text_of(px(tick)) + "\" y1=\"" + text_of(top) + "\" x2=\"" +
               text_of(px(tick)) + "\" y2=\"" + text_of(bottom) + "\"/>";
        svg += text_at(px(tick), bottom + 15, "middle", tick_text(tick));
    }
    for (const double tick : ticks_of(y_)) {
        svg += "<line class=\"grid\" x1=\"" + text_of(left) + "\" y1=\"" + text_of(py(tick)) + "\" x2=\"" +
               text_of(right) + "\" y2=\"" + text_of(py(tick)) + "\"/>";
        svg += text_at(left - 6, py(tick) + 4, "end", tick_text(tick));
    }
    svg += "<rect class=\"frame\" x=\"" + text_of(left) + "\" y=\"" + text_of(top) + "\" width=\"" +
           text_of(right - left) + "\" height=\"" + text_of(bottom - top) + "\"/>";
    svg += body_;
    svg += text_at((left + right) / 2, size_.height - 8, "middle", x_.label);
    const double middle = (top + bottom) / 2;
    svg += text_at(14, middle, "middle", y_.label, " transform=\"rotate(-90 14 " + text_of(middle) + ")\"");
    return svg + "</svg>\n";
}

std::string svg_bars(const std::vector<Bar>& bars, const Axis& axis, std::string_view description) {
    constexpr double kWidth = 720, kLabel = 235, kNumbers = 165, kRow = 26;
    const double height = kRow * static_cast<double>(bars.size()) + 44;
    const auto px = [&](double x) { return kLabel + share_of(axis, x) * (kWidth - kLabel - kNumbers); };
    std::string svg = opening(kWidth, height, description);
    const double bottom = height - 38, origin = px(std::max(axis.low, std::min(0.0, axis.high)));
    for (const double tick : ticks_of(axis)) {
        svg += "<line class=\"grid\" x1=\"" + text_of(px(tick)) + "\" y1=\"4\" x2=\"" + text_of(px(tick)) +
               "\" y2=\"" + text_of(bottom) + "\"/>";
        svg += text_at(px(tick), bottom + 14, "middle", tick_text(tick));
    }
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const auto& [label, css_class, value] = bars[i];
        const double y = 6 + kRow * static_cast<double>(i), centre = y + kRow / 2 - 2;
        svg += text_at(kLabel - 8, centre + 4, "end", label);
        if (!std::isfinite(value.value)) {
            svg += text_at(kWidth - kNumbers + 10, centre + 4, "start", "-");
            continue;
        }
        const double end = px(value.value);
        svg += "<rect class=\"bar " + css_class + "\" x=\"" + text_of(std::min(origin, end)) + "\" y=\"" +
               text_of(y + 2) + "\" width=\"" + text_of(std::abs(end - origin)) + "\" height=\"" +
               text_of(kRow - 8) + "\"/>";
        std::string number = text_of(value.value, 3);
        if (std::isfinite(value.low)) {
            svg += "<line class=\"error\" x1=\"" + text_of(px(value.low)) + "\" y1=\"" + text_of(centre) +
                   "\" x2=\"" + text_of(px(value.high)) + "\" y2=\"" + text_of(centre) + "\"/>";
            number += "  [" + text_of(value.low, 3) + ", " + text_of(value.high, 3) + "]";
        }
        svg += text_at(kWidth - kNumbers + 10, centre + 4, "start", number);
    }
    svg += "<line class=\"zero\" x1=\"" + text_of(origin) + "\" y1=\"4\" x2=\"" + text_of(origin) +
           "\" y2=\"" + text_of(bottom) + "\"/>";
    svg += text_at((kLabel + kWidth - kNumbers) / 2, height - 6, "middle", axis.label);
    return svg + "</svg>\n";
}

}  // namespace keyway::report
