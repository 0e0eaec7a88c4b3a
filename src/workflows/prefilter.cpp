/// Selection by dot product and the arithmetic of its recall.
#include "keyway/workflows/prefilter.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>

namespace keyway::workflows {
namespace {

constexpr double kTopPercents[] = {1, 0.1};
constexpr std::uint64_t kSmallestTop = 4;  ///< of the 0.1 %: less says nothing

}  // namespace

std::uint64_t PrefilterShare::of(std::uint64_t ligands) const {
    const double wanted = std::ceil(percent / 100 * static_cast<double>(ligands) - 1e-9);
    const auto number = count > 0 ? count : static_cast<std::uint64_t>(std::max(1.0, wanted));
    return std::min(number, ligands);
}

std::string PrefilterShare::to_text() const {
    return count > 0 ? fmt::format("{} ligands", count) : fmt::format("{} %", percent);
}

PrefilterShare parse_prefilter_share(const std::string& text) {
    PrefilterShare share;
    const bool is_percent = !text.empty() && text.back() == '%';
    std::string number = is_percent ? text.substr(0, text.size() - 1) : text;
    while (!number.empty() && number.back() == ' ') number.pop_back();
    const char *begin = number.data(), *end = begin + number.size();
    bool good = !number.empty();
    if (is_percent) {
        const auto [rest, error] = std::from_chars(begin, end, share.percent);
        good = good && error == std::errc{} && rest == end && share.percent > 0 && share.percent <= 100;
    } else {
        const auto [rest, error] = std::from_chars(begin, end, share.count);
        good = good && error == std::errc{} && rest == end && share.count > 0;
    }
    if (!good)
        throw Error(ErrorKind::usage, fmt::format("option '--prefilter' cannot take '{}'", text),
                    "expected a share such as 1% or 0.5%, or a number of ligands such as 10000");
    return share;
}

std::pair<double, double> wilson_interval(std::uint64_t found, std::uint64_t of) {
    constexpr double z = 1.959964;
    const auto n = static_cast<double>(of);
    const double p = static_cast<double>(found) / n;
    const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

std::vector<Recall> recall_of(std::span<const float> pk, const std::vector<bool>& is_kept, bool is_whole) {
    std::vector<std::size_t> order(pk.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return pk[a] > pk[b]; });
    std::vector<Recall> recalls;
    for (const double percent : kTopPercents) {
        const auto of = PrefilterShare{percent, 0}.of(pk.size());
        if (of == 0 || (percent < 1 && of < kSmallestTop)) continue;
        Recall recall{percent, 0, of};
        for (std::size_t i = 0; i < of; ++i) recall.found += is_kept[order[i]];
        std::tie(recall.low, recall.high) =
            is_whole ? std::pair(recall.value(), recall.value()) : wilson_interval(recall.found, of);
        recalls.push_back(recall);
    }
    return recalls;
}

/// Floyd: one number for each that is drawn, whatever `total` is.
std::vector<std::uint64_t> random_sample(std::uint64_t total, std::uint64_t count, std::uint64_t seed) {
    std::set<std::uint64_t> drawn;
    Random random(seed);
    for (std::uint64_t end = total - std::min(count, total); end < total; ++end) {
        const auto index = random.below(end + 1);
        drawn.insert(drawn.count(index) > 0 ? end : index);
    }
    return {drawn.begin(), drawn.end()};
}

void BestOf::add(std::int32_t dot, std::uint64_t index) {
    const Item item{dot, index};
    if (is_full_ && !is_better(item, worst_)) return;
    items_.push_back(item);
    if (items_.size() >= 2 * count_ + 1024) cut();
}

void BestOf::cut() {
    if (count_ == 0) items_.clear();
    if (items_.size() < count_ || items_.empty()) return;
    const auto last = items_.begin() + static_cast<std::ptrdiff_t>(count_) - 1;
    std::nth_element(items_.begin(), last, items_.end(), is_better);
    worst_ = *last;
    is_full_ = true;
    items_.resize(count_);
}

std::vector<std::uint64_t> BestOf::indices() {
    cut();
    std::vector<std::uint64_t> indices;
    indices.reserve(items_.size());
    for (const auto& item : items_) indices.push_back(item.index);
    std::sort(indices.begin(), indices.end());
    return indices;
}

std::string PrefilterOutcome::to_text() const {
    std::string text = fmt::format("prefilter kept {} of {} ligands ({:.3g} %)", kept, ligands,
                                   100 * static_cast<double>(kept) / static_cast<double>(ligands));
    for (std::size_t i = 0; i < recall.size(); ++i) {
        const auto& r = recall[i];
        text += i == 0 ? "; it holds " : " and ";
        text += fmt::format("{:.0f} %", 100 * r.value());
        if (sample < ligands) text += fmt::format(" [{:.0f}, {:.0f}]", 100 * r.low, 100 * r.high);
        text += fmt::format(" of the model's top {} % ({} of {})", r.top_percent, r.found, r.of);
    }
    if (!recall.empty())
        text += sample < ligands
                    ? fmt::format(", measured on {} random ligands, 95 % interval in brackets", sample)
                    : std::string(", all of them scored to know it");
    return text;
}

}  // namespace keyway::workflows
