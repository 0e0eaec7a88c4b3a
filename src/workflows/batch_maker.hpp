/// Drawn rows and poses as a batch for the network.
#pragma once

#include "workflows/batch_sampler.hpp"
#include "workflows/labelled_data.hpp"

#include "keyway/model/network.hpp"
#include "keyway/workflows/train.hpp"

#include <string>
#include <utility>
#include <vector>

namespace keyway::workflows {

/// Rows of a source with the weight 0 leave split `train`. Throws Error(usage) that lists the sources there
/// are for a name that is none of them, or named twice.
void leave_out_sources(LabelledData& data, const std::vector<std::pair<std::string, double>>& source_weights);

/// A row weighs its source's weight, half of it where the value is approximate. Every loss is a weighted mean
/// over its batch, so the batch carries the mean of its rows' source weights as a factor: a source's rows
/// then count by their weight in batches of one source too.
class BatchMaker {
public:
    /// `data` must outlive the batches. Throws like `leave_out_sources`.
    BatchMaker(LabelledData& data, const TrainOptions& options);

    /// Pockets and ligands are numbered in the order in which rows, then poses, first name them. Ligands of
    /// rows come with the distances of their conformers where the data has them.
    model::TrainBatch make(const BatchSampler::Batch& drawn) const;

private:
    LabelledData& data_;
    AssayOffset assay_offset_;
    std::vector<float> weight_of_source_;
};

}  // namespace keyway::workflows
