/// A site with the structure at hand: the shape that distances count from, and what belongs to the site
/// itself.
#pragma once

#include "keyway/chem/pocket.hpp"

#include <array>
#include <limits>
#include <string>
#include <vector>

namespace keyway::chem {

using Point = std::array<double, 3>;

struct SiteProbe {
    std::vector<Point> points;  ///< never empty [A]
    Point half_edges{};         ///< of a box around each point; zero unless the site is a box [A]
    double reach_angstrom = 0;  ///< added to both cutoffs (see `Site`)
    Point centre{};
    /// [residues] part of the site, not of the pocket: the ligand, and what lies on it.
    std::vector<std::uint8_t> is_ligand;
    /// [residues] in the pocket at any distance.
    std::vector<std::uint8_t> is_listed;
    bool is_ligand_shaped = false;  ///< the points are atoms of a ligand
    std::vector<std::string> notes;

    /// Distance to the nearest point or box; any value above `enough` may be returned once it is exceeded
    /// [A].
    double distance_angstrom(const Point& position,
                             double enough = std::numeric_limits<double>::infinity()) const;

private:
    friend SiteProbe probe_site(const Structure& structure, const Site& site);
    double radius_ = 0;  // of all points and boxes around the centre
};

/// Throws Error(input) if the structure lacks the named ligand or residues, Error(usage) for Kind::none.
SiteProbe probe_site(const Structure& structure, const Site& site);

}  // namespace keyway::chem
