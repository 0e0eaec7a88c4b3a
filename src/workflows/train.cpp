/// The training loop: draw, step, log, validate, checkpoint; and its beginning and end.
#include "keyway/workflows/train.hpp"

#include "workflows/analogue_series.hpp"
#include "workflows/batch_maker.hpp"
#include "workflows/batch_sampler.hpp"
#include "workflows/durable_log.hpp"
#include "workflows/labelled_data.hpp"
#include "workflows/masked_validation.hpp"
#include "workflows/rank_threads.hpp"
#include "workflows/remember_pockets.hpp"
#include "workflows/shared_clusters.hpp"
#include "workflows/shared_step.hpp"
#include "workflows/starting_weights.hpp"
#include "workflows/training_plan.hpp"
#include "workflows/training_state.hpp"
#include "workflows/training_summary.hpp"
#include "workflows/validation.hpp"
#include "workflows/write_training_domain.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/core/text_input.hpp"
#include "keyway/core/version.hpp"
#include "keyway/sample/columns.hpp"
#include "keyway/workflows/training_domain.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>

namespace keyway::workflows {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kLogEverySteps = 10;
constexpr int kMaxSkippedInARow = 10;

std::string created_by() {
    const std::string commit(git_commit());
    return fmt::format("keyway {}{}", version(), commit.empty() ? "" : " (" + commit + ")");
}

double mean_training_pk(const LabelledData& data) {
    double sum = 0;
    std::size_t count = 0;
    for (const auto& row : data.rows)
        if (row.split == Split::train) {
            sum += row.pk;
            ++count;
        }
    return sum / static_cast<double>(std::max<std::size_t>(count, 1));
}

/// One run in one folder. Members are set up in the order in which the data flows.
class TrainingRun {
public:
    TrainingRun(const TrainOptions& options, const model::Network& network, const Context& context,
                parallel::Ranks& ranks);
    TrainSummary run();

private:
    void resume();
    std::string load_newest_checkpoint();
    /// Files and validation are rank 0's; the others wait, and share an error.
    void on_first_rank(const std::function<void()>& work);
    model::StepResult step();
    SharedStep take_step();
    void write_training_line();
    void validate();
    void validate_here();
    using Items = std::vector<std::pair<std::string, double>>;
    /// `better`: than all before.
    void keep(const Items& items, double value, bool better);
    void save_weights(const std::filesystem::path& path, const Items& items);
    void save_checkpoint();
    void finish(const TrainSummary& summary);
    bool out_of_patience() const {
        return options_.patience > 0 && state_.validations_without_improvement >= options_.patience;
    }
    std::string progress_note(double loss) const;
    std::string gradient_sum() const {
        return gpu_sum_ ? "NCCL " + parallel::nccl_version() : ranks_.size() > 1 ? "MPI" : "one process";
    }

