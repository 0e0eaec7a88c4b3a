/// What the pages of `evaluate --html` share: frame, styles, and the section on enrichment.
#pragma once

#include "keyway/workflows/enrichment.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keyway::workflows {

/// A whole document without any outside reference; `body` is HTML, the title is escaped here.
std::string page_of(std::string_view title, const std::string& body);

/// A method's name for readers and its CSS class, the same in every plot.
std::string words_for(std::string_view method);
std::string css_class_of(std::string_view method);

/// `svg` with a heading and a sentence or two below; `caption` is HTML.
std::string figure(const std::string& svg, std::string_view caption);
/// A key of colours, one entry for each method.
std::string legend(const std::vector<std::string>& methods);

std::string enrichment_section(const Enrichment& enrichment);

}  // namespace keyway::workflows
