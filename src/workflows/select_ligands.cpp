/// Vectors found or made, dot products with the pocket's, the best share, and the recall of a sample.
#include "select_ligands.hpp"

#include "thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"
#include "keyway/store/dataset_file.hpp"
#include "keyway/store/vectors_file.hpp"
#include "keyway/workflows/encode_library.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

namespace keyway::workflows {
namespace {

constexpr std::uint64_t kSampleLigands = 4096;
constexpr std::uint64_t kBlockVectors = 1 << 14;
constexpr std::size_t kBatchLigands = 64;

/// Empty: they fit.
std::string misfit(const store::VectorsPassport& vectors, const store::DatasetPassport& library,
                   const model::Passport& model) {
    if (vectors.library_sha256 != library.content_sha256 || vectors.ligands != library.ligands)
        return "belong to a library of other content";
    if (vectors.weights_sha256 != model.weights_sha256) return "belong to other weights";
    if (vectors.width != model.config.retrieval_channels) return "have another width than the model's";
    return "";
}

/// The vectors' file, fit to be used.
std::filesystem::path fitting_vectors(const ScreenOptions& options, const store::DatasetReader& library,
                                      const model::Predictor& predictor, const Context& context,
                                      PrefilterOutcome& outcome) {
    const auto& path = options.ligands.front();
    const auto file =
        options.vectors.empty() ? default_vectors_path(path, predictor.passport()) : options.vectors;
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) {
        std::string why;
        try {
            const store::VectorsReader reader(file);
            why = misfit(reader.passport(), library.passport(), predictor.passport());
            if (why.empty()) return file;
            why = fmt::format("the vectors in '{}' {}", file.string(), why);
        } catch (const Error& error) {
            why = error.what();
        }
        if (!options.vectors.empty())
            throw Error(ErrorKind::incompatible, why,
                        fmt::format("keyway library encode {} -m MODEL -o {} --overwrite", path.string(),
                                    file.string()));
        context.log.warning(why + ": made anew");
    } else {
        context.log.info(fmt::format("'{}' has no vectors of this model yet: made now, kept in '{}'",
                                     path.string(), file.string()));
    }
    outcome.made_vectors = true;
    try {
        encode_library({path, file, IfExists::overwrite, options.threads}, predictor, context);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::output || !options.vectors.empty()) throw;
        throw Error(ErrorKind::output, error.what(), "name a place for the vectors with --vectors FILE");
    }
    return file;
}

/// pk of ligands that are numbers; `indices` loses the others.
std::vector<float> sampled_pk(const store::DatasetReader& library, std::vector<std::uint64_t>& indices,
                              const BatchScorer& scorer, int threads, const Context& context) {
    struct Batch {
        std::vector<std::uint64_t> indices;
        std::vector<LigandGraph> ligands;
    };
    struct Scored {
        std::vector<std::uint64_t> indices;
        std::vector<float> pk;
    };
    Scored all;
    std::size_t next = 0;
    context.progress.start("measuring recall", "ligands", indices.size());
    ordered_map<Batch, Scored>(
        static_cast<std::size_t>(threads), 4 * static_cast<std::size_t>(threads),
        [&]() -> std::optional<Batch> {
            if (next == indices.size() || context.stop) return std::nullopt;
            Batch batch;
            for (; next < indices.size() && batch.ligands.size() < kBatchLigands; ++next) {
                batch.indices.push_back(indices[next]);
                batch.ligands.push_back(library.ligand(static_cast<std::int32_t>(indices[next])));
            }
            return batch;
        },
        [&](Batch&& batch, std::size_t) {
            Scored scored;
            const auto predictions = scorer.predict(0, batch.ligands);
            for (std::size_t i = 0; i < predictions.size(); ++i) {
                if (!predictions[i]) continue;
                scored.indices.push_back(batch.indices[i]);
                scored.pk.push_back(predictions[i].value().prediction.pk);
            }
            return scored;
        },
        [&](Scored&& scored) {
            all.indices.insert(all.indices.end(), scored.indices.begin(), scored.indices.end());
            all.pk.insert(all.pk.end(), scored.pk.begin(), scored.pk.end());
            context.progress.update(all.pk.size());
            return true;
        });
    context.progress.finish();
    if (next < indices.size())
        throw Error(ErrorKind::interrupted, "interrupted while the prefilter's recall was measured",
                    "run the same command again");
    indices = std::move(all.indices);
    return std::move(all.pk);
}

}  // namespace

std::vector<std::int32_t> dot_products(std::span<const std::int8_t> vectors,
                                       std::span<const std::int8_t> query) {
    const std::size_t width = query.size();
    std::vector<std::int32_t> dots(vectors.size() / width);
    for (std::size_t row = 0; row < dots.size(); ++row) {
        const std::int8_t* vector = vectors.data() + row * width;
        std::int32_t sum = 0;
        for (std::size_t i = 0; i < width; ++i)
            sum += static_cast<std::int32_t>(vector[i]) * static_cast<std::int32_t>(query[i]);
        dots[row] = sum;
    }
    return dots;
}

LigandSelection select_ligands(const ScreenOptions& options, const BatchScorer& scorer,
                               const Context& context) {
    LigandSelection selection;
    auto& outcome = selection.outcome;
    const store::DatasetReader library(options.ligands.front());
    outcome.file = fitting_vectors(options, library, scorer.models(), context, outcome);

    const auto start = std::chrono::steady_clock::now();
    const store::VectorsReader vectors(outcome.file);
    const auto query =
        quantised(scorer.pocket(0).retrieval_vector(), static_cast<std::size_t>(vectors.passport().width));
    outcome.share = options.prefilter->to_text();
    outcome.vectors_sha256 = vectors.passport().content_sha256;
    outcome.ligands = library.passport().ligands;
    BestOf best(options.prefilter->of(outcome.ligands));
    selection.is_kept.assign(outcome.ligands, false);
    for (std::uint64_t first = 0; first < outcome.ligands; first += kBlockVectors) {
        const auto block = vectors.read(first, std::min(kBlockVectors, outcome.ligands - first));
        const auto dots = dot_products(block, query);
        for (std::size_t i = 0; i < dots.size(); ++i) {
            const auto row = block.begin() + static_cast<std::ptrdiff_t>(i * query.size());
            const bool has_vector =
                dots[i] != 0 || std::any_of(row, row + static_cast<std::ptrdiff_t>(query.size()),
                                            [](std::int8_t x) { return x != 0; });
            if (has_vector)
                best.add(dots[i], first + i);
            else
                selection.is_kept[first + i] = true;  // its own row says what is wrong with it
        }
    }
    for (const auto index : best.indices()) selection.is_kept[index] = true;
    outcome.kept =
        static_cast<std::uint64_t>(std::count(selection.is_kept.begin(), selection.is_kept.end(), true));

    if (!options.shard || options.shard->number == 1) {
        const auto seed = std::stoull(library.passport().content_sha256.substr(0, 15), nullptr, 16);
        auto sample = random_sample(outcome.ligands, kSampleLigands, seed);
        const bool is_whole = sample.size() == outcome.ligands;
        const auto pk = sampled_pk(library, sample, scorer, thread_count(options.threads), context);
        outcome.sample = is_whole ? outcome.ligands : sample.size();
        std::vector<bool> is_kept;
        for (const auto index : sample) is_kept.push_back(selection.is_kept[index]);
        outcome.recall = recall_of(pk, is_kept, is_whole);
    }
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    context.log.info(outcome.to_text());
    return selection;
}

}  // namespace keyway::workflows