    const TrainOptions& options_;
    const model::Network& network_;
    const Context& context_;
    parallel::Ranks& ranks_;
    const model::ModelConfig config_;
    LabelledData data_;
    BatchMaker maker_;
    BatchSampler sampler_;
    Validation validation_;
    std::optional<MaskedValidation> masked_validation_;  ///< of a pretraining, which has no labels to rank
    const TrainingFiles files_;
    const TrainingPlan plan_;
    std::unique_ptr<model::Trainer> trainer_;
    std::unique_ptr<parallel::GpuSum> gpu_sum_;  ///< null: gradients are summed by `ranks_`
    TrainingState state_;
    std::unique_ptr<DurableLog> metrics_;  ///< rank 0's
    bool resumed_ = false, finished_ = false;
    bool stop_ = false;            ///< all ranks stop after this step
    std::uint64_t rows_seen_ = 0;  ///< in this process
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

LabelledData load_data(const TrainOptions& options, LogSink& log) {
    options.check();
    LabelledData data(options.datasets, log);
    if (!options.init.empty()) check_starting_weights(options.init, data.passport().pocket);
    if (!options.split_file.empty()) {
        const std::size_t named = apply_split_file(data, options.split_file);
        if (named < data.rows.size())
            log.warning(fmt::format("{} of {} rows are not in {} and are left out", data.rows.size() - named,
                                    data.rows.size(), options.split_file.string()));
    }
    leave_out_sources(data, options.source_weights);
    if (options.series_similarity > 0) {
        const std::size_t series = cut_into_series(data, options.series_similarity, Split::train);
        log.info(fmt::format("{} analogue series in the other sources", series));
    }
    return data;
}

BatchSampler::Options sampler_options(const TrainOptions& options) {
    return {.core_share = options.core_share,
            .max_ligands_per_assay = options.max_ligands_per_assay,
            .assays_per_batch = options.assays_per_batch,
            .selectivity_share = options.selectivity_share,
            .atoms_per_batch = options.atoms_per_batch,
            .pose_share = options.pose_share,
            .poses_per_batch = options.poses_per_batch};
}

/// Ranks without a batch of their own would only wait.
void check_shares(const TrainOptions& options, int ranks, LogSink& log) {
    if (ranks == 1) return;
    if (options.batches_per_step == 1)
        throw Error(
            ErrorKind::usage,
            fmt::format("--batches-per-step: expected at least 2 for {} ranks to share, got 1", ranks),
            fmt::format("for example --batches-per-step {}: it decides the result, the ranks do not", ranks));
    if (options.batches_per_step % ranks != 0)
        log.warning(fmt::format("{} batches a step do not go evenly into {} ranks: some will wait",
                                options.batches_per_step, ranks));
}

FolderState open_folder_on_first_rank(const TrainOptions& options, const TrainingFiles& files,
                                      const TrainingPlan& plan, parallel::Ranks& ranks) {
    const auto plans = parallel::together(ranks, [&] { return plan.sha256; });
    for (std::size_t rank = 1; rank < plans.size(); ++rank)
        if (plans[rank] != plans[0])
            throw Error(ErrorKind::incompatible,
                        fmt::format("ranks 0 and {} do not have the same data, options and version", rank));
    const auto state = parallel::on_first_rank(ranks, [&] {
        return std::to_string(static_cast<int>(open_training_folder(files, plan, options.if_exists)));
    });
    return static_cast<FolderState>(std::stoi(state));
}

TrainingRun::TrainingRun(const TrainOptions& options, const model::Network& network, const Context& context,
                         parallel::Ranks& ranks)
    : options_(options),
      network_(network),
      context_(context),
      ranks_(ranks),
      config_(model::ModelConfig::named(options.config)),
      data_(load_data(options, context.log)),
      maker_(data_, options),
      sampler_(data_, Split::train, sampler_options(options)),
      validation_(data_, options.optimiser),
      files_(options.out),
      plan_(make_training_plan(options, config_, data_.content_sha256())),
      state_(options.seed) {
    config_.check();
    check_shares(options, ranks.size(), context.log);
    if (options.pretrains()) masked_validation_.emplace(data_);
    const FolderState folder = open_folder_on_first_rank(options, files_, plan_, ranks);
    if (folder == FolderState::fresh)
        on_first_rank([&] {
            write_file(files_.options, options.to_text(), IfExists::overwrite);
            write_file(files_.config, config_.to_text(), IfExists::overwrite);
        });
    if (folder == FolderState::finished) {
        if (options.if_finished == IfFinished::refuse)
            throw Error(ErrorKind::usage, options.out.string() + ": this run is finished",
                        "choose another --out, or start anew with --overwrite");
        finished_ = true;
        return;
    }
    warn_about_shared_clusters(data_, context.log);

    network.set_intra_op_threads(threads_of_rank(options.threads, ranks));
    model::OptimiserOptions optimiser = options.optimiser;
    optimiser.initial_pk = mean_training_pk(data_);
    const std::size_t gpus = network.info().cuda_devices.size();
    const std::string device = device_of_rank(options.device, gpus, ranks);
    trainer_ = network.make_trainer(config_, optimiser, options.seed, device);
    remember_pockets(data_, config_.remembered_pockets, *trainer_, context.log);
    auto on_gpus = parallel::choose_gpu_sum(ranks, parallel::place_of(device));
    gpu_sum_ = std::move(on_gpus.sum);
    if (!options.init.empty()) start_from(options.init, *trainer_, context.log);
    if (folder == FolderState::unfinished) resume();
    on_first_rank([&] { metrics_ = std::make_unique<DurableLog>(files_.metrics, state_.metrics_bytes); });

    if (ranks.size() > 1)
        context.log.info(fmt::format("{} ranks share {} batches a step; gradients are summed by {}",
                                     ranks.size(), options.batches_per_step, gradient_sum()));
    if (!on_gpus.reason.empty())
        context.log.warning(fmt::format("gradients pass through main memory: {}", on_gpus.reason));
    context.log.info(fmt::format("model '{}' with {} parameters; {} training rows", options.config,
                                 trainer_->parameter_count(), sampler_.row_count()));
    if (masked_validation_)
        context.log.info(fmt::format("validation: hidden parts of {} pairs of pocket and ligand",
                                     masked_validation_->pair_count()));
    else if (validation_.assay_count() > 0)
        context.log.info(fmt::format(
            "validation: {} rows, {} assays of at least {}; heavy-atom count ranks them at {:.3f}",
            validation_.row_count(), validation_.assay_count(), kMinGroup,
            validation_.heavy_atoms_mean_assay_spearman()));
    else
        context.log.warning(fmt::format(
            "no assay of split 'valid' has {} uncensored rows: the last weights are kept", kMinGroup));
}

void TrainingRun::on_first_rank(const std::function<void()>& work) {
    parallel::on_first_rank(ranks_, [&] {
        work();
        return std::string();
    });
}

/// Rank 0 chooses the checkpoint, all load it.
void TrainingRun::resume() {
    const std::string path = parallel::on_first_rank(ranks_, [&] { return load_newest_checkpoint(); });
    if (path.empty()) return;
    parallel::together(ranks_, [&] {
        if (ranks_.rank() != 0) state_.from_text(trainer_->load_checkpoint(path), plan_.sha256);
        return std::string();
    });
    resumed_ = true;
    context_.log.info(fmt::format("continuing at step {} of {}", state_.step, options_.steps));
}

/// The newest checkpoint that can be read, or nothing; a crash while one is written leaves the previous one.
std::string TrainingRun::load_newest_checkpoint() {
    for (const auto& path : {files_.checkpoint, files_.previous_checkpoint}) {
        if (!std::filesystem::exists(path)) continue;
        try {
            state_.from_text(trainer_->load_checkpoint(path), plan_.sha256);
            return path.string();
        } catch (const Error& error) {
            const bool last =
                path == files_.previous_checkpoint || !std::filesystem::exists(files_.previous_checkpoint);
            if (last) throw;
            context_.log.warning(
                fmt::format("{}: {}; trying the previous checkpoint", path.string(), error.what()));
        }
    }
    return {};
}

TrainSummary TrainingRun::run() {
    if (finished_) return summary_of_finished_run(files_, options_);
    TrainSummary summary;
    summary.resumed = resumed_;
    context_.progress.start("training", "steps", static_cast<std::uint64_t>(options_.steps));
    context_.progress.update(static_cast<std::uint64_t>(state_.step));
    while (state_.step < options_.steps && !out_of_patience()) {
        const model::StepResult result = step();
        const bool last = state_.step == options_.steps;
        if (last || state_.step % kLogEverySteps == 0) write_training_line();
        if (last || state_.step % options_.validate_every == 0) validate();
        summary.interrupted = !last && (ranks_.size() == 1 ? context_.stop.load() : stop_);
        if (summary.interrupted || state_.step % options_.checkpoint_every == 0)
            on_first_rank([&] { save_checkpoint(); });
        context_.progress.update(static_cast<std::uint64_t>(state_.step), progress_note(result.loss));
        if (summary.interrupted) break;
    }
    context_.progress.finish();

    summary.steps_done = state_.step;
    summary.stopped_early = !summary.interrupted && state_.step < options_.steps;
    summary.best_validation = state_.best_validation;
    summary.best_step = state_.best_step;
    summary.train_rows = sampler_.row_count();
    summary.valid_rows = validation_.row_count();
    summary.skipped_steps = state_.skipped_steps;
    summary.weights = files_.weights;
    if (!summary.interrupted) on_first_rank([&] { finish(summary); });
    return summary;
}

/// One batch draws its augmentation from the trainer's own stream, several from a seed each.
SharedStep TrainingRun::take_step() {
    const double learning_rate = learning_rate_at(options_, state_.step);
    if (options_.batches_per_step > 1)
        return shared_step({*trainer_, ranks_, gpu_sum_.get(), context_.stop,
                            [&](const auto& drawn) { return maker_.make(drawn); }},
                           draw_batches(sampler_, options_.batches_per_step, state_.random), learning_rate);
    const model::TrainBatch batch = maker_.make(sampler_.draw(state_.random));
    return {trainer_->step(batch, learning_rate), batch.rows.size(), batch.pockets.front()->id};
}

model::StepResult TrainingRun::step() {
    const SharedStep taken = take_step();
    const model::StepResult& result = taken.result;
    ++state_.step;
    stop_ = taken.stop;
    rows_seen_ += taken.rows;
    state_.sums.add(result, taken.rows);
    state_.skipped_in_a_row = result.finite ? 0 : state_.skipped_in_a_row + 1;
    state_.skipped_steps += result.finite ? 0 : 1;
    if (!result.finite)
        context_.log.warning(
            fmt::format("step {}: loss or gradient is not finite, step skipped (first pocket '{}')",
                        state_.step, taken.first_pocket));
    if (state_.skipped_in_a_row >= kMaxSkippedInARow)
        throw Error(
            ErrorKind::failure,
            fmt::format("step {}: {} steps in a row had no finite loss", state_.step, kMaxSkippedInARow),
            "lower --learning-rate or --clip-norm, or look for absurd values in the data");
    return result;
}

void TrainingRun::write_training_line() {
    auto& sums = state_.sums;
    const double count = sums.steps;  // 0 gives null
    Json line = {{"step", state_.step}, {"kind", "train"}, {"loss", sums.loss / count}};
    for (const auto& [name, sum] : sums.terms) line[name] = sum / sums.steps_with_term.at(name);
    line["gradient_norm"] = sums.gradient_norm / count;
    line["learning_rate"] = learning_rate_at(options_, state_.step - 1);
    line["rows"] = sums.rows;
    line["skipped"] = sums.skipped;
    if (metrics_) metrics_->append(line.dump());
    sums = {};
}

/// On rank 0; what decides when to stop reaches all.
void TrainingRun::validate() {
    if ((masked_validation_ ? masked_validation_->pair_count() : validation_.row_count()) == 0) return;
    const auto without_improvement = parallel::on_first_rank(ranks_, [&] {
        validate_here();
        return std::to_string(state_.validations_without_improvement);
    });
    state_.validations_without_improvement = std::stoi(without_improvement);
}

void TrainingRun::validate_here() {
    if (masked_validation_) {
        const MaskedValidationResult result = masked_validation_->run(*trainer_);
        const double value = result.accuracy();
        return keep(result.items(), value, state_.best_step == 0 || value > state_.best_validation);
    }
    const ValidationResult result = validation_.run(*trainer_);
    const double value = result.mean_assay_spearman;
    const bool first = state_.best_step == 0;
    // Without an assay to rank, no validation is better than another: the newest weights are kept.
    const bool better = first || validation_.assay_count() == 0 ||
                        (std::isfinite(value) && !(value <= state_.best_validation));
    keep(result.items(), value, better);
}

void TrainingRun::keep(const Items& items, double value, bool better) {
    if (better) {
        state_.best_validation = value;
        state_.best_step = state_.step;
        state_.validations_without_improvement = 0;
        save_weights(files_.weights, items);
    } else {
        ++state_.validations_without_improvement;
    }
    Json line = {{"step", state_.step}, {"kind", "valid"}};
    for (const auto& [name, number] : items) line[name] = number;
    line["best"] = better;
    metrics_->append(line.dump());
    metrics_->sync();
    context_.log.debug(line.dump());
}

void TrainingRun::save_weights(const std::filesystem::path& path, const Items& items) {
    model::Passport passport;
    passport.feature_version = kFeatureVersion;
    passport.config = config_;
    passport.pocket = data_.passport().pocket;
    passport.ligand_policy = data_.passport().ligand_policy;
    passport.created_by = created_by();
    passport.training_data_sha256 = data_.content_sha256();
    passport.training = options_.to_text();
    passport.seed = options_.seed;
    passport.name = std::filesystem::path(options_.config).stem().string();
    passport.metrics["step"] = state_.step;
    if (options_.pretrains()) passport.name += "-pretrained";
    for (const auto& [name, value] : items)
        if (std::isfinite(value)) passport.metrics["valid/" + name] = value;
    trainer_->save_weights(path, std::move(passport));
}

/// The metrics first: the checkpoint names their length.
void TrainingRun::save_checkpoint() {
    metrics_->sync();
    state_.metrics_bytes = metrics_->bytes();
    if (std::filesystem::exists(files_.checkpoint)) {
        std::error_code failed;
        std::filesystem::rename(files_.checkpoint, files_.previous_checkpoint, failed);
        if (failed)
            throw Error(ErrorKind::output,
                        files_.checkpoint.string() + ": cannot be renamed: " + failed.message());
    }
    trainer_->save_checkpoint(files_.checkpoint, state_.to_text(plan_.sha256));
}

void TrainingRun::finish(const TrainSummary& summary) {
    save_weights(files_.last_weights, {});
    if (state_.best_step == 0) save_weights(files_.weights, {});
    store::write_domain_file(files_.folder / TrainingDomain::kFileName, IfExists::overwrite,
                             training_domain_of(data_));
    metrics_->sync();

    const model::DeviceInfo info = network_.info();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    Json data = Json::array();
    for (std::size_t i = 0; i < options_.datasets.size(); ++i)
        data.push_back(
            {{"path", options_.datasets[i].string()}, {"content_sha256", data_.passport(i).content_sha256}});
    const Json run = {{"verb", options_.pretrains() ? "pretrain" : "train"},
                      {"created_by", created_by()},
                      {"plan_sha256", plan_.sha256},
                      {"options", options_.to_text()},
                      {"seed", options_.seed},
                      {"data", data},
                      {"train_rows", summary.train_rows},
                      {"valid_rows", summary.valid_rows},
                      {"parameters", trainer_->parameter_count()},
                      {"steps", summary.steps_done},
                      {"stopped_early", summary.stopped_early},
                      {"skipped_steps", summary.skipped_steps},
                      {"best_step", summary.best_step},
                      {best_validation_key(options_), summary.best_validation},
                      {"weights_sha256", sha256_of_file(files_.weights)},
                      {"ranks", ranks_.size()},
                      {"gradient_sum", gradient_sum()},
                      {"device", options_.device},
                      {"torch", info.torch_version},
                      {"blas", info.blas},
                      {"cpu", info.cpu_capability},
                      {"resumed", summary.resumed},
                      {"seconds", seconds},
                      {"rows_per_second", static_cast<double>(rows_seen_) / seconds}};
    write_file(files_.run, run.dump(2) + "\n", IfExists::overwrite);
}

std::string TrainingRun::progress_note(double loss) const {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    const std::string best = std::isfinite(state_.best_validation)
                                 ? fmt::format(", best validation {:.3f}", state_.best_validation)
                                 : std::string();
    return fmt::format("loss {:.3f}{}, {:.0f} rows/s", loss, best, static_cast<double>(rows_seen_) / seconds);
}

}  // namespace

TrainSummary train(const TrainOptions& options, const model::Network& network, const Context& context,
                   parallel::Ranks& ranks) {
    return TrainingRun(options, network, context, ranks).run();
}

std::vector<TrainSummary> train_ensemble(const TrainOptions& options, int members,
                                         const model::Network& network, const Context& context,
                                         parallel::Ranks& ranks) {
    if (members < 1 || members > 100)
        throw Error(ErrorKind::usage, fmt::format("--ensemble: expected 1 to 100 members, got {}", members));
    std::vector<TrainSummary> summaries;
    for (int k = 0; k < members; ++k) {
        TrainOptions member = options;
        member.out = options.out / fmt::format("member-{}", k + 1);
        member.seed = options.seed + static_cast<std::uint64_t>(k);
        member.if_finished = IfFinished::keep;
        context.log.info(fmt::format("member {} of {}, seed {}", k + 1, members, member.seed));
        summaries.push_back(train(member, network, context, ranks));
        if (summaries.back().interrupted) break;
    }
    return summaries;
}

}  // namespace keyway::workflows
