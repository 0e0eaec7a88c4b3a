/// Ligands in slabs, vectors in parallel, written in order.
#include "keyway/workflows/encode_library.hpp"

#include "thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"
#include "keyway/core/version.hpp"
#include "keyway/store/dataset_file.hpp"
#include "keyway/store/vectors_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <mutex>
#include <optional>

namespace keyway::workflows {
namespace {

constexpr std::uint64_t kBatchLigands = 64;

/// [ligands, R]; a ligand that the network fails on becomes a row of NaN and takes no other along.
std::vector<float> vectors_of(const model::Predictor& predictor, std::span<const LigandGraph> ligands,
                              std::size_t width) {
    try {
        return predictor.retrieval_vectors(ligands);
    } catch (const std::exception&) {
        if (ligands.size() == 1) return std::vector<float>(width, NAN);
    }
    std::vector<float> vectors;
    for (std::size_t i = 0; i < ligands.size(); ++i) {
        const auto one = vectors_of(predictor, ligands.subspan(i, 1), width);
        vectors.insert(vectors.end(), one.begin(), one.end());
    }
    return vectors;
}

}  // namespace

std::filesystem::path default_vectors_path(const std::filesystem::path& library,
                                           const model::Passport& model) {
    std::string name = model.name.empty() ? "model" : model.name;
    for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.') c = '_';
    return library.parent_path() / (library.stem().string() + "." + name + ".vectors.h5");
}

std::vector<std::int8_t> quantised(std::span<const float> vectors, std::size_t width) {
    std::vector<std::int8_t> out(vectors.size());
    for (std::size_t row = 0; row < vectors.size(); row += width) {
        const auto values = vectors.subspan(row, width);
        if (!std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); })) continue;
        for (std::size_t i = 0; i < width; ++i)
            out[row + i] =
                static_cast<std::int8_t>(std::clamp(std::round(127.0f * values[i]), -127.0f, 127.0f));
    }
    return out;
}

EncodeLibrarySummary encode_library(const EncodeLibraryOptions& options, const model::Predictor& predictor,
                                    const Context& context) {
    const store::DatasetReader reader(options.library);
    const std::uint64_t total = reader.passport().ligands;
    if (total == 0)
        throw Error(ErrorKind::input, fmt::format("'{}' holds no ligands", options.library.string()));
    const auto& model = predictor.passport();
    const auto width = static_cast<std::size_t>(model.config.retrieval_channels);
    EncodeLibrarySummary summary;
    summary.file = options.out.empty() ? default_vectors_path(options.library, model) : options.out;
    summary.width = static_cast<int>(width);
    store::VectorsPassport passport;
    passport.library_sha256 = reader.passport().content_sha256;
    passport.weights_sha256 = model.weights_sha256;
    passport.created_by = fmt::format("keyway {}", version());
    passport.width = summary.width;
    store::VectorsWriter writer(summary.file, options.if_exists, std::move(passport));

    context.progress.start("vectors", "ligands", total);
    const auto threads = static_cast<std::size_t>(thread_count(options.threads));
    std::mutex hdf5;  // one reader and one writer in different threads
    std::uint64_t next = 0;
    ordered_map<std::vector<LigandGraph>, std::vector<std::int8_t>>(
        threads, 4 * threads,
        [&]() -> std::optional<std::vector<LigandGraph>> {
            if (next == total || context.stop) return std::nullopt;
            const auto count = std::min(kBatchLigands, total - next);
            const std::scoped_lock lock(hdf5);
            auto ligands = reader.ligands(static_cast<std::int32_t>(next), count);
            next += count;
            return ligands;
        },
        [&](std::vector<LigandGraph>&& ligands, std::size_t) {
            const auto vectors = vectors_of(predictor, ligands, width);
            if (vectors.size() != ligands.size() * width)
                throw Error(ErrorKind::failure,
                            fmt::format("expected vectors of {} numbers, got {} for {} ligands", width,
                                        vectors.size(), ligands.size()));
            return quantised(vectors, width);
        },
        [&](std::vector<std::int8_t>&& vectors) {
            for (auto row = vectors.begin(); row != vectors.end(); row += static_cast<std::ptrdiff_t>(width))
                summary.without_vector += std::all_of(row, row + static_cast<std::ptrdiff_t>(width),
                                                      [](std::int8_t x) { return x == 0; });
            const std::scoped_lock lock(hdf5);
            writer.append(vectors);
            summary.ligands += vectors.size() / width;
            context.progress.update(summary.ligands);
            return true;
        });
    context.progress.finish();
    if (summary.ligands < total)
        throw Error(ErrorKind::interrupted,
                    fmt::format("interrupted after the vectors of {} of {} ligands", summary.ligands, total),
                    "nothing was written; run the same command again");
    writer.commit();
    summary.content_sha256 = store::VectorsReader(summary.file).passport().content_sha256;
    if (summary.without_vector > 0)
        context.log.warning(fmt::format("the network gave no vector for {} ligands: a prefilter keeps them",
                                        summary.without_vector));
    return summary;
}

}  // namespace keyway::workflows
