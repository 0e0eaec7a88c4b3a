/// Common bits by the lists of who has a bit, then leaders by number of neighbours.
#include "workflows/analogue_series.hpp"

#include "keyway/sample/columns.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace keyway::workflows {
namespace {

using Lists = std::vector<std::vector<std::uint32_t>>;

/// Whom each fingerprint resembles by at least `similarity`, itself among them; ascending.
Lists neighbours_of(const std::vector<const std::vector<std::uint16_t>*>& fingerprints, double similarity) {
    Lists having(kFingerprintBits), near(fingerprints.size());
    for (std::size_t i = 0; i < fingerprints.size(); ++i)
        for (const auto bit : *fingerprints[i]) having[bit].push_back(static_cast<std::uint32_t>(i));
    std::vector<std::uint16_t> common(fingerprints.size());
    for (std::size_t i = 0; i < fingerprints.size(); ++i) {
        std::fill(common.begin(), common.end(), std::uint16_t{0});
        for (const auto bit : *fingerprints[i])
            for (const auto other : having[bit]) ++common[other];
        for (std::size_t j = 0; j < fingerprints.size(); ++j) {
            const auto all =
                static_cast<double>(fingerprints[i]->size() + fingerprints[j]->size() - common[j]);
            if (i == j || common[j] >= similarity * all) near[i].push_back(static_cast<std::uint32_t>(j));
        }
    }
    return near;
}

/// Series as lists of places, largest first; those below `kFewestAnalogues` are left out.
Lists series_of(const Lists& near) {
    std::vector<std::size_t> free_neighbours;
    for (const auto& list : near) free_neighbours.push_back(list.size());
    std::vector<bool> taken(near.size());
    Lists series;
    while (true) {
        const auto leader = std::max_element(free_neighbours.begin(), free_neighbours.end());
        if (leader == free_neighbours.end() || *leader < kFewestAnalogues) return series;
        std::vector<std::uint32_t> members;
        for (const auto i : near[static_cast<std::size_t>(leader - free_neighbours.begin())])
            if (!taken[i]) members.push_back(i);
        for (const auto i : members) {
            taken[i] = true;
            free_neighbours[i] = 0;
        }
        for (const auto i : members)
            for (const auto j : near[i])
                if (!taken[j]) --free_neighbours[j];
        series.push_back(std::move(members));
    }
}

}  // namespace

std::size_t cut_into_series(LabelledData& data, double similarity, std::optional<Split> only) {
    const auto counts = [&](const LabelledRow& row) { return !only || row.split == *only; };
    int first = -1;
    for (const auto& row : data.rows)
        if (counts(row) && (first < 0 || row.source < first)) first = row.source;

    std::map<std::tuple<int, int, Measure>, std::vector<std::size_t>> assays;  // source, series, measure
    for (std::size_t i = 0; i < data.rows.size(); ++i) {
        const LabelledRow& row = data.rows[i];
        if (counts(row) && row.source != first && row.series >= 0)
            assays[{row.source, row.series, row.measure}].push_back(i);
    }
    std::size_t count = 0;
    for (const auto& [key, members] : assays) {
        std::vector<const std::vector<std::uint16_t>*> fingerprints;
        for (const std::size_t i : members)
            fingerprints.push_back(&data.ligand(data.rows[i].ligand).fingerprint);
        const std::string name = data.series_name(std::get<1>(key));
        for (const std::size_t i : members) data.rows[i].series = -1;
        std::size_t number = 0;
        for (const auto& analogues : series_of(neighbours_of(fingerprints, similarity))) {
            const int series = data.add_series(name + ", series " + std::to_string(++number));
            for (const auto place : analogues) data.rows[members[place]].series = series;
        }
        count += number;
    }
    return count;
}

}  // namespace keyway::workflows
