/// `keyway status`: how far a screen in chunks is.
#include "command_line.hpp"
#include "screening_verbs.hpp"
#include "terminal.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/workflows/merge.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

/// At most this many missing chunks are named on the terminal.
constexpr std::size_t kNamedChunks = 12;

std::string to_json(const workflows::RunStatus& status) {
    nlohmann::ordered_json json = {{"complete", status.is_complete()},
                                   {"finished", status.finished},
                                   {"chunks_done", status.chunks_done},
                                   {"chunks", nullptr},
                                   {"missing", status.missing},
                                   {"damaged", status.damaged},
                                   {"chunk_records", status.chunk_records},
                                   {"records_done", status.records_done},
                                   {"records", nullptr},
                                   {"rows", status.rows},
                                   {"rejected", status.rejected},
                                   {"records_per_second", nullptr},
                                   {"seconds_left", nullptr},
                                   {"models", status.models},
                                   {"receptors", status.receptors},
                                   {"ligands", status.ligands},
                                   {"command", status.command}};
    if (status.chunks) json["chunks"] = *status.chunks;
    if (status.records) json["records"] = *status.records;
    if (status.records_per_second > 0) json["records_per_second"] = status.records_per_second;
    if (status.seconds_left) json["seconds_left"] = *status.seconds_left;
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string to_text(const workflows::RunStatus& status) {
    std::string text = fmt::format("{} x {}, {}\n", fmt::join(status.receptors, " + "),
                                   fmt::join(status.ligands, " + "), fmt::join(status.models, " + "));
    text += status.chunks ? fmt::format("chunks:   {} of {} done\n", status.chunks_done, *status.chunks)
                          : fmt::format("chunks:   {} done, the end of the input is not reached yet\n",
                                        status.chunks_done);
    if (!status.missing.empty()) {
        std::vector<std::uint64_t> named(status.missing.begin(),
                                         status.missing.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                      status.missing.size(), kNamedChunks)));
        text += fmt::format("missing:  {}{}\n", fmt::join(named, ", "),
                            named.size() < status.missing.size()
                                ? fmt::format(" and {} more", status.missing.size() - named.size())
                                : "");
    }
    if (!status.damaged.empty())
        text += fmt::format("damaged:  {} (done again by the next run)\n", fmt::join(status.damaged, ", "));
    text += fmt::format("records:  {}{}\n", status.records_done,
                        status.records ? fmt::format(" of {}", *status.records) : "");
    text += fmt::format("rows:     {}, {} of them rejected{}\n", status.rows, status.rejected,
                        status.has_prefilter ? " or skipped by the prefilter" : "");
    if (status.records_per_second > 0 && !status.is_complete())
        text += fmt::format(
            "rate:     {:.0f} records/s since the first chunk{}\n", status.records_per_second,
            status.seconds_left ? fmt::format(", {} to go", readable_duration(*status.seconds_left)) : "");
    if (status.is_complete())
        text += status.finished ? "the table has been written\n"
                                : "complete: `keyway merge FOLDER -o FILE` makes the table\n";
    else
        text += fmt::format("to do what is missing: {}\n", status.command);
    return text;
}

}  // namespace

int run_status(std::span<const std::string> arguments) {
    CommandLine line("status", "How far a screen in chunks is, whoever is working on it.",
                     {"keyway status hits.tsv.parts", "keyway status hits.tsv.parts --json"});
    std::string folder;
    bool as_json = false;
    line.group("Input").add_options()("folder", po::value(&folder)->value_name("FOLDER"),
                                      "the folder with plan.json; it is only read");
    line.group("Output").add_options()("json", po::bool_switch(&as_json), "as JSON on stdout");
    line.positional("folder", 1);
    line.epilogue("Exit codes: 0 the folder could be read (complete or not), 3 it is no run folder.");
    if (!line.parse(arguments)) return 0;
    if (folder.empty()) throw Error(ErrorKind::usage, "no folder is given", "keyway status hits.tsv.parts");
    const auto status = workflows::run_status(folder);
    write_file("-", as_json ? to_json(status) : to_text(status), IfExists::refuse);
    return 0;
}

}  // namespace keyway::apps
